// Lines of the kernel's log that name a cause by themselves, and the traces of iptables and nft.
import { event, type MakeReader, NO_END, type Place, placeAt, type WitnessEnd, type WitnessEvent } from './event.js';
import { addressOf, endOf, portOf, stampMs } from './parts.js';

/** Packets whose trace is followed at once. */
const MAX_TRACES = 1024;

const SYSLOG =
  /^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT\S{8,32}) (\S{1,100}) kernel: (?:\[ *\d+\.\d+\] )?(.*)$/;
/** dmesg: seconds since the machine started, or with -T a date. */
const DMESG =
  /^(?:<\d+>)?\[ *(?:\d+\.\d{1,9}|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})\] (?:C\d+\s|T\d+\s)?(.*)$/;

interface Complaint {
  readonly pattern: RegExp;
  readonly of: (m: RegExpExecArray) => Partial<WitnessEvent>;
}

/** Lines are known by what stands in them, with whatever in front: addresses and names of interfaces must be such. */
const COMPLAINTS: readonly Complaint[] = [
  {
    // The pair is destination first.
    pattern: /martian source ([\d.]+) from ([\d.]+), on dev ([\w.@-]+)/,
    of: ([, dst, src, dev]) => ({ reason: 'martian source', dst: endOf(dst), src: endOf(src), interface: dev }),
  },
  {
    pattern: /martian destination ([\d.]+) from ([\d.]+), (?:on )?dev ([\w.@-]+)/,
    of: ([, dst, src, dev]) => ({ reason: 'martian destination', dst: endOf(dst), src: endOf(src), interface: dev }),
  },
  {
    pattern: /^UDP(?:v6|-Lite)?: bad checksum\. From (\S+) to (\S+) ulen (\d+)/,
    of: ([, src, dst]) => ({ reason: 'bad checksum', src: endOf(src), dst: endOf(dst), proto: 'udp' }),
  },
  {
    pattern: /^(?:neighbour: )?(arp_cache|ndisc_cache): neighbor table overflow!|^Neighbour table overflow/,
    of: ([, table = 'arp_cache']) => ({ reason: 'neighbour table overflow', detail: table }),
  },
  {
    pattern: /received packet on ([\w.@-]+) with own address as source address(?: \(addr:([0-9a-f:]{17}))?/,
    of: ([, dev, mac = '']) => ({ reason: 'own address as source', interface: dev, detail: mac }),
  },
  {
    pattern: /nf_conntrack: (?:nf_conntrack: )?table full, dropping packet/,
    of: () => ({ reason: 'connection table full' }),
  },
  {
    pattern: /IPv6: ([\w.@-]+): IPv6 duplicate address ([\da-f:]+) (?:used by (\S+) )?detected!/,
    of: ([, dev, address, mac = '']) => ({ reason: 'duplicate address', interface: dev, dst: endOf(address), detail: mac }),
  },
  {
    pattern: /NETDEV WATCHDOG: (?:CPU: \d+: )?([\w.@-]+) .*transmit queue \d+ timed out/,
    of: ([, dev]) => ({ reason: 'transmit queue timed out', interface: dev }),
  },
  {
    pattern: /TCP: (?:request_sock_\w+: )?Possible SYN flooding on port (\S+?)\.(?:\s|$)/,
    of: ([, port]) => ({ reason: 'SYN flooding', dst: { ...NO_END, port: portOf(/(\d+)$/.exec(port)?.[1]) }, proto: 'tcp' }),
  },
];

/** Chains after which a packet has left, or is delivered: a trace may end here. */
const LAST = /^(?:\w+:POSTROUTING|(?:filter|security|nat|mangle):INPUT)$/;

const key = (line: string, name: string): string => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? '';

/** The packet in a line of the LOG and TRACE targets. */
function logged(whole: string): Partial<WitnessEvent> | null {
  // What an ICMP error quotes is another packet.
  const line = whole.replace(/ \[SRC=.*/, '');
  const [from, to] = [addressOf(key(line, 'SRC')), addressOf(key(line, 'DST'))];
  if (from === '' || to === '') return null;
  const proto = key(line, 'PROTO').toLowerCase();
  const isSyn = / SYN\b/.test(line) && !/ ACK\b/.test(line.replace(/ACK=\d+/, ''));
  return {
    src: { ...NO_END, address: from, port: portOf(key(line, 'SPT')) },
    dst: { ...NO_END, address: to, port: portOf(key(line, 'DPT')) },
    proto: proto === 'icmpv6' || proto === '58' ? 'icmpv6' : /^[a-z]+$/.test(proto) ? proto : '',
    interface: key(line, 'OUT') || key(line, 'IN'),
    asks: isSyn || (proto === 'icmp' && key(line, 'TYPE') === '8'),
  };
}

interface Trace {
  readonly told: WitnessEvent;
  readonly at: Place;
  readonly chains: number;
}

/** What an nft trace says of its packet: `ip saddr 10.0.0.1 ip daddr 10.0.0.2 ... tcp sport 1 tcp dport 80`. */
function nftPacket(text: string): Partial<WitnessEvent> {
  const word = (name: string): string => new RegExp(`\\b${name} (\\S+)`).exec(text)?.[1] ?? '';
  const proto =
    /\b(tcp|udp|sctp) dport/.exec(text)?.[1] ?? (/\bicmpv6 type/.test(text) ? 'icmpv6' : /\bicmp type/.test(text) ? 'icmp' : '');
  // The first address of a trace is that of Ethernet.
  const end = (address: string, port: string): WitnessEnd => ({
    ...NO_END,
    address: addressOf(word(`ip6? ${address}`)),
    port: portOf(word(port)),
  });
  return {
    src: end('saddr', 'sport'),
    dst: end('daddr', 'dport'),
    proto,
    interface: word('oif').replaceAll('"', '') || word('iif').replaceAll('"', ''),
    asks: /tcp flags == syn\b|tcp flags 0x2\b|icmp type echo-request/.test(text),
  };
}

const NFT = /^trace id ([0-9a-f]{1,8}) (\S+) (\S+) (\S+) (packet|rule|verdict|policy|unmatched rule)(?:: )?(.*)$/;

export const kernel: MakeReader = (tell) => {
  /** iptables traces by the packet's identification, and packets of nft traces by theirs, the oldest first. */
  const traces = new Map<string, Trace>();
  const packets = new Map<string, Partial<WitnessEvent>>();
  const finish = (id: string, isLast: boolean): void => {
    const trace = traces.get(id);
    traces.delete(id);
    if (trace === undefined) return;
    // The last packet's trace may go on after the text ends; a single line may have been picked from many.
    const dies = !isLast && trace.chains > 2 && !LAST.test(trace.told.point);
    tell(dies ? { ...trace.told, saying: 'dropped', reason: `ends in ${trace.told.point}` } : trace.told, trace.at);
  };
  const nft = (line: string, at: Place & { readonly node: string }): boolean => {
    const m = NFT.exec(line);
    if (m === null) return false;
    const [, id, family, table, chain, what, rest] = m;
    if (what === 'packet') {
      if (!packets.has(id)) packets.set(id, nftPacket(rest));
      if (packets.size > MAX_TRACES) {
        const [oldest] = packets.keys();
        packets.delete(oldest);
      }
      return true;
    }
    const isDrop = /\(verdict drop\)/.test(rest) || (what === 'policy' && rest.trim() === 'drop') || /^drop\b/.test(rest);
    const isReject = /\breject\b/.test(rest);
    if (isDrop || isReject)
      tell(
        event('kernel', 'dropped', {
          ...packets.get(id),
          node: at.node,
          point: `${family} ${table} ${chain}`,
          reason:
            what === 'policy'
              ? `policy ${isReject ? 'reject' : 'drop'} of ${family} ${table} ${chain}`
              : `rule of ${family} ${table} ${chain}`,
          detail: rest.replace(/ ?\(verdict \w+\)/, '').slice(0, 200),
        }),
      );
    return true;
  };
  const iptables = (text: string, parts: Partial<WitnessEvent>, at: Place): boolean => {
    const m = /^TRACE: (\w+:[\w-]+):(\w+):(\d*) (.*)$/.exec(text);
    if (m === null) return false;
    const packet = logged(m[4]);
    if (packet === null) return false;
    const id = `${key(m[4], 'ID')} ${packet.src?.address} ${packet.dst?.address} ${packet.dst?.port}`;
    const before = traces.get(id);
    const told = event('kernel', 'passed', { ...packet, ...parts, point: m[1], detail: `${m[2]}:${m[3]}` });
    traces.delete(id);
    traces.set(id, { told, at: placeAt(at), chains: (before?.chains ?? 0) + 1 });
    if (traces.size > MAX_TRACES) {
      const [oldest] = traces.keys();
      finish(oldest, false);
    }
    return true;
  };
  return {
    kind: 'kernel',
    take(line, at) {
      if (line.startsWith('trace id ')) return nft(line, at);
      const log = SYSLOG.exec(line);
      const text = log?.[3] ?? DMESG.exec(line)?.[1] ?? line;
      const parts = {
        node: log?.[2] ?? at.node,
        timeMs: log === null ? Number.NaN : stampMs(log[1], at.nearMs),
      };
      for (const { pattern, of } of COMPLAINTS) {
        const m = pattern.exec(text);
        if (m === null) continue;
        tell(event('kernel', 'complaint', { ...parts, ...of(m) }));
        return true;
      }
      if (text.startsWith('TRACE: ')) return iptables(text, parts, at);
      // A rule that logs before it drops says so in its prefix: [UFW BLOCK], DROP:, REJECT.
      const drop = /^(.{1,60}?)\bIN=\S* OUT=\S* /.exec(text);
      if (drop !== null && /BLOCK|DROP|REJECT|DENY|DENIED/i.test(drop[1])) {
        const packet = logged(text);
        if (packet !== null)
          tell(event('kernel', 'dropped', { ...parts, ...packet, reason: `logged as ${drop[1].trim().replace(/[:\s]+$/, '')}` }));
        return packet !== null;
      }
      // The rest of the log belongs here where it is surely the kernel's: `ll header` follows a martian source.
      return (
        log !== null ||
        /^\[(?: *\d+\.\d{1,9}|(?:[A-Z][a-z]{2} ){2} ?\d{1,2} \d\d:\d\d:\d\d \d{4})\] \S/.test(line) ||
        /^ll header: /.test(text)
      );
    },
    end() {
      const ids = [...traces.keys()];
      for (const id of ids) finish(id, id === ids[ids.length - 1]);
    },
  };
};
