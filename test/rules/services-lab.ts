// Packets of the services of a lab, made from the layouts that read them.
import { header as bfdHeader } from '../../dissectors/bfd.js';
import { header as bgpHeader, TYPE } from '../../dissectors/bgp.js';
import { header as carpHeader } from '../../dissectors/carp.js';
import { clientMac, header as dhcpHeader, MESSAGE } from '../../dissectors/dhcp.js';
import { forwarder as glbpForwarder, header as glbpHeader, hello as glbpHello } from '../../dissectors/glbp.js';
import { group2 as hsrpGroup, head1 as hsrpHead } from '../../dissectors/hsrp.js';
import { header as isisHeader } from '../../dissectors/isis.js';
import { ACTOR_AT, actor, LACP_BYTES, PARTNER_AT, partner } from '../../dissectors/lacp.js';
import { dbd2, hello2, header as ospfHeader, rest2 } from '../../dissectors/ospf.js';
import { header as vrrpHeader } from '../../dissectors/vrrp.js';
import { checksum } from '../../src/bytes/checksum.js';
import { parseIpv4, parseMac } from '../../src/bytes/parse.js';
import { type Body, build, ethernet, ipv4 as packet, type Sight, type TestFrame, tcp, udp } from './lab.js';

let id = 0;
/** Counts identifications from here: what is made after it is the same whatever was made before. */
export const countAnew = (): void => {
  id = 0;
};
export const ipv4 = (values: Parameters<typeof packet>[0], body: Body) => {
  id = (id % 0xffff) + 1;
  return packet({ id, ...values }, body);
};

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));
const ipBytes = (text: string): Uint8Array => {
  const value = parseIpv4(text) as number;
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
};
const other = (proto: number, bytes: Uint8Array): Body => ({
  kind: 'other',
  proto,
  srcPort: 0,
  dstPort: 0,
  bytes,
  checksumAt: -1,
});

export interface DhcpValues extends Sight {
  readonly xid?: number;
  readonly client?: string;
  /** Address offered or acknowledged. */
  readonly your?: string;
  readonly server?: string;
  readonly relay?: string;
  readonly mask?: string;
  readonly router?: string;
  readonly src?: string;
  readonly dst?: string;
  readonly srcPort?: number;
  readonly dstPort?: number;
  /** Given: not filled in. */
  readonly checksum?: number;
}

/** A DHCP message, RFC 2131; from the client or from its server by the kind of message. */
export function dhcp(kind: keyof typeof MESSAGE, values: DhcpValues = {}): TestFrame {
  const { xid = 1, client = '02:00:00:00:00:0a', your, server = '10.1.1.1', relay, mask, router, ...rest } = values;
  const { src, dst, srcPort, dstPort, checksum: sum, ...sight } = rest;
  const isReply = kind === 'offer' || kind === 'ack' || kind === 'nak';
  const mac = parseMac(client) as number;
  const fixed = build(dhcpHeader, {
    type: isReply ? 2 : 1,
    'hw.type': 1,
    'hw.len': 6,
    id: xid,
    'ip.your': your ?? 0,
    'ip.relay': relay ?? 0,
  });
  const hardware = new Uint8Array(16 + 64 + 128);
  for (let i = 0; i < 6; i++) hardware[i] = Math.floor(mac / 256 ** (5 - i)) % 256;
  const option = (type: number, value: Uint8Array) => Uint8Array.of(type, value.length, ...value);
  const options = join(
    Uint8Array.of(0x63, 0x82, 0x53, 0x63),
    option(53, Uint8Array.of(MESSAGE[kind])),
    ...(isReply ? [option(54, ipBytes(server))] : []),
    ...(mask === undefined ? [] : [option(1, ipBytes(mask))]),
    ...(router === undefined ? [] : [option(3, ipBytes(router))]),
    Uint8Array.of(255),
  );
  const data = join(fixed, hardware, options);
  if (clientMac(data, 0, data.length) !== mac) throw new Error('the client is not where it is looked for');
  return ethernet(
    { mac: isReply ? '02:00:00:00:00:01' : client, ...sight },
    ipv4(
      { src: src ?? (isReply ? server : '0.0.0.0'), dst: dst ?? (isReply ? (your ?? '255.255.255.255') : '255.255.255.255') },
      udp({ src: srcPort ?? (isReply ? 67 : 68), dst: dstPort ?? (isReply ? 68 : 67), data, checksum: sum }),
    ),
  );
}

