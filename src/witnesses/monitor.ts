// `cilium-dbg monitor` (before: `cilium monitor`): plain lines, and the blocks of -v and -vv.
import { event, type MakeReader, NO_END, type Place, placeAt, type Saying, type WitnessEvent } from './event.js';
import { addressOf, endOf, portOf } from './parts.js';

const FLOW =
  /^(->|<-) (endpoint \d+|[a-z-]+(?: from)?)(?: \[ ?ip-trace-id = \d+ ?\])?(?: encrypted)? +flow 0x[0-9a-f]+ ?,? ?identity ([^\s>]+)->(\S+) state (\S+) ifindex (\S+)(?: orig-ip (\S+))?: (\S+) -> (\S+) ?(.*)$/;
const DROP =
  /^xx drop \((.{1,200}?)\) flow 0x[0-9a-f]+ to endpoint (\d+), (?:ifindex ([^\s,]+), )?(?:file ([^\s,]+), ?,? ?)?,? ?identity ([^\s>]+)->([^\s:]+): (\S+) -> (\S+) ?(.*)$/;
const VERDICT =
  /^Policy verdict log: flow 0x[0-9a-f]+ local EP ID (\d+), remote ID (\S+), proto (\d+), (ingress|egress), action (allow|deny|redirect|audit), (?:auth: [^,]+, )?match ([^,]+), (\S+) -> (\S+) ?(.*)$/;
const HEAD =
  /^CPU \d+: (?:\[[^\]]*\] )?MARK 0x[0-9a-f]+ FROM (\d+) (\S+): \d+ bytes(?: \(\d+ captured\))?(.*?)(?:, identity ([^\s>]+)->([^\s,]+))?(?:, orig-ip (\S+?))?(?:, to endpoint (\d+).*)?$/;
const LAYER = /^(Ethernet|IPv4|IPv6|TCP|UDP|SCTP|ICMPv4|ICMPv6)\t\{(.*)\}$/;
const RULE = /^-{60,}$/;

/** The trace point that an arrow and its word are: `-> overlay` is to-overlay. */
const pointOf = (arrow: string, what: string): string =>
  `${arrow === '->' ? 'to' : 'from'}-${what.startsWith('endpoint') ? 'endpoint' : what.replace(/ from$/, '')}`;

const CUT: Readonly<Record<string, string>> = { t: 'tcp', tc: 'tcp', u: 'udp', ud: 'udp' };

/** `tcp SYN, ACK`, `udp`, `icmp EchoRequest`. */
export function protoOf(text: string): Pick<WitnessEvent, 'proto' | 'asks' | 'acknowledges' | 'detail'> {
  const [, name = '', rest = ''] = /^(\S*) ?(.*)$/.exec(text) ?? [];
  // A terminal may have cut the line off within the word.
  const lower = CUT[name.toLowerCase()] ?? name.toLowerCase();
  const flags = rest.split(/,\s*/);
  const isTcp = lower === 'tcp';
  const isSyn = isTcp && flags.includes('SYN');
  return {
    proto: lower === 'icmpv4' ? 'icmp' : /^(?:tcp|udp|sctp|icmp|icmpv6)$/.test(lower) ? lower : '',
    detail: text.slice(0, 200),
    asks: (isSyn && !flags.includes('ACK')) || rest.startsWith('EchoRequest'),
    acknowledges: isTcp && !isSyn && flags.includes('ACK'),
  };
}

const known = (identity: string): string => (identity === 'unknown' ? '' : identity);
export const isPolicy = (reason: string): boolean => /^policy denied/i.test(reason);
const stateOf = (state: string): boolean | null =>
  state === 'reply' ? true : /^(?:new|established|reopened)$/.test(state) ? false : null;
const interfaceOf = (ifindex: string | undefined): string =>
  ifindex === undefined || ifindex === '0' ? '' : /^\d+$/.test(ifindex) ? `if${ifindex}` : ifindex;

function plain(line: string, node: string): WitnessEvent | null {
  const flow = FLOW.exec(line);
  if (flow !== null) {
    const [, arrow, what, from, to, state, ifindex, , src, dst, packet] = flow;
    const point = pointOf(arrow, what);
    return event('monitor', point === 'to-proxy' ? 'proxied' : 'passed', {
      ...protoOf(packet),
      node,
      point,
      interface: interfaceOf(ifindex),
      src: endOf(src, known(from)),
      dst: endOf(dst, known(to)),
      isReply: stateOf(state),
    });
  }
  const drop = DROP.exec(line);
  if (drop !== null) {
    const [, reason, , ifindex, file, from, to, src, dst, packet] = drop;
    return event('monitor', isPolicy(reason) ? 'denied' : 'dropped', {
      ...protoOf(packet),
      node,
      point: file ?? '',
      interface: interfaceOf(ifindex),
      src: endOf(src, known(from)),
      dst: endOf(dst, known(to)),
      reason,
    });
  }
  const verdict = VERDICT.exec(line);
  if (verdict === null) return null;
  const [, , remote, , direction, action, , src, dst, packet] = verdict;
  const sayings: Readonly<Record<string, Saying>> = { deny: 'denied', redirect: 'proxied', audit: 'audited' };
  const saying = sayings[action] ?? 'passed';
  const isIn = direction === 'ingress';
  return event('monitor', saying, {
    ...protoOf(packet),
    node,
    point: 'policy-verdict',
    src: endOf(src, isIn ? known(remote) : ''),
    dst: endOf(dst, isIn ? '' : known(remote)),
    reason: saying === 'denied' || saying === 'audited' ? 'Policy denied' : '',
    detail: `${direction} ${packet}`.slice(0, 200),
  });
}

