// The terminal UI in a process that is loaded once and shows one screen after the other: `shown()` of shared.ts starts this in a
// pseudo-terminal and sends it arguments by the socket that is named; how a screen has ended is told in the terminal, after all that
// it has drawn.
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { runProgram } from '../cli/program.mjs';

const { stdin, stdout } = process;
const socket = connect(process.argv[2]).on('close', () => process.exit(0));

/** Between two screens keys, and what the terminal answers, are for nobody. */
const drop = () => {};
function dropKeys() {
  stdin.setRawMode(true);
  stdin.on('data', drop).resume();
}
function takeKeys() {
  stdin.off('data', drop).pause();
  stdin.setRawMode(false);
  stdin.ref();
}

dropKeys();
for await (const line of createInterface({ input: socket })) {
  takeKeys();
  // The signal that told of this screen's size has come: one that came later would have the screen drawn anew.
  for (let i = 0; i < 2; i++) await turn();
  stdout._refreshSize();
  let code = 70;
  try {
    code = await runProgram(JSON.parse(line), [stdin, stdout, process.stderr]);
  } catch (error) {
    stdout.write(String(error?.stack ?? error));
  }
  dropKeys();
  stdout.write(`\x1b]7777;${code}\x07`);
}
