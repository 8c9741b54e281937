// The shape of the bundle.json that `capture` writes; schema/bundle.schema.json is made from it. To read a folder, hopscope needs no more of it
// than `version`, and of each point `captures`.
import * as z from 'zod';

const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .describe('UTC, RFC 3339 with milliseconds, by the clock of the machine that captured');
const count = z.int().nonnegative();
const text = z.string().nullable();
const end = z.union([z.int(), z.string()]).describe('Exit code, the signal that ended it, or why it did not start');

const missing = z
  .array(z.strictObject({ what: z.string(), why: z.string() }))
  .describe('What could not be taken beside its packets, and why');

const point = z.strictObject({
  captures: z.array(z.string().min(1)).describe('Its files in the folder'),
  reached: z.string().describe('How, in words'),
  state: z
    .enum(['waiting', 'starting', 'running', 'ended', 'full', 'failed', 'lost'])
    .describe(
      'ended: as it was told to; full: its size was reached; failed: it never captured; lost: it ended before it was told to',
    ),
  why: text.describe('Why it failed, or ended too early'),
  host: text.describe('What it calls itself'),
  kernel: text,
  program: text.describe('What captured there, and its version'),
  interfaces: z.union([z.literal('any'), z.array(z.string())]),
  filter: text.describe('pcap-filter(7) that was asked for'),
  started: time.nullable().describe('From when it was captured for certain; null where that is not known'),
  ended: time.nullable().describe('Until when'),
  frames: count,
  bytes: count,
  unread: count.describe('Packets at the end that its tcpdump had not read'),
  dropped: count.nullable().describe('Packets that its kernel dropped; null where nobody counts'),
  clock: z
    .strictObject({ aheadMs: z.number(), doubtMs: z.number().nonnegative() })
    .nullable()
    .describe('How far its clock was ahead, more or less; null where it could not be asked'),
  missing,
  left: text.describe('What stays there, in words'),
  commands: z.array(z.string()).describe('All that was run for it'),
});

const command = z.strictObject({
  point: text.describe('Where it ran; null: on the machine that captured'),
  command: z.string(),
  end,
  output: z.string().describe('File of the folder with what it printed'),
  started: time,
  ended: time,
});

const change = z.strictObject({
  kind: z.enum(['gone', 'new', 'moved', 'changed']),
  what: z.string(),
  node: text,
  name: z.string(),
  before: text,
  after: text,
});

export const bundleShape = z.strictObject({
  version: z.literal(1),
  tool: z.strictObject({ name: z.literal('hopscope'), version: z.string() }),
  state: z.enum(['whole', 'unfinished']).describe('unfinished: the capture goes on, or was broken off'),
  started: time,
  ended: time.nullable(),
  endedBy: z
    .enum(['command', 'duration', 'count', 'finding', 'interrupt', 'points'])
    .nullable()
    .describe('points: none of them captured any more'),
  leftOut: text.describe('Our own connections, as pcap-filter(7): they are in no capture'),
  points: z.record(z.string(), point),
  commands: z.array(command),
  changes: z.array(change).describe('What the points said otherwise after the run'),
  missing,
  aside: z.record(z.string(), z.string()).describe('Folders that are not read with the rest, and why'),
  clusterCommands: z.array(z.string()),
});

export type BundleSheet = z.infer<typeof bundleShape>;

/** JSON Schema (draft 2020-12) of bundle.json. */
export function bundleJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(bundleShape) as Record<string, unknown>;
  return { $schema, $id: 'bundle.schema.json', title: 'hopscope capture bundle', ...schema };
}
