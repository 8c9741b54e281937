// Parts of the shapes of keys: texts, times, ranges, addresses. A message says what is wrong and what to write.

import * as z from 'zod';
import { parseMac } from '../bytes/parse.js';
import { parseDuration, parseSize } from '../bytes/units.js';
import { parseHop } from './hops.js';
import { parseBounds, parseRate, parseShares } from './units.js';

export const said =
  (what: string, example: string) =>
  (issue: { readonly input?: unknown }): string =>
    `${JSON.stringify(issue.input)?.slice(0, 60) ?? 'nothing'} is not ${what}; write ${example}`;

export const text = z.string().min(1, 'it is empty; write a text').max(10_000);
export const filter = text.describe('Display filter; unquoted names of the topology may stand where an address may');
export const list = <T extends z.ZodType>(one: T) => z.union([one, z.array(one).min(1)]);

const isShare = (text: string): boolean =>
  /^\d+(\.\d+)?%?$/.test(text) && (text.endsWith('%') ? Number(text.slice(0, -1)) <= 100 : Number(text) < 1);

/** An object that says something. */
export const asks = <T extends z.ZodObject>(shape: T): T =>
  shape.refine((value) => Object.keys(value).length > 0, {
    error: `it is empty; write one of ${Object.keys(shape.shape).join(', ')}`,
  });

export const time = z
  .union([z.string(), z.number()], { error: said('a time', '500ms, 1s or 2m') })
  // A bare number is seconds to one and milliseconds to another.
  .refine((value) => (value === 0 || !/^[\d.]+$/.test(String(value))) && parseDuration(value) !== null, {
    error: said('a time', '500ms, 1s or 2m'),
  })
  .meta({ examples: ['500ms', '1s', '2m'] });
/** A time since the start, a wall-clock time, or the frames of a filter. */
export const moment = z.union([time, filter]);
export const range = z
  .union([
    z.number().min(0),
    z.string(),
    z.strictObject({ atLeast: z.number().min(0).optional(), atMost: z.number().min(0).optional() }),
  ])
  .refine((value) => parseBounds(value) !== null, { error: said('a number or a range', '3, "3-5" or { atMost: 5 }') });
export const share = z
  .union([z.string(), z.number()], { error: said('a share', '0%, 2% or 0.02') })
  // 1 is read as 1% by one and as all of them by another: so is any number from 1 on without a sign.
  .refine((value) => isShare(String(value)), { error: said('a share', '0%, 2%, 0.02 or 100%') });
const limits = (what: string, example: string, parse: (value: string | number) => number | null) => {
  const end = z.union([z.string(), z.number()]).refine((value) => parse(value) !== null, { error: said(what, example) });
  const [first] = example.split(',');
  const shape = z.strictObject(
    { atLeast: end.optional(), atMost: end.optional() },
    // A number alone could be the least or the most.
    { error: (issue) => (issue.code === 'invalid_type' ? said('a limit', `{ atLeast: ${first} }`)(issue) : undefined) },
  );
  return asks(shape).refine(
    ({ atLeast, atMost }) => atLeast === undefined || atMost === undefined || Number(parse(atLeast)) <= Number(parse(atMost)),
    { error: 'at least more than at most: nothing is both' },
  );
};
/** Least and largest number of bytes. */
export const sizes = limits('a size', '500, 64kB or 1.5MB', parseSize);
/** Least and largest rate. */
export const rates = limits('a rate', '64kbit/s, 10Mbit/s or 1Gbit/s', parseRate);
const shareEnd = z
  .union([z.string(), z.number()])
  .refine((value) => isShare(String(value)), { error: said('a share', '20% or 0.2') });
/** Shares from one to another, as SHARE-SHARE or with names. */
export const shareRange = z
  .union(
    [
      z.string().regex(/^\d+(\.\d+)?%?\s*-\s*\d+(\.\d+)?%$/),
      z.strictObject({ atLeast: shareEnd.optional(), atMost: shareEnd.optional() }),
    ],
    { error: said('a range of shares', '20-80%, or { atLeast: 20% }') },
  )
  .refine((value) => parseShares(value) !== null, { error: said('a range of shares', '20-80%, or { atLeast: 20% }') });
export const address = list(text).describe(
  'Address, network, or a name of the topology: node, pod, service, NODE.INTERFACE, "pods of NODE"',
);
// A variable whose values `each`, `some` or `for` give may stand for a number: what it becomes is checked with each of them.
const notPort = { error: said('a port', '80, or 8000-8100 for a range') };
export const port = list(z.union([z.int().min(0).max(65535), z.string().regex(/^(\d+-\d+|\$\{[\w-]+\})$/, notPort)], notPort));
const notProtocol = { error: said('a protocol', 'tcp, udp, icmp, icmpv6, sctp or a number') };
const protocol = z.union(
  [z.enum(['tcp', 'udp', 'icmp', 'icmpv6', 'sctp']), z.int().min(0).max(255), z.string().regex(/^\$\{[\w-]+\}$/, notProtocol)],
  notProtocol,
);
/** A key that says all by itself. */
export const only = z.literal(true);
export const yesOrNo = z.boolean({ error: said('true or false', 'true or false') });
export const hop = z.string().refine((value) => parseHop(value) !== null, {
  error: said('a hop', '"in eth1", "out eth2", "router in eth1", "out eth1 vxlan" or "..."'),
});
/** Hops in order. */
export const hops = z
  .array(hop)
  .min(1)
  .describe('Hops in order: in eth1, out eth2; with a point in front where there are several; ... for any');
export const mac = z.string().refine((value) => parseMac(value) !== null, { error: said('a MAC address', '08:00:27:d5:e8:d7') });

/** Chooses conversations by their ends. */
export const selector = z.strictObject({
  src: address.optional().describe('The one who asks: sends the SYN, the echo request, the query'),
  dst: address.optional(),
  either: address.optional().describe('One of the two ends'),
  proto: protocol.optional(),
  srcPort: port.optional(),
  dstPort: port.optional(),
  where: filter.optional().describe('A frame of the conversation matches'),
});
export const ends = z.strictObject({ src: address.optional(), dst: address.optional() });
export const translation = z.strictObject({
  src: address.optional(),
  dst: address.optional(),
  srcPort: port.optional(),
  dstPort: port.optional(),
});
export const side = z
  .string()
  .refine((value) => value === 'request' || value === 'reply' || /^\S+$/.test(value) || parseHop(value) !== null, {
    error: said('a side', 'request, reply, a point, or a hop such as "in eth1"'),
  });
/** Values of a field on two sides of a conversation. */
export const comparison = z.strictObject({
  field: text.describe('Field name, such as inner.ip.ttl'),
  between: z.array(side).min(2).max(2).describe('request and reply, two points, or two hops'),
});
/** Keys of expectations by the name of their block. */
export const blocks = z.record(
  z.string().regex(/^[\w-]+$/, 'a block is named with letters, digits, - and _'),
  z.record(z.string(), z.unknown()),
);
/** Values of one variable. */
export const choices = z
  .record(z.string().regex(/^[\w-]+$/, 'a variable is named with letters, digits, - and _'), list(z.union([text, z.number()])))
  .refine((map) => Object.keys(map).length === 1, 'one variable with its values: { backend: [172.20.0.66, 172.20.2.1] }');

export type Selector = z.infer<typeof selector>;
export type Translation = z.infer<typeof translation>;
export type Comparison = z.infer<typeof comparison>;
