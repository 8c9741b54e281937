// The thread that holds expectation files against one set of captures after the other.
import type { Done, Order } from './verify-group.js';
import { type Asked, verifyKept } from './verify-jobs.js';
import { serve } from './work-thread.js';

// Cores are used by the threads beside this one.
serve<Asked, Done>(({ order, cache }, watching) => verifyKept({ workers: 0, ...order } satisfies Order, watching, cache));