interface OspfValues extends Sight {
  readonly src: string;
  readonly router?: string;
  readonly area?: string;
  readonly auth?: number;
}

function ospf(
  msg: number,
  { src, router = src, area = '0.0.0.0', auth = 0, ...sight }: OspfValues,
  dst: string,
  rest: Uint8Array,
) {
  const bytes = build(
    ospfHeader,
    { version: 2, msg, packet_length: ospfHeader.size + rest2.size + rest.length, srcrouter: router, area_id: area },
    build(rest2, { 'auth.type': auth }, rest),
  );
  // The authentication field is left out of the sum (RFC 2328 appendix D.4.1); it is zero here.
  const sum = checksum(bytes, 0, bytes.length);
  bytes[ospfHeader.place.checksum.offset] = sum >> 8;
  bytes[ospfHeader.place.checksum.offset + 1] = sum & 255;
  return ethernet({ ...sight }, ipv4({ src, dst, ttl: 1 }, other(89, bytes)));
}

export interface HelloValues extends OspfValues {
  readonly mask?: string;
  readonly hello?: number;
  readonly dead?: number;
  readonly neighbours?: readonly string[];
}

/** OSPF hello of version 2. */
export function ospfHello({ mask = '255.255.255.0', hello = 10, dead = 40, neighbours = [], ...values }: HelloValues): TestFrame {
  const rest = build(
    hello2,
    { 'hello.network_mask': mask, 'hello.hello_interval': hello, 'hello.router_dead_interval': dead },
    join(...neighbours.map(ipBytes)),
  );
  rest[6] = 2; // Options: E, RFC 2328 appendix A.2.
  return ospf(1, values, '224.0.0.5', rest);
}

/** OSPF database description of version 2. */
export const ospfDescription = ({
  mtu,
  init,
  sequence = 1000,
  to,
  ...values
}: OspfValues & { mtu: number; init: boolean; sequence?: number; to: string }): TestFrame =>
  ospf(
    2,
    values,
    to,
    build(dbd2, {
      'db.interface_mtu': mtu,
      'dbd.i': init ? 1 : 0,
      'dbd.m': init ? 1 : 0,
      'dbd.ms': init ? 1 : 0,
      'db.dd_sequence': sequence,
    }),
  );

/** VRRP advertisement of version 2. */
export function vrrpAdvert({
  src,
  id = 51,
  priority = 100,
  addresses = ['10.1.1.100'],
  ...sight
}: Sight & { src: string; id?: number; priority?: number; addresses?: readonly string[] }): TestFrame {
  const bytes = join(
    build(vrrpHeader, { version: 2, type: 1, virt_rtr_id: id, prio: priority, addr_count: addresses.length }),
    Uint8Array.of(0, 1, 0, 0),
    ...addresses.map(ipBytes),
    new Uint8Array(8),
  );
  const sum = checksum(bytes, 0, bytes.length);
  bytes[6] = sum >> 8;
  bytes[7] = sum & 255;
  return ethernet(sight, ipv4({ src, dst: '224.0.0.18', ttl: 255 }, other(112, bytes)));
}

const bgpMessage = (type: number, rest: Uint8Array): Uint8Array =>
  build(bgpHeader, { marker: new Uint8Array(16).fill(255), length: bgpHeader.size + rest.length, type }, rest);

export const bgpOpen = (as: number, holdTime = 90): Uint8Array =>
  bgpMessage(TYPE.open, Uint8Array.of(4, as >> 8, as & 255, holdTime >> 8, holdTime & 255, 10, 0, 0, 1, 0));
export const bgpKeepalive = (): Uint8Array => bgpMessage(TYPE.keepalive, new Uint8Array(0));
export const bgpNotification = (code: number, subcode: number): Uint8Array =>
  bgpMessage(TYPE.notification, Uint8Array.of(code, subcode));

