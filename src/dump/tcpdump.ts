// Lines as `tcpdump -nn` prints them, with the interface names of the capturing machine. Unlike tcpdump before version 5,
// VXLAN on port 8472 is called VXLAN and not OTV: the Linux kernel's port is Cilium's and flannel's.
import { arp, addresses as arpAddresses, common as arpHeader, ethIpv4, REPLY, REQUEST } from '../../dissectors/arp.js';
import { dhcp } from '../../dissectors/dhcp.js';
import { TYPE as DNS_TYPE, dns, header as dnsHeader, llmnr, mdns, readName, skipName } from '../../dissectors/dns.js';
import { geneve, header as geneveHeader } from '../../dissectors/geneve.js';
import { gre } from '../../dissectors/gre.js';
import { startsMessage } from '../../dissectors/http.js';
import { FRAGMENTATION_NEEDED, TYPE as ICMP, icmp } from '../../dissectors/icmp.js';
import { TYPE as ICMP6, icmpv6 } from '../../dissectors/icmpv6.js';
import { ip, header as ipHeader } from '../../dissectors/ip.js';
import { fragment, fragmentHeader, hopByHop, ipv6 } from '../../dissectors/ipv6.js';
import { sll2 } from '../../dissectors/sll.js';
import { FLAG, OPTION, tcp, header as tcpHeader } from '../../dissectors/tcp.js';
import { udp } from '../../dissectors/udp.js';
import { vxlan } from '../../dissectors/vxlan.js';
import type { Line } from '../bytes/line.js';
import { u16, u24, u32 } from '../bytes/read.js';
import { utf8 } from '../bytes/string.js';
import { Origins } from '../dissect/origins.js';
import { ROLE } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import type { Sight } from '../flows/sight.js';

/** Linux packet types as tcpdump names them, in three columns. */
const PACKET_TYPES = ['In ', 'B  ', 'M  ', 'P  ', 'Out'];
const DOT = 0x2e;

/** Ports whose payload tcpdump looks at as HTTP. */
const isHttp = (port: number): boolean => port === 80 || port === 8080 || port === 3128;

const FLAG_LETTERS = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W'];
const FLAG_TEXTS = Array.from({ length: 256 }, (_, flags) => {
  const letters = FLAG_LETTERS.filter((_, bit) => (flags >> bit) & 1).join('');
  return `Flags [${letters === '' ? 'none' : letters}]`;
});

const RCODES = ['', ' FormErr', ' ServFail', ' NXDomain', ' NotImp', ' Refused', ' YXDomain', ' YXRRSet', ' NXRRSet', ' NotAuth'];
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  41: 'OPT',
  65: 'HTTPS',
  255: 'ANY',
};
/** Answers named in one line: a message cannot hold more than this many in a datagram of the usual size. */
const MAX_ANSWERS = 256;

const UNREACHABLE: Readonly<Record<number, readonly [before: string, behind: string]>> = {
  0: ['net ', ' unreachable'],
  1: ['host ', ' unreachable'],
  5: ['', ' unreachable - source route failed'],
  6: ['net ', ' unreachable - unknown'],
  7: ['host ', ' unreachable - unknown'],
  8: ['', ' unreachable - source host isolated'],
  9: ['net ', ' unreachable - admin prohibited'],
  10: ['host ', ' unreachable - admin prohibited'],
  11: ['net ', ' unreachable - tos prohibited'],
  12: ['host ', ' unreachable - tos prohibited'],
  13: ['host ', ' unreachable - admin prohibited filter'],
  14: ['host ', ' unreachable - host precedence violation'],
  15: ['host ', ' unreachable - precedence cutoff'],
};
const UNREACHABLE6: Readonly<Record<number, string>> = {
  0: 'unreachable route ',
  1: 'unreachable prohibited ',
  2: 'beyond scope ',
  3: 'unreachable address ',
};
const REDIRECTS = ['net', 'host', 'tos net', 'tos host'];

export class TcpdumpPrinter {
  private readonly origins = new Origins();
  /** The second whose local time is `clock`. */
  private second = Number.NaN;
  /** Where the IP packet at hand ends, as it says itself: behind the end of what there is when it was cut. */
  private ipEnd = 0;
  private clock = '';

  constructor(private readonly sight: Sight) {}

