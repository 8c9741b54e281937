// conntrack -L and -E, and /proc/net/nf_conntrack: connections as the kernel tracks them, each with what its answer has to look like.
import { event, type MakeReader, NO_END, type WitnessEnd } from './event.js';
import { addressOf, epochMs, portOf } from './parts.js';

const START =
  /^(?:\[(\d{9,11}\.\d+)\s*\]\s+)?\s*(?:\[(NEW|UPDATE|DESTROY)\]\s+)?(?:ipv[46]\s+\d+\s+)?(tcp|udp|udplite|icmp|icmpv6|sctp|dccp|gre|unknown)\s+\d+\s+(?:\d+\s+)?(?:([A-Z_]+)\s+)?(?=src=)/;
const TUPLES = /\b(src|dst|sport|dport|type|id)=(\S+)/g;

interface Tuple {
  src: string;
  dst: string;
  sport: string;
  dport: string;
  type: string;
}

const end = (address: string, port: string): WitnessEnd => ({ ...NO_END, address: addressOf(address), port: portOf(port) });

/** What is said of a connection that ends before its SYN-ACK was acknowledged. */
export const HALF_OPEN = 'SYN-ACK not acknowledged';

/** Connections that are half open at a time and remembered. */
const MAX_HALF_OPEN = 4096;

export const conntrack: MakeReader = (tell) => {
  /** TCP connections whose SYN-ACK was seen, and no answer to it so far. */
  const halfOpen = new Set<string>();
  const isHalfOpen = (key: string, change: string | undefined, state: string): boolean => {
    const was = halfOpen.delete(key);
    if (state === 'SYN_RECV' && change !== 'DESTROY' && halfOpen.size < MAX_HALF_OPEN) halfOpen.add(key);
    return state === 'SYN_RECV' || (was && change === 'DESTROY');
  };
  return {
    kind: 'conntrack',
    take(line, at) {
      const start = START.exec(line);
      if (start === null) return /^conntrack v\d\S* \(conntrack-tools\): \d+ flow (?:entries|events) have been/.test(line);
      const [, stamp, change, proto, state = ''] = start;
      // Two tuples, each begins with its source.
      const tuples: Tuple[] = [];
      for (const [, key, value] of line.matchAll(TUPLES)) {
        if (key === 'src') tuples.push({ src: value, dst: '', sport: '', dport: '', type: '' });
        const tuple = tuples[tuples.length - 1];
        if (tuple === undefined || tuples.length > 2) return false;
        if (key !== 'id') tuple[key as keyof Tuple] = value;
      }
      if (tuples.length === 0) return false;
      const [asked, answer] = tuples;
      const [src, dst] = [end(asked.src, asked.sport), end(asked.dst, asked.dport)];
      if (src.address === '' || dst.address === '') return false;
      const isHalf =
        proto === 'tcp' &&
        isHalfOpen(`${asked.src} ${asked.sport} ${asked.dst} ${asked.dport}`, change, state) &&
        !line.includes('[ASSURED]');
      const isSilent = line.includes('[UNREPLIED]');
      // A new entry has had no time for an answer; nor has one whose SYN-ACK is not acknowledged yet.
      const saying =
        isHalf && change !== 'DESTROY'
          ? 'passed'
          : !isSilent && !isHalf && change !== 'NEW'
            ? 'answered'
            : change === undefined || change === 'DESTROY'
              ? 'unanswered'
              : 'passed';
      const other = answer === undefined ? null : { src: end(answer.dst, answer.dport), dst: end(answer.src, answer.sport) };
      const isSame =
        other === null ||
        (other.src.address === src.address &&
          other.dst.address === dst.address &&
          other.src.port === src.port &&
          other.dst.port === dst.port);
      tell(
        event('conntrack', saying, {
          node: at.node,
          timeMs: stamp === undefined ? Number.NaN : epochMs(stamp),
          src,
          dst,
          proto: proto === 'unknown' ? '' : proto,
          isReply: false,
          asks: proto === 'tcp' || ((proto === 'icmp' || proto === 'icmpv6') && /^(?:8|128)$/.test(asked.type)),
          detail: [change, state, isSilent ? 'UNREPLIED' : isHalf && change === 'DESTROY' ? HALF_OPEN : '']
            .filter(Boolean)
            .join(' '),
          translated: isSame ? null : other,
        }),
      );
      return true;
    },
    end() {},
  };
};
