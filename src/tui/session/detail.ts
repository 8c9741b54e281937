// All about one packet: its bytes, its tree, and the journey that it is part of.
import { safeText } from '../../bytes/text.js';
import { Frame } from '../../capture/frame.js';
import { linkTypeName } from '../../capture/linktypes.js';
import type { ExtraField } from '../../dissect/extra.js';
import { field } from '../../dissect/fields.js';
import { spell } from '../../dissect/spell.js';
import type { TreeNode } from '../../dissect/tree.js';
import { STOP } from '../../dissect/walk.js';
import { treeFields } from '../../filter/dictionary.js';
import { hopText } from '../../flows/ports.js';
import type { Detail } from '../session.js';
import type { Headings } from './headings.js';
import { journeyOf } from './journey.js';
import type { Packets } from './packets.js';

const frameField = field('frame', 'Frame', 'none');

const STOPS: Readonly<Record<number, string>> = {
  [STOP.clipped]: 'the captured bytes end here: the frame was cut by the snapshot length',
  [STOP.malformed]: 'malformed: a header does not fit into what the packet says it has',
  [STOP.deep]: 'more headers than are shown',
};

/** Bytes and tree of the packet at hand, its bytes counted from its own start. */
export function packetTree(packets: Packets, extras: readonly ExtraField[], headings: Headings): Pick<Detail, 'bytes' | 'tree'> {
  const { frame, layers } = packets;
  const bytes = frame.bytes.slice(frame.start, frame.end);
  const own = Object.assign(new Frame(), frame, { bytes, start: 0, end: bytes.length });
  layers.walk(own);
  const about: TreeNode[] = [];
  for (const { def, read } of treeFields(extras)) {
    const value = read(layers);
    if (value !== null) about.push(line(def, `${def.title}: ${safeText(spell(def, bytes, 0, 0, value)).slice(0, 1000)}`));
  }
  const name = packets.name(layers);
  const seen = hopText(packets.direction(layers), name ?? 'any');
  const cut = bytes.length < own.wireLength ? `, ${bytes.length} captured` : '';
  const text = `Frame ${own.number}: ${own.wireLength} bytes on wire${cut}, ${linkTypeName(own.linkType)}${name === null ? '' : `, ${safeText(seen)}`}`;
  const stop = STOPS[layers.stop];
  const root: TreeNode = {
    def: frameField,
    at: 0,
    length: bytes.length,
    value: null,
    text,
    children: about,
    notes: stop === undefined ? [] : [{ severity: 'warn', text: stop }],
  };
  const tree = [root, ...headings.tree(layers, name === null ? '' : seen)];
  // What is read next must not be taken for this copy.
  packets.forget();
  return { bytes, tree };
}

const line = (def: TreeNode['def'], text: string): TreeNode => ({
  def,
  at: 0,
  length: 0,
  value: null,
  text,
  children: [],
  notes: [],
});

/** Each place packet `n` was seen at. */
export function journeyLine(packets: Packets, n: number): Detail['journey'] {
  return journeyOf(packets, n).map(({ number, place, ttl, outerTtl, tunnel, change }) => ({
    number,
    hop: `${place}${ttl > 0 ? ` ttl ${ttl}` : ''}${tunnel === '' ? '' : ` (${tunnel} ttl ${outerTtl})`}${change}`,
    isThis: number === n,
  }));
}
