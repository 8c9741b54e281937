// The shape of an expectation file. The JSON Schema that editors complete from is made from it (schema/expectations.schema.json).
import { z } from 'zod';
import { parseMac } from '../bytes/parse.js';
import { parseHop } from './hops.js';
import { parseBounds, parseSeconds } from './units.js';

const said =
  (what: string, example: string) =>
  (issue: { readonly input?: unknown }): string =>
    `${JSON.stringify(issue.input)?.slice(0, 60) ?? 'nothing'} is not ${what}; write ${example}`;

const text = z.string().min(1, 'it is empty; write a text').max(10_000);
const filter = text.describe('Display filter; unquoted names of the topology may stand where an address may');
const list = <T extends z.ZodType>(one: T) => z.union([one, z.array(one).min(1)]);

/** An object that says something. */
const asks = <T extends z.ZodObject>(shape: T): T =>
  shape.refine((value) => Object.keys(value).length > 0, {
    error: `it is empty; write one of ${Object.keys(shape.shape).join(', ')}`,
  });

const time = z
  .union([z.string(), z.number()], { error: said('a time', '500ms, 1s or 2m') })
  .refine((value) => parseSeconds(value) !== null, { error: said('a time', '500ms, 1s or 2m') })
  .meta({ examples: ['500ms', '1s', '2m'] });
const range = z
  .union([
    z.number().min(0),
    z.string(),
    z.strictObject({ atLeast: z.number().min(0).optional(), atMost: z.number().min(0).optional() }),
  ])
  .refine((value) => parseBounds(value) !== null, { error: said('a number or a range', '3, "3-5" or { atMost: 5 }') });
const share = z
  .union([z.string(), z.number()], { error: said('a share', '0%, 2% or 0.02') })
  .refine((value) => /^(\d+(\.\d+)?)%?$/.test(String(value)), { error: said('a share', '0%, 2% or 0.02') });
const address = list(text).describe(
  'Address, network, or a name of the topology: node, pod, service, NODE.INTERFACE, "pods of NODE"',
);
const port = list(
  z.union([z.int().min(0).max(65535), z.string().regex(/^\d+-\d+$/, { error: said('a port', '80, or 8000-8100 for a range') })], {
    error: said('a port', '80, or 8000-8100 for a range'),
  }),
);
const yesOrNo = z.boolean({ error: said('true or false', 'true or false') });
const hop = z.string().refine((value) => parseHop(value) !== null, {
  error: said('a hop', '"in eth1", "out eth2", "router in eth1", "out eth1 vxlan" or "..."'),
});
const path = z
  .array(hop)
  .min(1)
  .describe('Hops in order: in eth1, out eth2; with a point in front where there are several; ... for any');
const mac = z.string().refine((value) => parseMac(value) !== null, { error: said('a MAC address', '08:00:27:d5:e8:d7') });

const selector = z.strictObject({
  src: address.optional().describe('The one who asks: sends the SYN, the echo request, the query'),
  dst: address.optional(),
  either: address.optional().describe('One of the two ends'),
  proto: z
    .union([z.enum(['tcp', 'udp', 'icmp', 'icmpv6', 'sctp']), z.int().min(0).max(255)], {
      error: said('a protocol', 'tcp, udp, icmp, icmpv6, sctp or a number'),
    })
    .optional(),
  srcPort: port.optional(),
  dstPort: port.optional(),
  where: filter.optional().describe('A frame of the conversation matches'),
});
const flow = z
  .union([selector, filter])
  .describe('Conversations: by who asks whom, or by a filter that one of their frames matches');

