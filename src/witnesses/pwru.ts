// pwru (packet, where are you?): functions of the kernel that a packet went through, by the address of its buffer.
import { event, type MakeReader, NO_END, type Place, placeAt, type WitnessEvent } from './event.js';
import { addressOf, endOf, portOf } from './parts.js';

/** Buffers that are followed at once; the one that has been silent longest makes room. */
const MAX_BUFFERS = 4096;

const TUPLE = /(\S+?|\[\S+?\]):(\d{1,5})->(\S+?|\[\S+?\]):(\d{1,5})\((\w+)(?::([\w,| ]*))?\)/;
const FREED = /^(?:kfree_skb_reason|sk_skb_reason_drop|kfree_skb_list_reason)\(?(?:(?:SKB_DROP_REASON_|SKB_)?(\w+))?\)?/;
/** Reasons with which a packet is let go that has arrived, or that came twice (include/net/dropreason-core.h). */
const NO_DROP =
  /^(?:CONSUMED|NOT_DROPPED_YET|NOT_SPECIFIED|TCP_OLD_(?:DATA|ACK|SEQUENCE)|TCP_OFOMERGE|TCP_OVERWINDOW|TCP_ZEROWINDOW|TCP_CLOSE|DUP_FRAG)$/;

interface Sight {
  readonly told: WitnessEvent;
  readonly at: Place;
}

const side = (address: string, port: number) => ({ ...NO_END, address, port });

export const pwru: MakeReader = (tell) => {
  /** By address: the last sight of the packet in it, oldest first. */
  const buffers = new Map<string, Sight>();
  const letGo = (buffer: string): void => {
    const sight = buffers.get(buffer);
    buffers.delete(buffer);
    if (sight !== undefined) tell(sight.told, sight.at);
  };
  const see = (buffer: string, function_: string, parts: Partial<WitnessEvent>, at: Place): void => {
    const before = buffers.get(buffer)?.told;
    // The address of a buffer is used again: another packet.
    if (before !== undefined && (before.src.address !== parts.src?.address || before.proto !== parts.proto)) letGo(buffer);
    const freed = FREED.exec(function_);
    const reason = freed?.[1] ?? '';
    const isDrop = reason !== '' && !NO_DROP.test(reason);
    const told = event('pwru', isDrop ? 'dropped' : 'passed', {
      ...parts,
      point: function_.replace(/\(.*/, '').slice(0, 80),
      reason: isDrop ? reason.slice(0, 80) : '',
    });
    buffers.delete(buffer);
    if (isDrop) {
      tell(told, at);
      return;
    }
    // What frees the buffer is no place of the packet's way.
    if (freed !== null || /^(?:kfree_skb|consume_skb|__kfree_skb|skb_release_)/.test(function_)) {
      tell(before ?? told, at);
      return;
    }
    buffers.set(buffer, { told, at: placeAt(at) });
    if (buffers.size <= MAX_BUFFERS) return;
    const [oldest] = buffers.keys();
    letGo(oldest);
  };
  const json = (line: string, at: Place & { readonly node: string }): boolean => {
    let found: Record<string, unknown>;
    try {
      found = JSON.parse(line);
    } catch {
      return false;
    }
    const { skb, func, iface } = found;
    const tuple = (typeof found.tuple === 'object' && found.tuple !== null ? found.tuple : {}) as Record<string, unknown>;
    const [from, to] = [addressOf(String(tuple.saddr)), addressOf(String(tuple.daddr))];
    if (typeof skb !== 'string' || typeof func !== 'string' || from === '' || to === '') return false;
    const reason = typeof found.reason === 'string' && !func.includes('(') ? `${func}(${found.reason})` : func;
    const proto = String(tuple.proto).toLowerCase();
    const parts = {
      node: at.node,
      interface: typeof iface === 'string' ? nameOf(iface) : '',
      src: side(from, portOf(String(tuple.sport))),
      dst: side(to, portOf(String(tuple.dport))),
      ...packet(PROTOS.get(proto) ?? proto, ''),
    };
    see(skb, reason, parts, at);
    return true;
  };
  return {
    kind: 'pwru',
    take(line, at) {
      if (line.startsWith('{')) return line.includes('"skb"') && json(line, at);
      if (
        /^(?:SKB\s+CPU\s+PROCESS|.{0,80}(?:Attaching kprobes|Attached \(ignored|Listening for events|Detaching kprobes))/.test(
          line,
        )
      )
        return true;
      // How far it has got with attaching: drawn again and again on one line.
      if (/^\d+ \/ \d+ \[[-> _=]*\] /.test(line)) return true;
      if (!line.startsWith('0x')) return false;
      const tuple = TUPLE.exec(line);
      const buffer = /^0x[0-9a-f]{4,16}(?=\s)/.exec(line)?.[0];
      if (tuple === null || buffer === undefined) return false;
      const old = /\s(\S+)\s+netns=\d+ /.exec(line);
      const function_ = old?.[1] ?? /^\s*(\S+)/.exec(line.slice(tuple.index + tuple[0].length))?.[1];
      if (function_ === undefined) return false;
      const [, src, sport, dst, dport, proto, flags = ''] = tuple;
      const device = /\siface=\d+\(([^)\s]+)\)/.exec(line)?.[1] ?? /\s(\S+:\d+)\s+0x[0-9a-f]{4}\s/.exec(line)?.[1] ?? '';
      const parts = {
        node: at.node,
        interface: nameOf(device),
        src: { ...endOf(src), port: portOf(sport) },
        dst: { ...endOf(dst), port: portOf(dport) },
        ...packet(proto.toLowerCase(), flags),
      };
      see(buffer, function_, parts, at);
      return true;
    },
    end() {
      for (const buffer of [...buffers.keys()]) letGo(buffer);
    },
  };
};

/** `eth0:79`, `eth0`; `~r/lxc12:4` names a name space before it. */
const nameOf = (device: string): string => device.replace(/:\d+$/, '').replace(/^.*\//, '').slice(0, 32);

const PROTOS: ReadonlyMap<string, string> = new Map([
  ['1', 'icmp'],
  ['6', 'tcp'],
  ['17', 'udp'],
  ['58', 'icmpv6'],
  ['132', 'sctp'],
]);

const packet = (proto: string, flags: string): Pick<WitnessEvent, 'proto' | 'detail' | 'asks' | 'acknowledges'> => ({
  proto: proto === 'icmp6' ? 'icmpv6' : proto,
  detail: flags,
  asks: /\bSYN\b/.test(flags) && !/\bACK\b/.test(flags),
  acknowledges: /\bACK\b/.test(flags) && !/\bSYN\b/.test(flags),
});