/** An UPDATE of IPv4 prefixes (address and length, multiples of 8): those that are withdrawn, and those that are announced. */
export const bgpUpdate = (withdrawn: readonly string[], announced: readonly string[] = []): Uint8Array => {
  const packed = (prefixes: readonly string[]): number[] =>
    prefixes.flatMap((prefix) => {
      const [address, length] = prefix.split('/');
      return [
        Number(length),
        ...address
          .split('.')
          .map(Number)
          .slice(0, Number(length) / 8),
      ];
    });
  const gone = packed(withdrawn);
  return bgpMessage(TYPE.update, Uint8Array.of(0, gone.length, ...gone, 0, 0, ...packed(announced)));
};

/** Two BGP speakers and one connection between them; sequence numbers are kept. */
export function bgpSession(a: string, b: string, aPort: number, start: number, ttl = 1) {
  let [seqA, seqB, now] = [1000, 5000, start];
  const frames: TestFrame[] = [];
  const put = (fromA: boolean, body: Body, gap: number): void => {
    now += gap;
    frames.push(ethernet({ at: now }, ipv4({ src: fromA ? a : b, dst: fromA ? b : a, ttl }, body)));
  };
  const segment = (fromA: boolean, flags: string, data?: Uint8Array, gap = 0.01): void => {
    const [src, dst, seq, ack] = fromA ? [aPort, 179, seqA, seqB] : [179, aPort, seqB, seqA];
    put(
      fromA,
      tcp({ src, dst, flags, seq, ack: flags === 'S' ? 0 : ack, data, ...(flags.includes('S') ? { mss: 1460 } : {}) }),
      gap,
    );
    const length = (data?.length ?? 0) + (/[SF]/.test(flags) ? 1 : 0);
    if (fromA) seqA += length;
    else seqB += length;
  };
  segment(true, 'S', undefined, 0);
  segment(false, 'SA');
  segment(true, 'A');
  return {
    frames,
    /** A message of one end, acknowledged by the other. */
    say: (from: 'a' | 'b', data: Uint8Array, gap = 0.01) => {
      segment(from === 'a', 'PA', data, gap);
      segment(from !== 'a', 'A');
    },
    /** A flag of one end, such as `FA` or `RA`. */
    flag: (from: 'a' | 'b', flags: string, gap = 0.01) => segment(from === 'a', flags, undefined, gap),
  };
}

/** BFD control packet. `state`: 0 AdminDown, 1 Down, 2 Init, 3 Up. */
export function bfd({
  src,
  dst,
  state,
  diagnostic = 0,
  ...sight
}: Sight & { src: string; dst: string; state: number; diagnostic?: number }): TestFrame {
  const data = build(bfdHeader, {
    detect_time_multiplier: 3,
    message_length: 24,
    my_discriminator: 1,
    your_discriminator: state > 1 ? 2 : 0,
    desired_min_tx_interval: 1_000_000,
    required_min_rx_interval: 1_000_000,
  });
  data[0] = (1 << 5) | diagnostic;
  data[1] |= state << 6;
  return ethernet(sight, ipv4({ src, dst, ttl: 255 }, udp({ src: 49_152, dst: 3784, data })));
}

/** HSRP hello, coup or resignation of version 1, or a hello of version 2. `active`: it is the one that packets go to. */
export function hsrp({
  src,
  group = 1,
  priority = 100,
  active = true,
  version = 1,
  password = 'cisco',
  virtual = '10.1.1.100',
  opcode = 0,
  ...sight
}: Sight & {
  src: string;
  group?: number;
  priority?: number;
  active?: boolean;
  version?: 1 | 2;
  password?: string;
  virtual?: string;
  opcode?: number;
}): TestFrame {
  const secret = new Uint8Array(8);
  secret.set(new TextEncoder().encode(password));
  const data =
    version === 1
      ? join(build(hsrpHead, { opcode }), Uint8Array.of(active ? 16 : 8, 3, 10, priority, group, 0), secret, ipBytes(virtual))
      : join(
          Uint8Array.of(1, 40),
          build(hsrpGroup, {
            version: 2,
            opcode,
            state: active ? 6 : 5,
            ipversion: 4,
            group,
            priority,
            hellotime: 3000,
            holdtime: 10_000,
          }),
          ipBytes(virtual),
          new Uint8Array(12),
          Uint8Array.of(3, 8),
          secret,
        );
  const dst = version === 1 ? '224.0.0.2' : '224.0.0.102';
  return ethernet(sight, ipv4({ src, dst, ttl: 1 }, udp({ src: 1985, dst: 1985, data })));
}

