// AAL5 frames of ATM behind the four bytes that SunATM puts before them: www.tcpdump.org/linktypes/LINKTYPE_SUNATM.html. What a virtual
// circuit carries behind LLC is RFC 2684's; without it (section 6), nothing but the circuit's configuration says what it is.
import { u16 } from '../src/bytes/read.js';
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';
import { SNAP } from './llc.js';

const LLC = protocol('llc');
const IP = protocol('ip');
const ETH = protocol('eth');

/** The first byte is set in its first bit by what a host sends, and the last four say what the circuit carries. */
const header = layout('atm', [rsv(8), uint('vpi', 8, 'VPI'), uint('vci', 16, 'VCI')]);
const sentBit = (b: Uint8Array, at: number): number => b[at] >> 7;
const kindOf = (b: Uint8Array, at: number): number => b[at] & 15;
const channel = field('atm.channel', 'Channel', 'uint16', { values: { 0: 'DTE to DCE', 1: 'DCE to DTE' } });
const aal = field('atm.aal', 'AAL', 'uint8', { values: { 4: 'AAL5', 6: 'Signalling' } });
const AAL = { aal5: 4, signalling: 6 } as const;
const traffic = field('atm.traffic_type', 'Traffic type', 'uint8', {
  values: { 0: 'Unknown', 1: 'LLC multiplexed', 3: 'LAN emulation', 4: 'ILMI' },
});
const lane = field('atm.traffic.lane', 'LAN emulation', 'uint8', { values: { 1: 'Control', 2: 'Ethernet' } });
const client = field('atm.le_client.client', 'LE client', 'uint16', { base: 'hex' });

/** Kinds of SunATM, and the traffic that tshark calls them. */
const KIND = { lane: 1, llc: 2, ilmi: 5, signalling: 6 } as const;
const TRAFFIC: Readonly<Record<number, number>> = { [KIND.lane]: 3, [KIND.llc]: 1, [KIND.ilmi]: 4 };
/** The circuit of signalling (ITU-T I.361). */
const SIGNALLING_VCI = 5;
/** Instead of a client: a control frame of LAN emulation. */
const LE_CONTROL = 0xff00;
const CLIENT_BYTES = 2;

const isSignalling = (b: Uint8Array, at: number): boolean =>
  kindOf(b, at) === KIND.signalling || (header.get.vpi(b, at) === 0 && header.get.vci(b, at) === SIGNALLING_VCI);

/** LAN emulation: `at` is the start of the header, `end` that of the captured bytes. */
const isLane = (b: Uint8Array, at: number, end: number): boolean =>
  kindOf(b, at) === KIND.lane && !isSignalling(b, at) && at + header.size + CLIENT_BYTES <= end;

/** What is in a circuit of which SunATM says nothing, by its first bytes. */
function guess(layers: Layers, at: number, end: number): void {
  const b = layers.bytes;
  if (at + 3 <= end && b[at] === SNAP && b[at + 1] === SNAP && b[at + 2] === 3) layers.next(LLC, at);
  else if (at < end && b[at] >> 4 === 4) layers.next(IP, at);
  else layers.nextAtData(at);
}

export const atm = dissector({
  name: 'atm',
  title: 'Asynchronous Transfer Mode',
  spec: 'LINKTYPE_SUNATM',
  role: 'link',
  layout: header,
  shapes: true,
  fields: [channel, aal, traffic, lane, client],
  claims: { 'frame.linktype': [123] },
  payload: {
    step(layers, at, end) {
      const b = layers.bytes;
      const body = at + header.size;
      const kind = kindOf(b, at);
      if (isSignalling(b, at) || kind === KIND.ilmi) layers.nextAtData(body);
      else if (kind === KIND.llc) layers.next(LLC, body);
      else if (kind !== KIND.lane) guess(layers, body, end);
      else if (isLane(b, at, end) && u16(b, body) !== LE_CONTROL) layers.next(ETH, body + CLIENT_BYTES);
      else layers.nextAtData(body);
    },
  },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    emitItems(b, at, end, header.items, out);
    const body = at + header.size;
    if (body > end) return;
    const signals = isSignalling(b, at);
    out.add(channel, at, 1, 1 - sentBit(b, at));
    out.add(aal, at, 1, signals ? AAL.signalling : AAL.aal5);
    if (!signals) out.add(traffic, at, 1, TRAFFIC[kindOf(b, at)] ?? 0);
    if (!isLane(b, at, end)) return;
    const isControl = u16(b, body) === LE_CONTROL;
    out.add(lane, at, 1, isControl ? 1 : 2);
    if (!isControl) out.add(client, body, CLIENT_BYTES, u16(b, body));
  },
  info(line, layers, i) {
    line.text('VPI=');
    line.dec(header.get.vpi(layers.bytes, layers.start[i]));
    line.text(', VCI=');
    line.dec(header.get.vci(layers.bytes, layers.start[i]));
  },
  protocols: (layers, i) => (isLane(layers.bytes, layers.start[i], layers.end[i]) ? 'atm:lane' : 'atm'),
});
