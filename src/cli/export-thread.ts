// The thread `export`, of captures that are exported at once.
import { loadProgram } from './compiled.js';

void loadProgram('export-thread:').startPart('export');
