// The shape of the JSON report. `schema/report.schema.json` is made from it; its test says how.
import * as z from 'zod';
import type { Run } from './run.js';

const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
  .describe('UTC, RFC 3339 with nanoseconds');
const count = z.number().int().nonnegative();
const port = z.number().int().min(0).max(65535).nullable();
const text = z.string().nullable();

const networkInterface = z.strictObject({
  index: count.describe('Interface number in the capture: the SLL2 index, or the pcapng interface'),
  name: z.string(),
  nameFrom: z.enum(['ifmap', 'topology', 'capture', 'side file', 'none']).describe('Where the name comes from'),
  in: count.describe('Frames received'),
  out: count.describe('Frames sent'),
});

const capture = z.strictObject({
  point: z.string().describe('Where it was taken, e.g. the name of the node'),
  file: z.string().describe('Path as given; `-` for standard input'),
  format: z.string(),
  linkTypes: z.array(z.string()).describe('LINKTYPE names'),
  frames: count,
  bytes: count.describe('Sum of the lengths on the wire'),
  first: time.nullable(),
  last: time.nullable(),
  dropped: count.nullable().describe('Frames lost while capturing, or null where the file does not say'),
  clipped: count.describe('Frames cut by the snapshot length'),
  interfaces: z.array(networkInterface),
  error: text.describe('Why reading stopped early'),
  interrupted: z.literal(true).optional().describe('Somebody ended the reading early: the frames are those read until then'),
  lacking: z
    .array(z.string())
    .optional()
    .describe(
      'Of the first one of a folder that `capture` has made: points that were not captured to the end, and commands that failed',
    ),
});

const subject = z
  .strictObject({
    src: text,
    dst: text,
    proto: text,
    srcPort: port,
    dstPort: port,
    tunnel: text,
    vni: count.nullable(),
    interfaceIn: text,
    interfaceOut: text,
    interfaceExpected: text,
    target: text.describe('The address that was asked for'),
    macs: z.array(z.string()),
    node: text,
  })
  .describe('Who and what it is about; null where a key does not apply');

const evidence = z.strictObject({
  point: z.string(),
  frame: z.number().int().positive().describe('Frame number, from 1'),
  conversation: count
    .nullable()
    .describe('Number of its conversation, as `flows` lists it and a filter takes it; null where it has none'),
  time,
  fileOffset: count.describe('Offset of the record in the (uncompressed) file, in bytes'),
  length: count.describe('Length of the record there, in bytes'),
  field: text.describe('The field that shows it, by its display filter name'),
  note: z.string(),
});

const quote = z.strictObject({
  witness: z
    .string()
    .describe(
      'The tool: hubble, monitor, pwru, conntrack, kernel, ping, arping, trace, curl, wget, nc or lookup (nslookup, dig, host)',
    ),
  file: z.string(),
  line: z.number().int().positive().describe('Line in the file, from 1'),
  node: text.describe('The machine that it was seen on'),
  time: time.nullable().describe('By the clock of the captures'),
  count: count.describe('How often it says so'),
  says: z.string().describe('In words'),
  text: z.string().describe('The line itself'),
});

const witness = z
  .strictObject({
    file: z.string(),
    kinds: z.array(z.string()).describe('The tools that printed it'),
    lines: count,
    used: count.describe('Lines that were understood'),
    unread: count.describe('Lines that were not'),
    notUnderstood: z
      .array(z.strictObject({ line: z.number().int().positive(), text: z.string() }))
      .describe('The first few of them'),
    events: count,
    uncounted: count.describe('Events that found no room'),
    flows: count.describe('Flows that it tells of'),
    joined: count.describe('Those of them that the captures hold'),
    clockAheadMs: z
      .number()
      .nullable()
      .describe('How far its clock is ahead of the captures, or null where they have nothing in common'),
    first: time.nullable(),
    last: time.nullable(),
  })
  .describe('A text that another tool has printed, which tells of the same run');