  print(layers: Layers, line: Line): void {
    const frame = layers.frame;
    if (frame === null) return;
    this.time(frame.seconds, line);
    line.byte(DOT);
    line.decPadded(Math.floor(frame.nanoseconds / 1000), 6, 0x30);
    line.space();
    if (layers.count > 0 && layers.proto[0] === sll2.ref.id) {
      const from = line.at;
      line.safe(this.sight.name(layers) ?? '?', 64);
      line.padFrom(from, 5);
      line.space();
      line.text(PACKET_TYPES[layers.bytes[layers.start[0] + 10]] ?? '?  ');
      line.space();
    }
    this.from(layers, 0, line);
    line.newline();
  }

  /** hh:mm:ss of the reader's time zone, as tcpdump prints it. */
  private time(seconds: number, line: Line): void {
    if (seconds !== this.second) {
      const d = new Date(seconds * 1000);
      const two = (n: number) => String(n).padStart(2, '0');
      this.clock = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
      this.second = seconds;
    }
    line.text(this.clock);
  }

  /** Layer `first` and what it carries. */
  private from(layers: Layers, first: number, line: Line): void {
    const { roles } = layers.registry;
    const end = Math.min(layers.count, layers.quotedFrom);
    let i = first;
    while (i < end && roles[layers.proto[i]] === ROLE.link) i++;
    if (i >= end) {
      line.text(`[|${layers.count < 1 ? 'link' : 'packet'}]`);
      return;
    }
    const proto = layers.proto[i];
    if (proto === ip.ref.id || proto === ipv6.ref.id) this.network(layers, i, end, line);
    else if (proto === arp.ref.id) this.arp(layers, i, line);
    else this.other(layers, i, line);
  }

  private other(layers: Layers, i: number, line: Line): void {
    const d = layers.registry.protocols[layers.proto[i]];
    line.text(layers.proto[i] === 0 ? 'unknown' : (d.as ?? d.name).toUpperCase());
    line.text(', length ');
    line.dec(Math.max(0, layers.wireEnd[i] - layers.start[i]));
  }

  private network(layers: Layers, i: number, end: number, line: Line): void {
    const { bytes } = layers;
    const at = layers.start[i];
    const v4 = layers.proto[i] === ip.ref.id;
    line.text(v4 ? 'IP ' : 'IP6 ');
    const claimed = v4 ? ipHeader.get.len(bytes, at) : u16(bytes, at + 4) + 40;
    this.ipEnd = Math.max(at + claimed, layers.wireEnd[i]);
    const frame = layers.frame;
    const there = i > 0 ? layers.wireEnd[i - 1] : frame === null ? 0 : frame.start + frame.wireLength;
    if (claimed > there - at) line.text(`truncated-ip${v4 ? '' : '6'} - ${claimed - (there - at)} bytes missing! `);
    let next = i + 1;
    let hop = '';
    while (next < end && !v4 && layers.proto[next] === hopByHop.ref.id) {
      hop = 'HBH ';
      next++;
    }
    const proto = next < end ? layers.proto[next] : -1;
    const cut = layers.partial && next === layers.count ? layers.proto[next] : -1;
    const ported = proto === tcp.ref.id || proto === udp.ref.id || hasPorts(layers, next, cut);
    this.address(layers, i, false, ported ? u16(bytes, layers.start[next]) : -1, line);
    line.text(' > ');
    this.address(layers, i, true, ported ? u16(bytes, layers.start[next] + 2) : -1, line);
    line.text(': ');
    line.text(hop);
    if (proto === tcp.ref.id) this.tcp(layers, next, line);
    else if (proto === udp.ref.id) this.udp(layers, next, line);
    else if (proto === icmp.ref.id) this.icmp(layers, next, line);
    else if (proto === icmpv6.ref.id) this.icmp6(layers, next, line);
    else if (proto === ip.ref.id || proto === ipv6.ref.id) this.network(layers, next, end, line);
    else if (proto === gre.ref.id) {
      line.text(`GREv${u16(bytes, layers.start[next]) & 7}, length ${layers.wireEnd[next] - layers.start[next]}`);
      if (next + 1 < end) {
        line.text(': ');
        this.from(layers, next + 1, line);
      }
    } else if (proto === fragment.ref.id) this.fragment(layers, next, line);
    else if (proto > 0) this.other(layers, next, line);
    else if (cut > 0) line.text(` [|${layers.registry.protocols[cut].name}]`);
    else {
      line.text(`ip-proto-${v4 ? bytes[at + 9] : bytes[at + 6]}`);
      // The length is told of whole packets only: what a fragment holds is not the protocol's.
      if (v4 && ipHeader.get.frag_offset(bytes, at) === 0) line.text(` ${Math.max(0, layers.wireEnd[i] - layers.body[i])}`);
    }
  }