const ends = z.strictObject({ src: address.optional(), dst: address.optional() });
const tunnel = z.union(
  [
    z.literal('none'),
    z.strictObject({
      type: z.enum(['vxlan', 'geneve', 'gre', 'ip']).optional(),
      outer: ends.optional().describe('End points'),
      inner: ends.optional().describe('Chooses the packets this is about'),
      vni: list(z.union([z.int().min(0).max(0xffffff), text]))
        .optional()
        .describe('Numbers, or names of identities'),
      port: z.int().min(1).max(65535).optional().describe('Outer UDP destination port'),
    }),
  ],
  { error: "a tunnel is { type, outer, inner, vni, port }, or 'none'" },
);
const translation = z.strictObject({
  src: address.optional(),
  dst: address.optional(),
  srcPort: port.optional(),
  dstPort: port.optional(),
});
const nat = z.union(
  [z.literal('none'), z.strictObject({ original: translation.optional(), translated: translation.optional() })],
  { error: "nat is { original: ..., translated: ... }, or 'none'" },
);
const ttl = z.union(
  [
    range,
    asks(
      z.strictObject({
        outer: range.optional(),
        inner: range.optional(),
        unchanged: z.literal('inner').optional().describe('The inner one is the same wherever the packet is in the tunnel'),
      }),
    ),
  ],
  { error: 'ttl is a number, a range, or { outer, inner, unchanged: inner }' },
);
const side = z
  .string()
  .refine((value) => value === 'request' || value === 'reply' || /^\S+$/.test(value) || parseHop(value) !== null, {
    error: said('a side', 'request, reply, a point, or a hop such as "in eth1"'),
  });
const comparison = z.strictObject({
  field: text.describe('Field name, such as inner.ip.ttl'),
  between: z.array(side).min(2).max(2).describe('request and reply, two points, or two hops'),
});
const neighbour = z.strictObject({
  target: address.describe('The address that is asked for'),
  on: list(text).optional().describe('Interface'),
  from: address.optional().describe('Who asks'),
  owner: list(text).optional().describe('Node that answers'),
  mac: list(mac).optional().describe('MAC that answers'),
  answered: yesOrNo.optional().describe('true when not given'),
  announced: yesOrNo.optional().describe('By an unasked announcement'),
  within: time.optional().describe('Time for an answer; 1 s when not given'),
});
const names = list(text);
const findings = z.strictObject({
  none: list(text).optional().describe('Severities or rules that must find nothing'),
  some: names.optional().describe('Rules that must find something'),
  except: names.optional().describe('Rules that may'),
});
const choices = z
  .record(z.string().regex(/^[\w-]+$/, 'a variable is named with letters, digits, - and _'), list(z.union([text, z.number()])))
  .refine((map) => Object.keys(map).length === 1, 'one variable with its values: { backend: [172.20.0.66, 172.20.2.1] }');

export const expectationShape = z.strictObject({
  name: text.optional(),
  skip: text.optional().describe('Not checked, and why'),
  at: names.optional().describe('Only at these points'),
  each: choices
    .optional()
    .describe('Once for each value, each must hold: { backend: [a, b] }, named by its dollar sign and braces'),
  some: choices.optional().describe('As each, but one that holds is enough'),

  flow: flow.optional(),
  where: filter.optional(),
  arp: neighbour.optional(),
  ndp: neighbour.optional(),
  never: filter.optional(),
  sequence: z.array(filter).min(2, 'a sequence has two steps at least; for one write where:').max(64).optional(),
  findings: findings.optional(),

  path: path.optional(),
  returnPath: path.optional().describe('Of the packets back'),
  answered: yesOrNo.optional(),
  tunnel: tunnel.optional(),
  nat: nat.optional(),
  ttl: ttl.optional(),
  size: range.optional().describe('Length of each frame on the wire, bytes'),
  mtu: z
    .union([z.int().min(68), asks(z.strictObject({ outer: z.int().min(68).optional(), inner: z.int().min(68).optional() }))], {
      error: said('an MTU', '1500 or { outer: 1500, inner: 1450 }'),
    })
    .optional()
    .describe('Longest IP packet, bytes'),
  rtt: z
    .union([time, asks(z.strictObject({ atMost: time.optional(), median: time.optional() }))], {
      error: said('a time', '10ms or { atMost: 10ms, median: 2ms }'),
    })
    .optional()
    .describe('Time from a request to its answer, at most'),
  loss: share.optional().describe('Share of requests without an answer, or of TCP segments sent again, at most'),
  same: comparison.optional(),
  different: comparison.optional(),
  count: range.optional().describe('Frames of where, conversations of flow, runs of sequence'),
  atLeast: z.int().min(0).optional(),
  atMost: z.int().min(0).optional(),
  within: time.optional(),
  before: z.union([time, filter]).optional().describe('All of it comes before: a time since the start, or a filter'),
  after: z.union([time, filter]).optional().describe('All of it comes after: a time since the start, or a filter'),
  except: list(z.union([selector, filter]))
    .optional()
    .describe('What this is not about'),
  witness: filter.optional().describe('What shows that the capture could have seen it'),
  per: z.enum(['conversation', 'capture']).optional().describe('What a sequence happens in'),
});

