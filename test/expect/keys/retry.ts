import { answeredPing, cut } from '../pings.js';

/** Of one run nothing changes: that of several is in retry.test.ts. */
export const cases = [
  ['retry', '- where: icmp\n  retry: 2', answeredPing, 'pass'],
  ['retry', '- where: tcp\n  retry: 2', answeredPing, /^fail/],
  ['retry', '- where: tcp\n  retry: 2', [...answeredPing, cut], /^inconclusive: 0 frames; .*headers are cut/],
] as const;
