// The thread `tui-query` of the terminal UI.
import { loadProgram } from './compiled.js';

void loadProgram('tui-query:').startPart('tui-query');
