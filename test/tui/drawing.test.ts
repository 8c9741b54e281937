// `draw` draws only: what changes with the size of the screen or with what is new changes in `settle`, before it. Read from the source,
// whose form the formatter keeps: the members of a class are indented by two blanks.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = resolve(import.meta.dirname, '..', '..', 'src', 'tui');
/** Where a drawing begins. */
const STARTS = ['draw', 'picture', 'overlays', 'cursorX'];
/** The terminal is what is drawn on. */
const LEFT_OUT = 'screen/terminal.ts';

/** An assignment to what belongs to the object, a step of it, or a call of `settle`. */
const CHANGES = [
  /(?:^|[^\w.])this(?:\.\w+|\[[^\]]*\])+ (?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?= /,
  /(?:^|[^\w.])this(?:\.\w+|\[[^\]]*\])+(?:\+\+|--)/,
  /(?:\+\+|--)this\./,
  /\.settle\b/,
];

/** The bodies of the members of each class in a file, by name. */
function classesOf(text: string): Map<string, string>[] {
  return [...text.matchAll(/^(?:export )?(?:abstract )?class .*?^}/gms)].map(([source]) => {
    const members = source.matchAll(
      /^ {2}(?:(?:private|protected|public|override|readonly|async|get) )*(\w+)(?:\(| = [^\n]*=> ).*?^ {2}}/gms,
    );
    return new Map([...members].map(([body, name]) => [name, body]));
  });
}

/** Lines that change the object, in the code that a drawing runs through. */
function changesIn(path: string, text: string): string[] {
  return classesOf(text).flatMap((members) => {
    const seen = new Set<string>();
    const found: string[] = [];
    const enter = (name: string): void => {
      const body = members.get(name);
      if (body === undefined || seen.has(name)) return;
      seen.add(name);
      for (const line of body.split('\n').slice(1))
        if (CHANGES.some((change) => change.test(line))) found.push(`${path}, ${name}: ${line.trim()}`);
      for (const [, own] of body.matchAll(/this\.(\w+)/g)) enter(own);
    };
    for (const name of STARTS) enter(name);
    return found;
  });
}

it('changes nothing of a view, a pane or a dialog', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const texts = files
    .filter((name) => name !== LEFT_OUT)
    .map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')] as const);
  const drawing = texts.filter(([, text]) => classesOf(text).some((members) => STARTS.some((name) => members.has(name))));
  expect(drawing.length).toBeGreaterThan(20);
  expect(drawing.flatMap(([name, text]) => changesIn(name, text))).toEqual([]);
});

it('is noticed where it does', () => {
  const source = `export class V {
  draw(): void {
    this.helper();
    this.list.at = 1;
    this.cursor.settle(1);
    if (this.at === 1) use(this.rows);
  }
  private helper(): void {
    this.count++;
  }
  private get rows(): Row[] {
    return (this.made ??= []);
  }
  act(): void {
    this.count = 0;
  }
}
`;
  expect(changesIn('v.ts', source).map((line) => line.replace(/^.*: /, ''))).toEqual([
    'this.list.at = 1;',
    'this.cursor.settle(1);',
    'this.count++;',
    'return (this.made ??= []);',
  ]);
});
