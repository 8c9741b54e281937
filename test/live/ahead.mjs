#!/usr/bin/env node
// tcpdump of a machine whose clock is 40 s ahead: the real one, with its times moved.
import { spawn } from 'node:child_process';

const child = spawn('/usr/bin/tcpdump', process.argv.slice(2), { stdio: ['ignore', 'pipe', 'inherit'] });
for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1']) process.on(signal, () => child.kill(signal));
let rest = Buffer.alloc(0);
let headed = false;
child.stdout.on('data', (part) => {
  rest = Buffer.concat([rest, part]);
  let at = 0;
  if (!headed && rest.length >= 24) [headed, at] = [true, 24];
  while (headed && rest.length >= at + 16 && rest.length >= at + 16 + rest.readUInt32LE(at + 8)) {
    rest.writeUInt32LE(rest.readUInt32LE(at) + 40, at);
    at += 16 + rest.readUInt32LE(at + 8);
  }
  process.stdout.write(rest.subarray(0, at));
  rest = rest.subarray(at);
});
child.on('exit', (code) => process.exit(code ?? 1));
