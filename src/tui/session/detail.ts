// All about one packet: its bytes, its tree, and the journey that it is part of.
import { safeText } from '../../bytes/text.js';
import type { Words } from '../../bytes/words.js';
import { DIRECTION, Frame } from '../../capture/frame.js';
import type { ExtraField } from '../../dissect/extra.js';
import { spell } from '../../dissect/spell.js';
import type { TreeNode } from '../../dissect/tree.js';
import { frameTree } from '../../dump/frame-tree.js';
import type { Headings } from '../../dump/headings.js';
import { treeFields } from '../../filter/dictionary.js';
import type { About, Detail } from '../session.js';
import { commentAt, commented } from './comments.js';
import type { Concerns } from './concerns.js';
import type { Engine } from './engine.js';
import { type Hop, journeyOf } from './journey.js';
import { asItIs, type Naming, namingBy } from './naming.js';
import type { Packets } from './packets.js';
import { type Replies, whyOf } from './why.js';

/** What the screen shows of one packet. */
export class Details {
  private readonly naming: Naming;

  constructor(
    private readonly engine: Engine,
    private readonly replies: Replies,
  ) {
    this.naming = namingBy(engine.lab);
  }

  /** Null: it is not there, or can no longer be read. */
  about(number: number, concerns: Concerns, areNames: boolean): About | null {
    const naming = areNames ? this.naming : asItIs;
    const { engine } = this;
    const { packets, copies } = engine;
    if (!packets.read(number)) return null;
    const comment = commentAt(packets);
    const uid = packets.store.conversation(number);
    const indexes = concerns.about(number, uid);
    const about = indexes.map((i) => concerns.found[i]);
    const { wanted, isWrong } = whyOf(engine, number, about, naming);
    return {
      number,
      comment,
      journey: journeyLine(journeyOf(copies, number, naming), number, isWrong),
      wanted,
      back: this.replies.of(number),
      findings: indexes,
      shows: concerns.shownBy(number),
      conversation: uid < 0 ? null : uid,
    };
  }

  of(number: number, concerns: Concerns, areNames: boolean): Detail | null {
    const { packets, extras, headings } = this.engine;
    packets.recalls = true;
    const isThere = packets.read(number);
    packets.recalls = false;
    if (!isThere) return null;
    const comment = commentAt(packets);
    const { bytes, tree } = packetTree(packets, extras, headings);
    const about = this.about(number, concerns, areNames);
    return about === null ? null : { ...about, bytes, tree: commented(tree, comment) };
  }
}

/** Bytes and tree of the packet at hand, its bytes counted from its own start. */
export function packetTree(packets: Packets, extras: readonly ExtraField[], headings: Headings): Pick<Detail, 'bytes' | 'tree'> {
  const { frame, layers } = packets;
  const bytes = frame.bytes.slice(frame.start, frame.end);
  const own = Object.assign(new Frame(), frame, { bytes, start: 0, end: bytes.length });
  // What the packets before say of this one holds for its copy.
  const { past } = layers;
  layers.walk(own);
  layers.past = past;
  const about: TreeNode[] = [];
  for (const { def, read } of treeFields(extras)) {
    const value = read(layers);
    if (value !== null) about.push(line(def, `${def.title}: ${safeText(spell(def, bytes, 0, 0, value)).slice(0, 1000)}`));
  }
  const seen = { name: packets.name(layers), direction: packets.direction(layers) };
  const tree = frameTree(layers, own, seen, headings, about);
  // What is read next must not be taken for this copy.
  packets.forget();
  const { words } = packets;
  return { bytes, tree: words.any ? tree.map((node) => spelt(node, words)) : tree };
}

/** A heading with the words of a printed text instead of the addresses that stand for them; fields keep what a filter takes. */
const spelt = (node: TreeNode, words: Words): TreeNode => (node.text === null ? node : { ...node, text: words.spelt(node.text) });

const line = (def: TreeNode['def'], text: string): TreeNode => ({
  def,
  at: 0,
  length: 0,
  value: null,
  text,
  children: [],
  notes: [],
});

/** Each place packet `n` was seen at. `isWrong`: does it go another way there than it should? */
export function journeyLine(hops: readonly Hop[], n: number, isWrong: (hop: Hop) => boolean): Detail['journey'] {
  return hops.map((hop, i) => {
    const { number, place, point, ttl, outerTtl, tunnel, change, direction, timeNs } = hop;
    const about = `${ttl > 0 ? ` ttl ${ttl}` : ''}${tunnel === '' ? '' : ` (${tunnel} ttl ${outerTtl})`}${change}`;
    return {
      number,
      hop: `${place}${about}`,
      isThis: number === n,
      label: LABELS.get(direction) ?? '',
      place: [point, hop.interface].filter((part) => part !== '').join(' '),
      about: about.trimStart(),
      afterNs: i === 0 ? 0 : timeNs - hops[i - 1].timeNs,
      isWrong: isWrong(hop),
    };
  });
}

const LABELS: ReadonlyMap<number, string> = new Map([
  [DIRECTION.in, 'in'],
  [DIRECTION.out, 'out'],
  [DIRECTION.other, 'passing'],
]);
