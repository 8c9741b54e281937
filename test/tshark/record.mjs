// Writes recorded.json: what tshark and tcpdump answer to the command lines of lines.txt over captures of the project.
//   node test/tshark/record.mjs            all of them
//   node test/tshark/record.mjs --missing  those that are not recorded yet
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, readLines } from './lines.mjs';

const file = join(import.meta.dirname, 'recorded.json');
const old = process.argv.includes('--missing') && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const known = old.recorded ?? {};
const answers = {};
for (const { line } of readLines()) answers[line] = known[line] ?? answerOf(line);
const first = (program) => spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
writeFileSync(file, `${JSON.stringify({ version: [first('tshark'), first('tcpdump')], recorded: answers }, null, 1)}\n`);
