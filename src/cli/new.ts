// `hopscope new`: a plug-in to begin with, that works, and its test.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Argument, type Command } from 'commander';
import { UsageError, whyUnwritable } from '../errors.js';
import { VERSION } from '../report/version.js';
import { print } from './streams.js';
import { templateOf } from './templates.js';

const EXAMPLES = `
Examples:
  hopscope new rule printer-asked          printer-asked.mjs and its test, in this folder
  hopscope new dissector lab-probe
  hopscope new plugin my-lab               a folder: package.json, a rule and a dissector, tests
  hopscope router.pcap --plugin my-rule.mjs

docs/plugins.md says what plug-ins may do.`;

export function register(program: Command): void {
  program
    .command('new')
    .description('Writes a plug-in to begin with: it works, and so does its test.')
    .addArgument(new Argument('<kind>', 'what it is').choices(['rule', 'dissector', 'plugin']))
    .argument('<name>', 'its name: small letters, digits and dashes')
    .addHelpText('after', EXAMPLES)
    .action(async (kind: 'rule' | 'dissector' | 'plugin', name: string) => {
      if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60)
        throw new UsageError(`${name}: name it in small letters, digits and dashes, such as lab-probe`);
      const files = Object.entries(templateOf(kind, name, VERSION));
      const taken = files.find(([path]) => existsSync(path));
      if (taken !== undefined) throw new UsageError(`${taken[0]} is there already; choose another name`);
      for (const [path, text] of files) write(path, text);
      const [[first]] = files as [[string, string]];
      const isFolder = kind === 'plugin';
      await print(
        `${files.map(([path]) => `wrote ${path}\n`).join('')}
Use it:   hopscope FILE --plugin ${isFolder ? join(name, 'index.mjs') : first}
Test it:  ${isFolder ? `cd ${name} && npm install && npm test` : `npm install --save-dev hopscope && node --test ${name}.test.mjs`}
`,
      );
    });
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${whyUnwritable(error) ?? (error as Error).message}`);
  }
}
