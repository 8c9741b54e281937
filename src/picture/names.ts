// What places are called in pictures: as the topology calls them, else by their addresses.
import type { Facts } from '../facts/facts.js';
import type { Edge } from '../flows/tunnels.js';
import type { Ip } from '../topology/ip.js';

export interface Name {
  readonly label: string;
  /** The address, where the label is a name; else ''. */
  readonly detail: string;
}

/** An end of a conversation: pod, service or node, with its address. */
export function endName(facts: Facts, ip: Ip): Name {
  const address = facts.spelt(String(ip));
  const name = facts.topology?.nameOf(ip) ?? null;
  if (name !== null) return { label: name, detail: address };
  const { topology } = facts;
  const own = facts.captures.findIndex(({ node }, source) => node === null && facts.ownership.isOwn(source, ip));
  const node = facts.ownership.nodeAt(ip) ?? (own >= 0 && topology === null ? facts.captures[own].point : null);
  return node === null ? { label: address, detail: '' } : { label: address, detail: `at ${node}` };
}

/** Where a frame was captured: the interface, with the node and the pod whose device it is; the point where interfaces are not told apart. */
export function placeName(facts: Facts, port: number): Name {
  const { point, known, nameFrom, name, capture } = facts.interfaces.of(port);
  const isNumbered = facts.captures[capture].everyInterface;
  if (!known || (nameFrom === 'none' && !isNumbered)) return { label: point, detail: 'capture point' };
  const shown = facts.interfaces.shown(port);
  return { label: name, detail: shown === name ? point : `${point} ${shown.slice(name.length + 1)}` };
}

const KINDS: Readonly<Record<Edge['kind'], string>> = {
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  gre: 'GRE',
  erspan: 'ERSPAN',
  gtp: 'GTP-U',
  lisp: 'LISP',
  ip: 'IP in IP',
};

export const tunnelKind = (kind: Edge['kind']): string => KINDS[kind];

/** `VXLAN VNI 63446 (default/curl-pod)`, with the outer ends. */
export function tunnelName(facts: Facts, { kind, vni, src, dst }: Edge): Name {
  const identity = vni < 0 ? null : (facts.topology?.identityName(vni) ?? null);
  const number = vni < 0 ? '' : ` VNI ${vni}${identity === null ? '' : ` (${identity})`}`;
  return { label: `${tunnelKind(kind)}${number}`, detail: `${src} → ${dst}` };
}