const captureMap = z
  .record(z.string().min(1), list(text))
  .refine((map) => Object.keys(map).length > 0, { error: 'it is empty; write captures: { POINT: FILE }' });

export const fileShape = z.strictObject({
  version: z.literal(1, { error: 'the version of this language is 1' }),
  name: text.optional(),
  topology: list(text).optional().describe('Path from this file'),
  captures: z
    .union([text, captureMap, z.array(z.union([text, captureMap])).min(1)], {
      error: 'captures are { POINT: FILE, ... } for one run, or a list of runs; a FILE may be a pattern such as *.pcap',
    })
    .optional()
    .describe('{ POINT: FILE } of one run, paths from this file; a list: each run by itself'),
  ifmap: z
    .union([z.string(), z.record(z.string(), text)])
    .optional()
    .describe('Names of interfaces by number: { 2: eth0 }'),
  decodeAs: list(text).optional().describe('udp.port==8472,vxlan'),
  variables: z
    .record(z.string(), z.union([text, z.number(), z.array(z.union([text, z.number()]))]))
    .optional()
    .describe('Texts that a dollar sign and braces with the name stand for'),
  strict: yesOrNo.optional().describe('A conversation that no expectation matched fails'),
  expect: z.array(expectationShape).min(1, 'it is empty; write at least one expectation'),
});

export type ExpectationFile = z.infer<typeof fileShape>;
export type Expectation = z.infer<typeof expectationShape>;
export type Selector = z.infer<typeof selector>;
export type TunnelSpec = Exclude<z.infer<typeof tunnel>, 'none'>;
export type Translation = z.infer<typeof translation>;
export type Comparison = z.infer<typeof comparison>;

/** JSON Schema (draft 2020-12) of an expectation file. */
export function expectationJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(fileShape, { io: 'input' }) as Record<string, unknown>;
  return { $schema, $id: 'expectations.schema.json', title: 'hopscope expectations', ...schema };
}

export const KINDS = ['flow', 'where', 'arp', 'ndp', 'never', 'sequence', 'findings', 'nat'] as const;
export type KindName = (typeof KINDS)[number];

const ALWAYS = ['name', 'skip', 'at', 'each', 'some'];
const FRAMES = ['ttl', 'size', 'mtu', 'tunnel', 'same', 'different', 'except'];
const NUMBERS = ['count', 'atLeast', 'atMost'];
const TIMES = ['within', 'before', 'after'];
const FLOW = ['path', 'returnPath', 'answered', 'nat', 'rtt', 'loss'];

/** Keys that may stand beside each kind's own. */
export const BESIDE: Readonly<Record<KindName, readonly string[]>> = {
  flow: [...ALWAYS, ...FLOW, ...FRAMES, ...NUMBERS, 'within'],
  nat: [...ALWAYS, ...FLOW, ...FRAMES, ...NUMBERS, 'within'],
  where: [...ALWAYS, ...FRAMES, ...NUMBERS, ...TIMES],
  arp: [...ALWAYS, 'atLeast'],
  ndp: [...ALWAYS, 'atLeast'],
  never: [...ALWAYS, 'witness', 'except'],
  sequence: [...ALWAYS, ...NUMBERS, 'within', 'per', 'except'],
  findings: ALWAYS,
};
