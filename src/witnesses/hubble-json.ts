// `hubble observe -o jsonpb`: one object a line, or printed over many lines. The older -o json has the flow itself at the top.
import { event, type MakeReader, NO_END, type WitnessEnd, type WitnessEvent } from './event.js';
import { faultOf, nodeOf, packetOf, sayingOf } from './hubble.js';
import { addressOf, portOf, stampMs } from './parts.js';
import { placeText } from './says.js';

/** Longest object that is put together from several lines, in characters. */
const MAX_OBJECT = 1 << 16;

/** What is read of an object that may hold anything. */
type Loose = Readonly<Record<string, unknown>>;
const object = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
const text = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, 200) : typeof value === 'number' ? String(value) : '';

/** `TO_OVERLAY`, `POLICY_DENIED` as compact lines have them. */
const pointOf = (name: string): string => name.toLowerCase().replaceAll('_', '-');
const words = (name: string): string => {
  const plain = name.toLowerCase().replaceAll('_', ' ');
  return plain.charAt(0).toUpperCase() + plain.slice(1);
};

/** Numbers of event types (cilium, pkg/monitor/api): what a flow was made from. */
const TYPE = { policy: 5, agent: 129, socket: 8 } as const;

function endOf(address: unknown, end: unknown, port: unknown, names: unknown): WitnessEnd {
  const { namespace, pod_name: pod, identity, labels } = object(end);
  const known = addressOf(text(address));
  const [dns] = Array.isArray(names) ? names : [];
  const name = text(pod) === '' ? text(dns) : text(namespace) === '' ? text(pod) : `${text(namespace)}/${text(pod)}`;
  const some = Array.isArray(labels) ? labels.filter((label) => typeof label === 'string') : [];
  const own = some.filter((label) => !/^k8s:io\.(?:kubernetes|cilium)\./.test(label));
  return {
    address: known,
    name: known === '' && name === '' ? text(address) : name,
    port: portOf(text(port)),
    identity: RESERVED.get(text(identity)) ?? text(identity),
    labels: own.slice(0, 6).join(', ').slice(0, 300),
  };
}

/** Numbers that are reserved (cilium, pkg/identity). */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ['1', 'host'],
  ['2', 'world'],
  ['3', 'unmanaged'],
  ['4', 'health'],
  ['5', 'init'],
  ['6', 'remote-node'],
  ['7', 'kube-apiserver'],
  ['8', 'ingress'],
  ['9', 'world-ipv4'],
  ['10', 'world-ipv6'],
]);

const FLAGS = ['SYN', 'ACK', 'FIN', 'RST', 'PSH', 'URG', 'ECE', 'CWR', 'NS'];

/** The summary as compact lines have it, from the fourth layer. */
function summaryOf(flow: Loose): string {
  const { TCP, UDP, ICMPv4, ICMPv6, SCTP } = object(flow.l4);
  if (TCP !== undefined) {
    const flags = object(object(TCP).flags);
    const set = FLAGS.filter((flag) => flags[flag] === true);
    return set.length === 0 ? 'TCP' : `TCP Flags: ${set.join(', ')}`;
  }
  if (UDP !== undefined) return 'UDP';
  if (SCTP !== undefined) return 'SCTP';
  const icmp = ICMPv4 ?? ICMPv6;
  if (icmp === undefined) return text(flow.Summary);
  const type = Number(object(icmp).type);
  const name = ICMPv4 !== undefined ? 'ICMPv4' : 'ICMPv6';
  // RFC 792 and RFC 4443: the types of echo request and reply.
  const [request, reply] = ICMPv4 !== undefined ? [8, 0] : [128, 129];
  if (type === request) return `${name} EchoRequest`;
  return type === reply ? `${name} EchoReply` : text(flow.Summary) || name;
}

