// The thread `tui-loader` of the terminal UI.
import { loadProgram } from './compiled.js';

void loadProgram('tui-loader:').startPart('tui-loader');
