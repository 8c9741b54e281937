#!/usr/bin/env node
// The entry. What is asked most by scripts is answered before anything else is loaded.
import { setFlagsFromString } from 'node:v8';
import { VERSION } from '../report/version.js';
import { loadProgram, useOf, YOUNG_STAYS } from './compiled.js';
import { isShort, keepShort } from './short-run.js';

const args = process.argv.slice(2);
if (args.length === 1 && ['--version', '-V', 'version'].includes(args[0] ?? '')) process.stdout.write(`hopscope ${VERSION}\n`);
else {
  setFlagsFromString(YOUNG_STAYS);
  // One megabyte is collected sooner by one thread than by several that have to agree.
  setFlagsFromString('--no-parallel-scavenge');
  const program = loadProgram(useOf(args));
  if (isShort(args)) keepShort();
  program.keepHeapSmall();
  void program.main(args);
}