const finding = z.strictObject({
  rule: z.string(),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  severity: z.enum(['error', 'warning', 'info']),
  confidence: z.enum(['high', 'medium', 'low']),
  title: z.string(),
  message: z.string(),
  cause: z.string(),
  hint: z.string(),
  commands: z.array(z.string()).describe('Commands that repair it'),
  subject,
  names: z
    .array(z.strictObject({ address: z.string(), word: z.string() }))
    .optional()
    .describe('Words of a printed text that addresses of the subject stand for: host names, and what was made unreadable'),
  evidence: z.array(evidence).describe('The first few frames that show it'),
  quotes: z.array(quote).optional().describe('What other tools say of it'),
  count: count.describe('Packets, or questions, it was seen on'),
  first: time.nullable().describe('null where nothing was captured: of a topology, or of a mistake in a file'),
  last: time.nullable(),
  phases: z
    .array(z.strictObject({ from: time, to: time, outcome: z.enum(['answered', 'lost']), count }))
    .optional()
    .describe('How it went over time, where something was answered and something lost'),
  contrast: z.array(z.string()).optional().describe('What separates the lost from the delivered, a sentence each'),
  alternatives: z.array(z.string()).optional().describe('Other causes that would look the same'),
  id: z.string().describe('Stable fingerprint: the same fault in another capture of the same lab has the same id'),
  explains: z.array(z.string()).describe('Ids of the findings folded under this one'),
  foldedUnder: text.describe('Id of the finding that explains this one'),
});

const expectation = z.strictObject({
  id: z.string().describe('The same in each run, whatever becomes of it; no other expectation of the report has it'),
  name: z.string().describe('No other expectation of its suite has it'),
  kind: z
    .string()
    .describe(
      'The key that says what it is about, such as flow, where or never; mistake: a mistake in the file, of which nothing was checked',
    ),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'skipped']),
  line: z.number().int().positive(),
  column: z.number().int().positive(),
  expected: z.string(),
  seen: z.string().describe('What was seen, or why it was skipped'),
  count: count.describe('Frames or conversations it was held against'),
  finding: text.describe('Id of its finding; null when it was skipped'),
  retry: count.optional().describe('Runs of its file in which it may fail, as long as it holds in another one'),
  flaky: z.literal(true).optional().describe('It failed in some runs of its file and held in others'),
});

const suite = z
  .strictObject({
    name: z.string(),
    title: z.string().describe('What no other suite of the report is called; the same in each run'),
    file: z.string(),
    points: z.array(z.string()).describe('Labels of the captures, as in captures'),
    seconds: z.number().nonnegative().describe('Time for reading the captures and judging'),
    cached: z.literal(true).optional().describe('Found out in an earlier run, with the same captures and files'),
    expectations: z.array(expectation),
    uncovered: z.array(z.string()).describe('Conversations that no expectation speaks of, where that was asked for'),
  })
  .describe('One expectation file, held against one set of captures');

const tally = z.strictObject({
  answered: count,
  refused: count,
  lost: count,
  repeated: count,
  open: count,
  notDue: count,
  hidden: count,
});

const ledger = z
  .strictObject({
    questions: count,
    answered: count,
    refused: count,
    explained: count.describe('Lost, and a finding says why'),
    undecided: count.describe('Not answered, and no finding says why'),
    notDue: count.describe('The capture ended first, or the answer could not have been seen'),
    kinds: z.partialRecord(
      z.enum(['connection', 'data', 'echo', 'dns', 'service', 'dhcp', 'arp', 'nd', 'session', 'rest']),
      tally,
    ),
    forgotten: z
      .array(z.strictObject({ what: z.string().describe('Such as conversations'), count }))
      .optional()
      .describe('What was given up to stay within memory, and how many of it: questions of these are not counted'),
  })
  .describe('Everything in the captures that wants an answer, with what became of it');

const topology = z
  .strictObject({
    files: z.array(z.string()).describe('Paths as given'),
    nodes: count,
    interfaces: count,
    routes: count,
    tunnels: count.describe('Devices that encapsulate'),
    paths: z
      .strictObject({ walked: count, delivered: count, broken: count, undecided: count })
      .describe('From each address to each of another node, by the routes'),
  })
  .describe('The topology that was checked');

/** One report: `hopscope --format json`. */
export const report = z
  .strictObject({
    schema: z.literal('hopscope.report/2'),
    tool: z.strictObject({ name: z.literal('hopscope'), version: z.string() }),
    captures: z.array(capture),
    witnesses: z.array(witness).optional().describe('Texts of other tools that tell of the same run'),
    findings: z.array(finding).describe('Root causes first, each followed by the findings it explains'),
    rules: z.array(z.string()).optional().describe('Ids of the rules that ran; not of a run of expectations'),
    ledger: ledger.optional(),
    topology: topology.optional().describe('Only of a topology that was checked: there are no captures then'),
    suites: z.array(suite).optional().describe('Only of a run of expectations'),
    shard: z
      .strictObject({ index: z.number().int().positive(), of: z.number().int().positive() })
      .optional()
      .describe('Only of a part of a run of expectations: which one of how many'),
    summary: z.strictObject({ fail: count, inconclusive: count, pass: count }),
  })
  .meta({ title: 'hopscope report' }) satisfies z.ZodType<Run>;

/** The same as JSON Schema, 2020-12. */
export function reportJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(report), null, 2)}\n`;
}
