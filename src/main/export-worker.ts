// The thread that exports one run after the other.
import { type ExportOrder, exportRun, type RunDone } from './export-each.js';
import { serve } from './work-thread.js';

// Cores are used by the threads beside this one.
serve<ExportOrder, RunDone>((order, watching) => exportRun({ ...order, options: { workers: 0, ...order.options } }, watching));