  private address(layers: Layers, i: number, destination: boolean, port: number, line: Line): void {
    const at = layers.start[i];
    if (layers.proto[i] === ip.ref.id) line.ipv4(layers.bytes, at + (destination ? 16 : 12));
    else line.ipv6(layers.bytes, at + (destination ? 24 : 8));
    if (port < 0) return;
    line.byte(DOT);
    line.dec(port);
  }

  private fragment(layers: Layers, i: number, line: Line): void {
    const { bytes } = layers;
    const at = layers.start[i];
    line.text(`frag (${fragmentHeader.get.offset(bytes, at) * 8}|${layers.wireEnd[i] - layers.body[i]})`);
    if (i + 1 < layers.count && layers.proto[i + 1] === udp.ref.id) {
      line.space();
      this.udp(layers, i + 1, line);
    }
  }

  private arp(layers: Layers, i: number, line: Line): void {
    const { bytes } = layers;
    const at = layers.start[i];
    const opcode = arpHeader.get.opcode(bytes, at);
    const a = ethIpv4(bytes, at, layers.end[i]);
    line.text('ARP, ');
    if (a < 0 || (opcode !== REQUEST && opcode !== REPLY)) line.text(`op ${opcode}`);
    else {
      const target = a + arpAddresses.place['dst.proto_ipv4'].offset;
      const sender = a + arpAddresses.place['src.proto_ipv4'].offset;
      if (opcode === REQUEST) {
        line.text('Request who-has ');
        line.ipv4(bytes, target);
        if (arpAddresses.get['dst.hw_mac'](bytes, a) !== 0) {
          line.text(' (');
          line.mac(bytes, a + arpAddresses.place['dst.hw_mac'].offset);
          line.text(')');
        }
        line.text(' tell ');
        line.ipv4(bytes, sender);
      } else {
        line.text('Reply ');
        line.ipv4(bytes, sender);
        line.text(' is-at ');
        line.mac(bytes, a);
      }
    }
    line.text(', length ');
    line.dec(layers.wireEnd[i] - at);
  }

  private tcp(layers: Layers, i: number, line: Line): void {
    const { bytes } = layers;
    const at = layers.start[i];
    const flags = bytes[at + 13];
    const body = at + tcpHeader.get.hdr_len(bytes, at);
    const length = Math.max(0, this.ipEnd - body);
    line.text(FLAG_TEXTS[flags]);
    let seq = tcpHeader.get.seq_raw(bytes, at);
    let ack = tcpHeader.get.ack_raw(bytes, at);
    let theirs = 0;
    // tcpdump counts from the first packet with an acknowledgment, which it shows as it is.
    if ((flags & FLAG.ack) !== 0) {
      const { origins } = this;
      origins.find(layers, i);
      if ((flags & FLAG.syn) !== 0 || !origins.has(origins.mine)) {
        origins.set(origins.mine, seq);
        origins.set(origins.other, ack - 1);
      } else {
        seq = (seq - origins.get(origins.mine)) >>> 0;
        ack = (ack - origins.get(origins.other)) >>> 0;
      }
      theirs = origins.get(origins.other);
    }
    if (length > 0 || (flags & (FLAG.syn | FLAG.fin | FLAG.reset)) !== 0) {
      line.text(', seq ');
      line.dec(seq);
      if (length > 0) {
        line.text(':');
        line.dec((seq + length) >>> 0);
      }
    }
    if ((flags & FLAG.ack) !== 0) {
      line.text(', ack ');
      line.dec(ack);
    }
    line.text(', win ');
    line.dec(tcpHeader.get.window_size_value(bytes, at));
    if ((flags & FLAG.urgent) !== 0) {
      line.text(', urg ');
      line.dec(tcpHeader.get.urgent_pointer(bytes, at));
    }
    const optionsEnd = Math.min(body, layers.end[i]);
    if (optionsEnd > at + tcpHeader.size) tcpOptions(bytes, at + tcpHeader.size, optionsEnd, theirs, line);
    line.text(', length ');
    line.dec(length);
    if (body >= layers.end[i]) return;
    if (isHttp(u16(bytes, at)) || isHttp(u16(bytes, at + 2))) httpLine(bytes, body, layers.end[i], line);
  }

