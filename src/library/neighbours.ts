// What a run has kept of neighbours, as programs are given it.
import { macNumber, utc } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import type { FileRun } from '../main/file-run.js';
import type { Neighbour } from './neighbour.js';

export function neighboursOf({ baseSeconds, tracker }: FileRun, { captures }: Facts): readonly Neighbour[] {
  const timeOf = (ns: number) => utc(baseSeconds + Math.floor(ns / 1e9), Math.round(ns - Math.floor(ns / 1e9) * 1e9));
  return (
    [...tracker.neighbours.list]
      // Who merely asked is no neighbour of interest.
      .filter(({ asked, claims, probes }) => asked > 0 || claims.length > 0 || probes > 0)
      .map((n) => {
        const { name, known, nameFrom } = tracker.ports.list[n.port]!;
        return {
          kind: n.kind,
          address: String(n.target),
          mac: n.holder < 0 ? null : macNumber(n.holder),
          point: captures[n.source]!.point,
          interface: known && nameFrom !== 'none' ? name : null,
          askers: n.askers.map(String),
          asked: n.asked,
          answers: n.answers,
          unanswered: n.unanswered + (Number.isNaN(n.openSinceNs) ? 0 : n.openCount),
          claims: n.claims.map(({ mac, count }) => ({ mac: macNumber(mac), count })),
          changes: n.changes.map(({ from, to, mark }) => ({
            from: macNumber(from),
            to: macNumber(to),
            time: timeOf(mark.timeNs),
          })),
        };
      })
  );
}