/** What the head of a block says, and what its layers have told so far. */
interface Block {
  readonly at: Place;
  readonly node: string;
  readonly point: string;
  readonly rest: string;
  readonly from: string;
  readonly to: string;
  readonly layers: Map<string, string>;
}

const value = (layer: string, key: string): string => new RegExp(`(?:^| )${key}=(\\S*)`).exec(layer)?.[1] ?? '';
/** `443(https)`. */
const port = (layer: string, key: string): number => portOf(/^\d+/.exec(value(layer, key))?.[0]);

function ofBlock({ node, point, rest, from, to, layers }: Block): WitnessEvent | null {
  const network = layers.get('IPv4') ?? layers.get('IPv6');
  const [src, dst] = network === undefined ? [] : [value(network, 'SrcIP'), value(network, 'DstIP')].map(addressOf);
  if (!src || !dst) return null;
  const transport = ['TCP', 'UDP', 'SCTP', 'ICMPv4', 'ICMPv6'].find((name) => layers.has(name)) ?? '';
  const layer = layers.get(transport) ?? '';
  const flags = ['SYN', 'ACK', 'FIN', 'RST', 'PSH'].filter((flag) => value(layer, flag) === 'true').join(', ');
  const type = value(layer, 'TypeCode').replace(/[^A-Za-z].*/, '');
  const packet = protoOf(`${transport} ${transport === 'TCP' ? flags : type}`.trim());
  const isDrop = point === 'DROP';
  const reason = isDrop ? (/, reason ([^,]{1,100})/.exec(rest)?.[1] ?? 'no reason told') : '';
  const saying = isDrop ? (isPolicy(reason) ? 'denied' : 'dropped') : point === 'to-proxy' ? 'proxied' : 'passed';
  return event('monitor', saying, {
    ...packet,
    node,
    point: isDrop ? '' : point,
    interface: interfaceOf(/, interface ([^\s,]+)/.exec(rest)?.[1]),
    src: { ...NO_END, address: src, port: port(layer, 'SrcPort'), identity: known(from) },
    dst: { ...NO_END, address: dst, port: port(layer, 'DstPort'), identity: known(to) },
    isReply: stateOf(/, state ([^\s,]+)/.exec(rest)?.[1] ?? ''),
    reason,
  });
}

export const monitor: MakeReader = (tell) => {
  let block: Block | null = null;
  const end = (): void => {
    const told = block === null ? null : ofBlock(block);
    if (told !== null && block !== null) tell(told, block.at);
    block = null;
  };
  return {
    kind: 'monitor',
    take(line, at) {
      const head = HEAD.exec(line);
      if (head !== null) {
        end();
        const [, , point, rest, from = '', to = ''] = head;
        block = { at: placeAt(at), node: at.node, point, rest, from, to, layers: new Map() };
        return true;
      }
      if (block !== null) {
        const layer = LAYER.exec(line);
        if (layer !== null) {
          // The first of its kind: what follows is what an ICMP error quotes, or a tunnel holds.
          if (!block.layers.has(layer[1])) block.layers.set(layer[1], layer[2]);
          return true;
        }
        if (/^(?:\[?[0-9a-f]{8} {2}| {2}Failed to decode layer|Packet has been truncated|[A-Za-z0-9]+\t\{)/.test(line))
          return true;
        end();
      }
      if (RULE.test(line)) return true;
      if (
        /^(?:Listening for events on \d+ CPUs|Press Ctrl-C to quit|(?:time=\S+ )?level=\w+ msg="Initializing dissection cache)/.test(
          line,
        )
      )
        return true;
      const lost = /^(?:CPU \d+: )?Lost (\d+) events/.exec(line);
      if (lost !== null) {
        tell(event('monitor', 'missed', { reason: 'events lost', detail: `${lost[1]} events`, node: at.node }));
        return true;
      }
      const told = plain(line, at.node);
      if (told !== null) tell(told);
      return told !== null;
    },
    end,
  };
};
