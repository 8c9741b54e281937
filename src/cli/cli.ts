#!/usr/bin/env node
// The entry. What is asked most by scripts is answered before anything else is loaded.
import { VERSION } from '../report/version.js';

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) process.stdout.write(`hopscope ${VERSION}\n`);
else await (await import('./main.js')).main(args);