  private udp(layers: Layers, i: number, line: Line): void {
    const { bytes } = layers;
    const at = layers.start[i];
    const proto = i + 1 < Math.min(layers.count, layers.quotedFrom) ? layers.proto[i + 1] : -1;
    const body = at + 8;
    const claimed = u16(bytes, at + 4) - 8;
    if (proto === dns.ref.id || proto === mdns.ref.id || proto === llmnr.ref.id)
      dnsLine(bytes, body, layers.end[i], claimed, line);
    else if (proto === vxlan.ref.id) {
      const flags = bytes[body];
      line.text(flags & 8 ? 'VXLAN, flags [I] (0x' : 'VXLAN, flags [.] (0x');
      line.hex(flags, 2);
      line.text('), vni ');
      line.dec(u24(bytes, body + 4));
      line.newline();
      this.from(layers, i + 2, line);
    } else if (proto === geneve.ref.id) {
      const flags = [bytes[body + 1] & 0x80 ? 'O' : '', bytes[body + 1] & 0x40 ? 'C' : ''].join('');
      line.text(`Geneve, Flags [${flags === '' ? 'none' : flags}], vni 0x${geneveHeader.get.vni(bytes, body).toString(16)}`);
      const type = geneveHeader.get.proto_type(bytes, body);
      // Trans-Ether Bridging is what it is taken for.
      if (type !== 0x6558) line.text(`, proto unknown (0x${type.toString(16).padStart(4, '0')})`);
      const options = layers.body[i + 1] - body - 8;
      if (options > 0) line.text(`, options [${options} bytes]`);
      line.text(': ');
      this.from(layers, i + 2, line);
    } else if (proto === dhcp.ref.id) {
      line.text(bytes[body] === 1 ? 'BOOTP/DHCP, Request' : 'BOOTP/DHCP, Reply');
      if (bytes[body] === 1 && body + 34 <= layers.end[i] && bytes[body + 2] === 6) {
        line.text(' from ');
        line.mac(bytes, body + 28);
      }
      line.text(', length ');
      line.dec(Math.max(0, claimed));
    } else {
      line.text('UDP, length ');
      line.dec(Math.max(0, claimed));
    }
  }

  private icmp(layers: Layers, i: number, line: Line): void {
    const { bytes } = layers;
    const at = layers.start[i];
    const code = bytes[at + 1];
    const q = layers.quotedFrom < layers.count && layers.quotedFrom === i + 1 ? layers.start[i + 1] : -1;
    line.text('ICMP ');
    switch (bytes[at]) {
      case ICMP.echoRequest:
      case ICMP.echoReply:
        line.text(bytes[at] === ICMP.echoRequest ? 'echo request, id ' : 'echo reply, id ');
        line.dec(u16(bytes, at + 4));
        line.text(', seq ');
        line.dec(u16(bytes, at + 6));
        break;
      case ICMP.unreachable:
        this.unreachable(layers, i, q, code, line);
        break;
      case ICMP.redirect:
        line.text('redirect ');
        if (q >= 0) line.ipv4(bytes, q + 16);
        line.text(` to ${REDIRECTS[code] ?? `code ${code}`} `);
        line.ipv4(bytes, at + 4);
        break;
      case ICMP.timeExceeded:
        line.text(code === 0 ? 'time exceeded in-transit' : 'ip reassembly time exceeded');
        break;
      default:
        line.text(`type-#${bytes[at]}`);
    }
    line.text(', length ');
    line.dec(Math.max(0, this.ipEnd - at));
  }

  private unreachable(layers: Layers, i: number, q: number, code: number, line: Line): void {
    const { bytes } = layers;
    const destination = () => {
      if (q >= 0) line.ipv4(bytes, q + 16);
    };
    if (code === FRAGMENTATION_NEEDED) {
      destination();
      line.text(' unreachable - need to frag');
      const mtu = u16(bytes, layers.start[i] + 6);
      if (mtu > 0) line.text(` (mtu ${mtu})`);
    } else if (code === 2) {
      destination();
      line.text(` protocol ${q >= 0 ? bytes[q + 9] : 0} unreachable`);
    } else if (code === 3) {
      destination();
      quotedPort(bytes, q, q < 0 ? 0 : q + ipHeader.get.hdr_len(bytes, q), layers.end[i], q < 0 ? 0 : bytes[q + 9], line);
      line.text(' unreachable');
    } else {
      const [before, behind] = UNREACHABLE[code] ?? ['', ` unreachable - #${code}`];
      line.text(before);
      destination();
      line.text(behind);
    }
  }

