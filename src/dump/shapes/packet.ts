// A packet as tshark's JSON and PDML have it: layers with fields in fields, the generic names beside those that they stand for
// (`ip.addr` beside `ip.src`), and what an ICMP error quotes inside of it.
import { hex } from '../../bytes/show.js';
import { escapeControls, safeText } from '../../bytes/text.js';
import type { ExtraField } from '../../dissect/extra.js';
import type { FieldDef, FieldValue } from '../../dissect/fields.js';
import { spell } from '../../dissect/spell.js';
import { type TreeNode, treeOf } from '../../dissect/tree.js';
import { nodeText } from '../../dissect/tree-text.js';
import type { Layers } from '../../dissect/walk.js';
import { arranged } from './arrange.js';
import { heading, remark, type Shown } from './shown.js';

/** The value of a field, safe to print. */
export function shownValue(def: FieldDef, bytes: Uint8Array, at: number, length: number, value: FieldValue): string | null {
  if (def.type === 'none') return null;
  if (def.type === 'bytes' && value === null) return hex(bytes, at, at + length, ':');
  return safeText(escapeControls(spell(def, bytes, at, length, value)));
}

/** The names that a field has beside its own: below it or beside it, as Wireshark has them. */
function generic(node: Shown, name: string): Shown {
  return { ...node, name, isLayer: false, isHidden: true, children: [] };
}

const isPort = (name: string): boolean => name.endsWith('.port');

function withGenerics(nodes: readonly Shown[]): Shown[] {
  const list: Shown[] = [];
  let ports: Shown[] = [];
  for (const node of nodes) {
    const { aliases, type } = node.def;
    // Both ports stand behind the second.
    if (ports.length > 0 && !aliases.some((name) => name === ports[0].name)) {
      list.push(...ports);
      ports = [];
    }
    if (type === 'ether' && aliases.length > 0)
      list.push({ ...node, children: [...aliases.map((name) => generic(node, name)), ...node.children] });
    else {
      list.push(node);
      for (const name of aliases) (isPort(name) ? ports : list).push(generic(node, name));
    }
  }
  return [...list, ...ports];
}

/** Of a header: as far as its fields go, without what it carries. */
const lengthOf = ({ at, length, children }: TreeNode): number =>
  children.reduce((most, one) => (one.def.name.endsWith('.payload') ? most : Math.max(most, one.at + one.length - at)), length);

/** `base`: where the frame begins in `bytes`. */
export function shown(node: TreeNode, bytes: Uint8Array, base: number, isLayer: boolean): Shown {
  const { def, value } = node;
  const at = node.at - base;
  const length = isLayer ? lengthOf(node) : node.length;
  const fields = node.children.map((child) => shown(child, bytes, base, false));
  return {
    name: def.name,
    def,
    at,
    length,
    value,
    show: shownValue(def, bytes, node.at, node.length, value),
    label: nodeText(node, bytes),
    isLayer,
    isHidden: false,
    children: [
      ...(isLayer ? arranged(def.name, withGenerics(fields)) : withGenerics(fields)),
      ...node.notes.map(({ severity, text }) => remark(at, severity, safeText(text))),
    ],
  };
}

/** Layers that tshark does not show by themselves. */
export const UNSHOWN: ReadonlySet<string> = new Set(['osi']);

/** Does a layer stand inside of the one before? What an ICMP message carries does, and the extension headers of IPv6. */
export const isInside = (name: string, before: string): boolean =>
  name === 'data' ? before.startsWith('icmp') : name.startsWith('ipv6.') && before === 'ipv6';

/** Puts what stands inside of other layers there. `quotedFrom`: what an ICMP error quotes begins there. */
function nested(layers: readonly Shown[], quotedFrom: number): Shown[] {
  const list: Shown[] = [];
  for (let i = 0; i < Math.min(layers.length, quotedFrom); i++) {
    const layer = layers[i];
    const before = list.at(-1);
    if (before !== undefined && isInside(layer.name, before.name))
      list[list.length - 1] = { ...before, children: [...before.children, layer] };
    else if (!UNSHOWN.has(layer.name)) list.push(layer);
  }
  const quoting = list.at(-1);
  if (quotedFrom < layers.length && quoting !== undefined)
    list[list.length - 1] = { ...quoting, children: [...quoting.children, ...nested(layers.slice(quotedFrom), layers.length)] };
  return list;
}

export interface ShownPacket {
  /** That of the frame itself first. */
  readonly layers: readonly Shown[];
  /** Of the frame; offsets count from its first one. */
  readonly bytes: Uint8Array;
}

const countOf = (n: number, how: string): string => `${n} bytes ${how} (${n * 8} bits)`;

/** The line of a frame. */
export const frameLabel = (number: number, wireLength: number, length: number): string =>
  `Frame ${number}: ${countOf(wireLength, 'on wire')}, ${countOf(length, 'captured')}`;

/** What is known about a frame beside its headers. */
function aboutFrame(walked: Layers, extras: readonly ExtraField[]): readonly Shown[] {
  const about = extras.flatMap(({ def, read }): Shown[] => {
    const value = read(walked);
    if (value === null) return [];
    const show = shownValue(def, walked.bytes, 0, 0, value);
    return [{ ...heading(`${def.title}: ${show}`, []), name: def.name, def, value, show }];
  });
  return arranged('frame', about);
}

/** The layers of a walked frame. */
export function shownPacket(walked: Layers, extras: readonly ExtraField[]): ShownPacket {
  const { frame, bytes, quotedFrom } = walked;
  if (frame === null) return { layers: [], bytes };
  const length = frame.end - frame.start;
  const label = frameLabel(frame.number, frame.wireLength, length);
  const self: Shown = { ...heading(label, aboutFrame(walked, extras)), name: 'frame', at: 0, length, isLayer: true };
  const layers = nested(
    treeOf(walked).map((node) => shown(node, bytes, frame.start, true)),
    quotedFrom,
  );
  return { layers: [self, ...layers], bytes: bytes.subarray(frame.start, frame.end) };
}