/** null: no flow; `well`: a node's status that tells of no loss. */
function eventOf(outer: Loose, nearMs: number): WitnessEvent | 'well' | null {
  if (outer.lost_events !== undefined) {
    const { source, num_events_lost: lost } = object(outer.lost_events);
    return event('hubble', 'missed', { reason: 'events lost', detail: `${text(source)} ${text(lost)}`.trim() });
  }
  if (outer.node_status !== undefined) {
    const { state_change: state, message } = object(outer.node_status);
    if (!/UNAVAILABLE|GONE|ERROR/i.test(text(state))) return 'well';
    return event('hubble', 'missed', { reason: 'nodes unavailable', detail: text(message) });
  }
  const flow = outer.flow === undefined ? outer : object(outer.flow);
  const verdict = text(flow.verdict);
  if (verdict === '' || (flow.IP === undefined && flow.ethernet === undefined && flow.source === undefined)) return null;
  const { source, destination, source_xlated: xlated } = object(flow.IP);
  const l4 = object(flow.l4);
  const ports = object(l4.TCP ?? l4.UDP ?? l4.SCTP);
  const src = endOf(source, flow.source, ports.source_port, flow.source_names);
  const dst = endOf(destination, flow.destination, ports.destination_port, flow.destination_names);
  const kind = Number(object(flow.event_type).type);
  const reason = text(flow.drop_reason_desc);
  const point = text(flow.trace_observation_point);
  const direction = text(flow.traffic_direction);
  const type =
    kind === TYPE.policy
      ? `policy-verdict ${direction}`
      : verdict === 'DROPPED'
        ? reason !== '' && reason !== 'DROP_REASON_UNKNOWN'
          ? words(reason)
          : text(flow.Type) === 'L7'
            ? 'l7-request'
            : ''
        : point !== '' && point !== 'UNKNOWN_POINT'
          ? pointOf(point)
          : kind === TYPE.socket
            ? pointOf(text(flow.sock_xlate_point))
            : '';
  const reply = typeof flow.is_reply === 'object' && flow.is_reply !== null ? (flow.is_reply as Loose).value : flow.is_reply;
  const { saying, ...where } = sayingOf(verdict, type);
  const answer = answerOf(flow);
  const packet = packetOf(answer[1] || summaryOf(flow));
  const before = addressOf(text(xlated));
  return event('hubble', saying, {
    ...where,
    ...packet,
    fault: faultOf(...answer),
    detail: kind === TYPE.policy ? `${direction.toLowerCase()} ${packet.detail}` : packet.detail,
    timeMs: stampMs(text(outer.time) || text(flow.time), nearMs),
    node: nodeOf(text(outer.node_name) || text(flow.node_name)),
    interface: text(object(flow.interface).name),
    src,
    dst,
    isReply: typeof reply === 'boolean' ? reply : null,
    translated: before === '' ? null : { src: { ...NO_END, address: before, port: src.port }, dst },
  });
}

/** Type and summary of what the proxy saw, as compact lines have them; '' where it is no answer. */
function answerOf(flow: Loose): [type: string, summary: string] {
  const { type, http, dns } = object(flow.l7);
  if (text(type) !== 'RESPONSE') return ['', ''];
  if (http !== undefined) return ['http-response', `HTTP/1.1 ${text(object(http).code)}`];
  const rcode = RCODES.get(Number(object(dns).rcode));
  return dns === undefined ? ['', ''] : ['dns-response', `RCode: ${rcode ?? ''}`];
}

/** RFC 1035 section 4.1.1. */
const RCODES: ReadonlyMap<number, string> = new Map([
  [2, 'Server Failure'],
  [4, 'Not Implemented'],
  [5, 'Refused'],
]);

/** A flow as -o compact prints it: JSON is not for people. */
function asCompact({ node, src, dst, saying, point, reason, detail, isReply }: WitnessEvent, outer: Loose): string {
  if (saying === 'missed') return `${reason}: ${detail}`;
  const end = (one: WitnessEnd): string =>
    `${placeText(one)}${one.identity === '' ? '' : ` (${/^\d+$/.test(one.identity) ? 'ID:' : ''}${one.identity})`}`;
  const [left, right] = isReply === true ? [dst, src] : [src, dst];
  const arrow = isReply === null ? '<>' : isReply ? '<-' : '->';
  const flow = outer.flow === undefined ? outer : object(outer.flow);
  const stamp = text(outer.time) || text(flow.time);
  return `${stamp}${node === '' ? '' : ` [${node}]`}: ${end(left)} ${arrow} ${end(right)} ${point || reason} ${text(flow.verdict)} (${detail})`;
}

const parsed = (json: string): Loose | null => {
  try {
    return object(JSON.parse(json));
  } catch {
    return null;
  }
};

export const hubbleJson: MakeReader = (tell) => {
  let many = '';
  let began = 0;
  const one = (json: string, nearMs: number, line: number): boolean => {
    const outer = parsed(json);
    const found = outer === null ? null : eventOf(outer, nearMs);
    if (outer === null || found === null) return false;
    if (found !== 'well') tell(found, { line, text: asCompact(found, outer) });
    return true;
  };
  return {
    kind: 'hubble',
    take(line, at) {
      if (many !== '') {
        if (many.length + line.length > MAX_OBJECT) {
          many = '';
          return false;
        }
        many += `${line}\n`;
        if (/^\},?$/.test(line)) {
          const json = many.replace(/,\s*$/, '');
          many = '';
          return one(json, at.nearMs, began);
        }
        return true;
      }
      if (line.charCodeAt(0) !== 123) return false;
      if (line === '{') {
        many = '{\n';
        began = at.line;
        return true;
      }
      return /"(?:verdict|lost_events|node_status)"/.test(line) && one(line.replace(/,\s*$/, ''), at.nearMs, at.line);
    },
    end() {
      many = '';
    },
  };
};
