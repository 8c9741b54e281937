// npm run new:view NAME
// Starts a view: its file and its entry in src/tui/views.ts. Until it is filled it shows how many packets are read;
// tabs, help, menu and command line know it already.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.env.HOPSCOPE_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), '..');
const USAGE = 'usage: npm run new:view NAME, e.g. npm run new:view round-trips';

function fail(message) {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}

const [name] = process.argv.slice(2);
if (name === undefined) fail('a name is needed: the one that the command line will know it by');
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
  fail(`"${name}" is no name: lower case words and digits, joined by single hyphens`);

const file = join(root, 'src', 'tui', name, 'view.ts');
if (existsSync(file)) fail(`${file} is already there`);
const list = join(root, 'src', 'tui', 'views.ts');
const before = readFileSync(list, 'utf8');
if (before.includes(`name: '${name}'`)) fail(`src/tui/views.ts has a view called ${name}`);

const words = name.replaceAll('-', ' ');
const title = words[0].toUpperCase() + words.slice(1);
const identifier = `${title.replace(/ (.)/g, (_, letter) => letter.toUpperCase())}View`;
const path = `./${name}/view.js`;
const imports = [...before.matchAll(/^import [^;]* from '(\.\/[^']*)';$/gms)];
const next = imports.find(([, target]) => target > path) ?? imports.at(-1);
const line = `import { ${identifier} } from '${path}';\n`;
const entry = `  { name: '${name}', digit: '', title: '${title}', create: (ui) => new ${identifier}(ui) },\n`;
const after = `${before.slice(0, next.index)}${line}${before.slice(next.index)}`.replace(/^\];$/m, () => `${entry}];`);
if (!after.includes(entry)) fail('src/tui/views.ts does not end in a list: where should the view go?');

mkdirSync(dirname(file), { recursive: true });
writeFileSync(
  file,
  `// What the view shows, in one sentence.
import { quantity } from '../../bytes/units.js';
import type { Action, Place } from '../keys.js';
import { fill, type Picture, type Row, span } from '../screen/paint.js';
import type { Ui, View } from '../view.js';
import { Cursor } from '../widgets/cursor.js';

export class ${identifier} implements View {
  readonly title = '${title}';
  private readonly cursor = new Cursor();
  private lines: readonly string[] = [];

  constructor(private readonly ui: Ui) {}

  places(): readonly Place[] {
    return ['lists'];
  }

  settle(_width: number, height: number): void {
    this.lines = [\`\${quantity(this.ui.session.load.frames, 'packet')} read\`];
    this.cursor.settle(this.lines.length, height);
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { top, at } = this.cursor;
    const rows = this.lines
      .slice(top, top + height)
      .map((line, i): Row => [span(\` \${line}\`, top + i === at ? theme.selected : theme.text)]);
    return { rows: fill(rows, width, height, theme.text) };
  }

  act(action: Action, count: number | null): boolean {
    return this.cursor.act(action, count);
  }
}
`,
);
writeFileSync(list, after);
process.stdout.write(`src/tui/${name}/view.ts  the view: :${name} shows it
src/tui/views.ts: added at the end; give it a digit there, or an action of src/tui/keys.ts that brings it to the front
A test in test/tui/views.test.ts: the keys that lead to it, and what is on the screen then
`);
