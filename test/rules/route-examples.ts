// Captures of the rules about routes that no lab was needed for.
import type { TestFrame } from './lab.js';
import { passed } from './route-lab.js';

export const routeExamples = (): Readonly<Record<string, { readonly frames: readonly TestFrame[] }>> => ({
  'no-way-back.pcap': { frames: passed(4) },
});
