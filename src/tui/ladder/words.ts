// A row of a ladder as a sentence: what is drawn may have no room for all of it.
import type { LadderPicture, LadderPlace, LadderRow } from '../../picture/model.js';

const nameOf = ({ label, detail }: LadderPlace): string => (detail === '' ? label : `${label} (${detail})`);

/** `frame 6 · 04:16:42.682102 · echo request: eth1 (router) → eth0 (router), ttl 62; here it goes wrong`. `frameName`: what people call a frame. */
export function wordsOf(row: LadderRow, { places, tunnels }: LadderPicture, frameName: (frame: number) => string): string {
  if (row.kind === 'silence') return row.text;
  const told = [
    row.frame === null ? 'not seen' : `frame ${frameName(row.frame.frame)}`,
    row.time === null ? '' : row.time.slice(11, 29).replace(/(?:000)?Z?$/, ''),
  ].filter(Boolean);
  if (row.kind === 'note') return [...told, `${nameOf(places[row.at])}: ${row.text}`].join(' · ');
  const { label, detail, from, to, tunnel, tone, isLost } = row;
  const way = `${label === '' ? '' : `${label}: `}${nameOf(places[from])} → ${nameOf(places[to])}`;
  const inside = tunnel < 0 ? '' : `in ${tunnels[tunnel].label}, ${tunnels[tunnel].detail}`;
  const fate = isLost
    ? 'here it goes wrong'
    : tone === 'expected'
      ? 'expected'
      : tone === 'implied'
        ? 'known by what followed'
        : '';
  return [...told, [way, detail, inside, label === fate ? '' : fate].filter(Boolean).join(', ')].join(' · ');
}