/** GLBP hello. `active`: of the gateway, not of a forwarder, of which each router is one. */
export function glbp({
  src,
  active = true,
  priority = 100,
  ...sight
}: Sight & { src: string; active?: boolean; priority?: number }): TestFrame {
  const hello = build(glbpHello, {
    'hello.vgstate': active ? 32 : 16,
    'hello.priority': priority,
    'hello.helloint': 3000,
    'hello.holdint': 10_000,
    'hello.addrtype': 1,
    'hello.addrlen': 4,
  });
  const data = join(
    build(glbpHeader, { version: 1, group: 10 }),
    Uint8Array.of(1, 2 + hello.length + 4),
    hello,
    ipBytes('10.1.1.100'),
    Uint8Array.of(2, 20),
    build(glbpForwarder, { 'reqresp.forwarder': active ? 1 : 2, 'reqresp.vfstate': 32 }),
  );
  return ethernet(sight, ipv4({ src, dst: '224.0.0.102', ttl: 255 }, udp({ src: 3222, dst: 3222, data })));
}

/** CARP advertisement. */
export const carp = ({ src, skew, ...sight }: Sight & { src: string; skew: number }): TestFrame =>
  ethernet(
    sight,
    ipv4(
      { src, dst: '224.0.0.18', ttl: 255 },
      other(112, build(carpHeader, { version: 2, type: 1, vhid: 3, advskew: skew, authlen: 7, adver_int: 1 })),
    ),
  );

/** What one end says of a port: system ID, key, port, and bits of STATE. */
export type LacpSays = readonly [system: string, key: number, port: number, state: number];

/** LACPDU: what the sender says of itself, and of the other end. */
export function lacp(
  [system, key, port, state]: LacpSays,
  [other, otherKey, otherPort, otherState]: LacpSays,
  sight: Sight,
): TestFrame {
  const own = build(actor, { 'actor.sysid': system, 'actor.key': key, 'actor.port': port, 'actor.state': state });
  const theirs = build(partner, {
    'partner.sysid': other,
    'partner.key': otherKey,
    'partner.port': otherPort,
    'partner.state': otherState,
  });
  // The subtype comes before what offsets are counted from.
  const bytes = new Uint8Array(110);
  bytes.set([1, 1, 1, 20]);
  bytes.set(own, 1 + ACTOR_AT);
  bytes.set([2, 20], 1 + PARTNER_AT - 2);
  bytes.set(theirs, 1 + PARTNER_AT);
  bytes.set([3, 16], 1 + LACP_BYTES);
  return ethernet({ dstMac: '01:80:c2:00:00:02', ...sight }, { kind: 'typed', type: 0x8809, bytes });
}

/** IS-IS hello of level 2 on a LAN: who is heard, by MAC. */
export function isisHello({
  src,
  system,
  neighbours = [],
  hold = 9,
  ...sight
}: Sight & { src: string; system: number; neighbours?: readonly string[]; hold?: number }): TestFrame {
  const macs = join(...neighbours.map((text) => macOf(text)));
  const options = join(Uint8Array.of(132, 4), ipBytes(src), macs.length > 0 ? Uint8Array.of(6, macs.length) : macs, macs);
  const id = Uint8Array.of(0x19, 0x20, 0, 0, 0, system);
  const own = join(Uint8Array.of(2), id, Uint8Array.of(0, hold, 0, 27 + options.length, 64), id, Uint8Array.of(1), options);
  const pdu = join(build(isisHeader, { irpd: 0x83, len: 27, version: 1, type: 16, version2: 1 }), own);
  const llc = join(Uint8Array.of(0xfe, 0xfe, 3), pdu);
  return ethernet({ dstMac: '01:80:c2:00:00:15', ...sight }, { kind: 'typed', type: llc.length, bytes: llc });
}
const macOf = (text: string): Uint8Array => Uint8Array.from(text.split(':'), (part) => Number.parseInt(part, 16));