  private icmp6(layers: Layers, i: number, line: Line): void {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    const code = bytes[at + 1];
    const q = layers.quotedFrom < layers.count && layers.quotedFrom === i + 1 ? layers.start[i + 1] : -1;
    line.text('ICMP6, ');
    switch (bytes[at]) {
      case ICMP6.unreachable:
        line.text('destination unreachable, ');
        if (code === 4) {
          line.text('unreachable port, ');
          if (q >= 0) {
            line.ipv6(bytes, q + 24);
            quotedPort(bytes, q, q + 40, end, bytes[q + 6], line);
          }
        } else {
          line.text(UNREACHABLE6[code] ?? `code-#${code} `);
          if (q >= 0) line.ipv6(bytes, q + 24);
        }
        break;
      case ICMP6.tooBig:
        line.text('packet too big, mtu ');
        if (at + 8 <= end) line.dec(u32(bytes, at + 4));
        break;
      case ICMP6.timeExceeded:
        line.text(code === 0 ? 'time exceeded in-transit for ' : 'ip reassembly time exceeded');
        if (code === 0 && q >= 0) line.ipv6(bytes, q + 24);
        break;
      case ICMP6.echoRequest:
      case ICMP6.echoReply:
        line.text(bytes[at] === ICMP6.echoRequest ? 'echo request' : 'echo reply');
        if (at + 8 <= end) line.text(`, id ${u16(bytes, at + 4)}, seq ${u16(bytes, at + 6)}`);
        break;
      case ICMP6.routerSolicitation:
        line.text('router solicitation');
        break;
      case ICMP6.routerAdvertisement:
        line.text('router advertisement');
        break;
      case ICMP6.neighborSolicitation:
        line.text('neighbor solicitation, who has ');
        if (at + 24 <= end) line.ipv6(bytes, at + 8);
        break;
      case ICMP6.neighborAdvertisement:
        line.text('neighbor advertisement, tgt is ');
        if (at + 24 <= end) line.ipv6(bytes, at + 8);
        break;
      case ICMP6.redirect:
        line.text('redirect, ');
        if (at + 40 <= end) {
          line.ipv6(bytes, at + 24);
          line.text(' to ');
          line.ipv6(bytes, at + 8);
        }
        break;
      case ICMP6.listenerReport2:
        line.text('multicast listener report v2');
        if (at + 8 <= end) line.text(`, ${u16(bytes, at + 6)} group record(s)`);
        break;
      case ICMP6.listenerQuery:
        line.text('multicast listener query');
        break;
      case ICMP6.listenerReport:
        line.text('multicast listener report');
        break;
      case ICMP6.listenerDone:
        line.text('multicast listener done');
        break;
      default:
        line.text(`type-#${bytes[at]}`);
    }
    line.text(', length ');
    line.dec(Math.max(0, this.ipEnd - at));
  }
}

/** Are the ports of a transport header there, of which the rest was cut off? */
const hasPorts = (layers: Layers, i: number, cut: number): boolean =>
  (cut === tcp.ref.id || cut === udp.ref.id) && layers.end[i] - layers.start[i] >= 4;

/** ` udp port 53` of a quoted packet whose transport header starts at `at`. */
function quotedPort(b: Uint8Array, quoted: number, at: number, end: number, proto: number, line: Line): void {
  if (quoted < 0 || at + 4 > end) return;
  const name = proto === 6 ? 'tcp' : proto === 17 ? 'udp' : `protocol ${proto}`;
  line.text(` ${name} port ${u16(b, at + 2)}`);
}

