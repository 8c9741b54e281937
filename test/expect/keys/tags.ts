import { answeredPing, cut } from '../pings.js';

export const cases = [
  ['tags', '- where: icmp\n  tags: [nightly, ipv4]', answeredPing, 'pass'],
  ['tags', '- where: tcp\n  tags: nightly', answeredPing, /^fail/],
  ['tags', '- where: tcp\n  tags: nightly', [...answeredPing, cut], /^inconclusive: 0 frames; .*headers are cut/],
] as const;
