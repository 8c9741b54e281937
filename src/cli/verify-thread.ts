// The thread `verify`, of sets of captures that are verified at once.
import { loadProgram } from './compiled.js';

void loadProgram('verify-thread:').startPart('verify');
