// Journeys as rows of the table `journeys`, one a hop; conversations as rows of `conversations`.

import type { EndedJourney } from '../flows/ended-journey.js';
import { type Flow, type FlowWay, flowOf } from '../flows/flow.js';
import type { PathTexts } from '../flows/path-text.js';
import type { Tracker } from '../flows/tracker.js';
import type { Edge } from '../flows/tunnels.js';
import type { Topology } from '../topology/model.js';
import { setAddress } from './packets.js';
import type { TableFile } from './parquet.js';
import type { Parts } from './parts.js';
import { DIRECTIONS, type Places, WAYS } from './places.js';
import type { TABLES } from './schema.js';

export function addJourney(
  files: Parts<typeof TABLES.journeys>,
  journey: EndedJourney,
  { ports, tunnels }: Tracker,
  paths: PathTexts,
  places: Places,
): void {
  const path = journey.path === null ? null : paths.of(journey.path);
  for (let h = 0; h < journey.hops; h++) {
    const capture = journey.capture[h];
    const table = files.at(capture, journey.timeNs[h]);
    const { columns: c, row } = table;
    places.set(c, row, capture);
    c.journey.set(row, journey.number);
    c.hop.set(row, h + 1);
    c.hops.set(row, journey.hops);
    c.conversation.set(row, journey.uid);
    c.way.set(row, WAYS[journey.way]);
    c.path.set(row, path);
    const translated = journey.translatedTo >= 0 ? journey.translatedTo : journey.translatedFrom;
    if (translated >= 0) c.translated.set(row, translated);
    c.loops.set(row, journey.loops);
    c.frame_number.set(row, journey.frame[h]);
    places.setTime(c.frame_time, row, capture, journey.timeNs[h]);
    c.run_ns.set(row, Math.round(journey.timeNs[h]));
    if (h > 0) c.since_previous_ns.set(row, Math.round(journey.timeNs[h]) - Math.round(journey.timeNs[h - 1]));
    c.interface.set(row, places.interfaceName(ports, journey.port[h]));
    c.direction.set(row, DIRECTIONS[journey.direction[h]]);
    // A text without -v has none.
    const isUnsaid = journey.ttl[h] === 0 && places.captures[capture].withUnknown;
    if (!isUnsaid) c.ip_ttl.set(row, journey.ttl[h]);
    c.vlan_tagged.set(row, journey.tagged[h] === 1);
    if (journey.edge[h] >= 0) {
      const edge = tunnels.list[journey.edge[h]];
      c.tunnel.set(row, edge.kind);
      if (edge.vni >= 0) c.vni.set(row, edge.vni);
      const [src, dst] = ends(edge);
      c.outer_ip_src.set(row, src);
      c.outer_ip_dst.set(row, dst);
      if (!isUnsaid) c.outer_ip_ttl.set(row, journey.outerTtl[h]);
    }
    table.next();
  }
}

const texts = new WeakMap<Edge, readonly [src: string, dst: string]>();

function ends(edge: Edge): readonly [src: string, dst: string] {
  let found = texts.get(edge);
  if (found === undefined) {
    found = [String(edge.src), String(edge.dst)];
    texts.set(edge, found);
  }
  return found;
}

/** Adds conversation `conversation` of the tracker, as far as it went. */
export function addConversation(
  files: Parts<typeof TABLES.conversations>,
  conversation: number,
  tracker: Tracker,
  paths: PathTexts,
  topology: Topology | null,
  places: Places,
): void {
  const t = tracker.conversations;
  const flow = flowOf(tracker, conversation, paths, topology);
  const way = t.packets[conversation * 2] > 0 && flow.startNs === t.firstNs[conversation * 2] ? 0 : 1;
  const capture = t.firstCapture[conversation * 2 + way];
  const table = files.at(capture, flow.startNs);
  const { columns: c, row } = table;
  const isIpv4 = t.src[conversation * 4 + 2] === 0xffff && t.src[conversation * 4] === 0 && t.src[conversation * 4 + 1] === 0;
  c.run.set(row, places.run);
  c.conversation.set(row, flow.id);
  c.proto.set(row, flow.proto);
  setAddress(c.ip_src, row, t.src, conversation * 4, isIpv4 ? 4 : 6);
  setAddress(c.ip_dst, row, t.dst, conversation * 4, isIpv4 ? 4 : 6);
  if (flow.srcPort !== null) c.src_port.set(row, flow.srcPort);
  if (flow.dstPort !== null) c.dst_port.set(row, flow.dstPort);
  if (isIpv4) {
    c.ip_src_int.set(row, t.src[conversation * 4 + 3]);
    c.ip_dst_int.set(row, t.dst[conversation * 4 + 3]);
  }
  c.src_name.set(row, flow.srcName);
  c.dst_name.set(row, flow.dstName);
  c.state.set(row, flow.state);
  c.history.set(row, flow.history);
  places.setTime(c.start_time, row, capture, flow.startNs);
  c.start_run_ns.set(row, Math.round(flow.startNs));
  c.duration_ns.set(row, Math.round(flow.durationNs));
  setWay(table, 'forth', flow.forth);
  setWay(table, 'back', flow.back);
  if (flow.translated !== null) c.translated.set(row, flow.translated);
  table.next();
}

function setWay(
  { columns: c, row }: TableFile<typeof TABLES.conversations>,
  name: keyof Flow & ('forth' | 'back'),
  way: FlowWay,
) {
  c[`${name}_packets`].set(row, way.packets);
  c[`${name}_frames`].set(row, way.frames);
  c[`${name}_bytes`].set(row, way.bytes);
  c[`${name}_retransmissions`].set(row, way.retransmissions);
  c[`${name}_path`].set(row, way.path);
  c[`${name}_other_paths`].set(row, way.otherPaths);
  c[`${name}_tunnels`].set(row, way.tunnels.join('; '));
  c[`${name}_identities`].set(row, way.identities.join('; '));
}
