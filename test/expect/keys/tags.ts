import { answeredPing } from '../pings.js';

export const cases = [
  ['tags', '- where: icmp\n  tags: [nightly, ipv4]', answeredPing, 'pass'],
  ['tags', '- where: tcp\n  tags: nightly', answeredPing, /^fail/],
] as const;