function tcpOptions(b: Uint8Array, from: number, end: number, theirs: number, line: Line): void {
  line.text(', options [');
  for (let o = from; o < end; ) {
    if (o > from) line.text(',');
    const kind = b[o];
    if (kind === OPTION.end) {
      line.text('eol');
      break;
    }
    if (kind === OPTION.nop) {
      line.text('nop');
      o++;
      continue;
    }
    const size = o + 1 < end ? b[o + 1] : 0;
    if (size < 2 || o + size > end) {
      line.text('[|tcp]');
      break;
    }
    switch (kind) {
      case OPTION.mss:
        line.text('mss ');
        line.dec(size === 4 ? u16(b, o + 2) : 0);
        break;
      case OPTION.windowScale:
        line.text('wscale ');
        line.dec(size === 3 ? b[o + 2] : 0);
        break;
      case OPTION.sackPermitted:
        line.text('sackOK');
        break;
      case OPTION.sack:
        line.text(`sack ${(size - 2) >> 3} `);
        for (let e = o + 2; e + 8 <= o + size; e += 8)
          line.text(`{${(u32(b, e) - theirs) >>> 0}:${(u32(b, e + 4) - theirs) >>> 0}}`);
        break;
      case OPTION.timestamps:
        if (size !== 10) break;
        line.text('TS val ');
        line.dec(u32(b, o + 2));
        line.text(' ecr ');
        line.dec(u32(b, o + 6));
        break;
      default:
        line.text(`unknown-${kind}`);
    }
    o += size;
  }
  line.text(']');
}

function httpLine(b: Uint8Array, at: number, end: number, line: Line): void {
  line.text(': HTTP');
  if (!startsMessage(b, at, end)) return;
  let stop = at;
  while (stop < end && stop < at + 1024 && b[stop] !== 0x0d && b[stop] !== 0x0a) stop++;
  line.text(': ');
  line.safe(utf8(b, at, stop), 1024);
}

function dnsLine(b: Uint8Array, at: number, end: number, length: number, line: Line): void {
  if (at + dnsHeader.size > end) {
    line.text('[|domain]');
    return;
  }
  const { get } = dnsHeader;
  const flags = get.flags(b, at);
  line.dec(get.id(b, at));
  const questions = get['count.queries'](b, at);
  const answers = get['count.answers'](b, at);
  const authorities = get['count.auth_rr'](b, at);
  const additional = get['count.add_rr'](b, at);
  if (flags & 0x8000) {
    line.text(RCODES[flags & 15] ?? ` Resp${flags & 15}`);
    line.text(`${flags & 0x400 ? '*' : ''}${flags & 0x80 ? '' : '-'}${flags & 0x200 ? '|' : ''}${flags & 0x20 ? '$' : ''}`);
    if (questions !== 1) line.text(` [${questions}q]`);
    line.text(` ${answers}/${authorities}/${additional}`);
    dnsAnswers(b, at, end, questions, Math.min(answers, MAX_ANSWERS), line);
  } else {
    line.text(`${flags & 0x100 ? '+' : ''}${flags & 0x10 ? '%' : ''}`);
    if (flags & 0x6cf) line.text(` [b2&3=0x${flags.toString(16)}]`);
    if (answers > 0) line.text(` [${answers}a]`);
    if (questions !== 1) line.text(` [${questions}q]`);
    if (authorities > 0) line.text(` [${authorities}n]`);
    if (additional > 0) line.text(` [${additional}au]`);
    if (questions > 0) {
      const { text, next } = readName(b, at, at + dnsHeader.size, end);
      if (next >= 0 && next + 4 <= end) {
        line.text(` ${typeName(u16(b, next))}? `);
        dnsName(text, line);
      }
    }
  }
  line.text(` (${Math.max(0, length)})`);
}

const typeName = (type: number): string => TYPE_NAMES[type] ?? `Type${type}`;

function dnsName(text: string, line: Line): void {
  if (text !== '<Root>') line.safe(text);
  line.byte(DOT);
}

function dnsAnswers(b: Uint8Array, message: number, end: number, questions: number, answers: number, line: Line): void {
  let o = message + dnsHeader.size;
  for (let n = 0; n < questions && n < MAX_ANSWERS && o >= 0; n++) {
    o = skipName(b, o, end);
    if (o >= 0) o += 4;
  }
  for (let n = 0; n < answers && o >= 0; n++) {
    const behind = skipName(b, o, end);
    if (behind < 0 || behind + 10 > end) return;
    const type = u16(b, behind);
    const data = behind + 10;
    o = data + u16(b, behind + 8);
    if (o > end) return;
    if (n > 0) line.text(',');
    line.text(` ${typeName(type)}`);
    if (type === DNS_TYPE.a && o - data === 4) {
      line.space();
      line.ipv4(b, data);
    } else if (type === DNS_TYPE.aaaa && o - data === 16) {
      line.space();
      line.ipv6(b, data);
    } else if (type === DNS_TYPE.cname || type === DNS_TYPE.ns || type === DNS_TYPE.ptr) {
      line.space();
      dnsName(readName(b, message, data, o).text, line);
    }
  }
}
