// The thread `tui-checks` of the terminal UI.
import { loadProgram } from './compiled.js';

void loadProgram('tui-checks:').startPart('tui-checks');
