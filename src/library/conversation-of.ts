// A conversation of the engine as programs are given it.
import { utc } from '../bytes/show.js';
import type { Flow, FlowWay } from '../flows/flow.js';
import type { Conversation, Direction } from './conversation.js';

const directionOf = ({ packets, frames, bytes, retransmissions, path, otherPaths, tunnels }: FlowWay): Direction => ({
  ...{ packets, frames, bytes, retransmissions, path, otherPaths, tunnels },
});

export function conversationOf(flow: Flow, baseSeconds: number): Conversation {
  const { id, proto, src, srcPort, dst, dstPort, srcName, dstName, state, history, startNs, durationNs } = flow;
  const whole = Math.floor(startNs / 1e9);
  return {
    ...{ id, proto, src, srcPort, dst, dstPort, srcName, dstName, state, history },
    start: utc(baseSeconds + whole, Math.round(startNs - whole * 1e9)),
    seconds: durationNs / 1e9,
    forth: directionOf(flow.forth),
    back: directionOf(flow.back),
    translatedTo: flow.translated === flow.translatedFrom ? null : flow.translated,
    translatedFrom: flow.translatedFrom,
  };
}
