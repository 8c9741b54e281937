// What should have become of a packet, in the words of the findings about its conversation.
import { Line } from '../../bytes/line.js';
import { plainWidth } from '../../bytes/text.js';
import { SummaryPrinter } from '../../dump/summary.js';
import type { Finding } from '../../rules/finding.js';
import { Ip } from '../../topology/ip.js';
import type { Engine } from './engine.js';

export function remarksOf({ copies, lab }: Engine, number: number, found: readonly Finding[]): string[] {
  const remarks = new Set<string>();
  for (const { subject, verdict } of found) {
    const { interfaceExpected, interfaceOut, dst } = subject;
    if (verdict === 'pass' || interfaceExpected === null || interfaceExpected === interfaceOut || dst === null) continue;
    const to = copies.read(number) ? destination() : null;
    // The other way of the conversation may be as it should be.
    if (to === null || !isWithin(to, dst)) continue;
    const right = subject.node === null ? null : (lab.topology?.rightRoute(subject.node, to) ?? null);
    const who = right === null ? '' : ` (${right.prefix} is ${right.owner})`;
    remarks.add(plainWidth(`expected out ${interfaceExpected}${who}`));
  }
  return [...remarks];

  function destination(): Ip | null {
    const summary = new SummaryPrinter(lab.registry, copies, copies);
    const line = new Line(256);
    summary.look(copies.layers);
    summary.destination(copies.layers, line);
    return Ip.parse(line.toString());
  }
}

/** `network`: an address, or a prefix. */
function isWithin(ip: Ip, network: string): boolean {
  const [address, length] = network.split('/');
  const base = Ip.parse(address);
  if (base === null || base.family !== ip.family) return false;
  const bits = length === undefined ? 128 : Number(length) + (base.family === 4 ? 96 : 0);
  const mine = [ip.a, ip.b, ip.c, ip.d];
  return [base.a, base.b, base.c, base.d].every((word, i) => {
    const here = Math.max(0, Math.min(32, bits - i * 32));
    return here === 0 || word >>> (32 - here) === mine[i] >>> (32 - here);
  });
}
