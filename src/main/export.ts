// Captures into tables: one pass over the frames, a row group at a time, so that memory does not follow the captures.
import { LINKTYPE } from '../capture/linktypes.js';
import { addEvidence, addFinding, setReportTime } from '../export/findings.js';
import { addConversation, addJourney } from '../export/journeys.js';
import { addPacket } from '../export/packets.js';
import { type Layout, ONE_FILE, type PartSink, Parts, type WrittenFile } from '../export/parts.js';
import { Places } from '../export/places.js';
import { EXPORT_SCHEMA, PARTITIONED, TABLE_NAMES, TABLES, type TableName, type TableSpec } from '../export/schema.js';
import type { ReportCapture } from '../report/run.js';
import { VERSION } from '../report/version.js';
import { chooseRules } from '../rules/choose.js';
import { assess } from '../rules/engine.js';
import { catalogue } from '../rules/index.js';
import { FileRun } from './file-run.js';
import type { AnalyzeOptions } from './options.js';
import type { Run, RunInput } from './run.js';
import { sortInputs, withCaptures, witnessesBeside } from './witnesses.js';

export interface ExportOptions {
  /** Name of the run. */
  readonly run: string;
  /** Default: all. */
  readonly tables?: readonly TableName[];
  /** Default: one file a table. */
  readonly layout?: Layout;
  /** Begins a file of the export, at a path in its folder. */
  readonly make: (path: string) => PartSink;
}

export interface Exported {
  readonly run: string;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly files: readonly WrittenFile[];
  /** Why captures could not be read to their end. */
  readonly errors: readonly string[];
  /** The reading was ended early: the tables hold what was read until then. */
  readonly interrupted: boolean;
}

/**
 * Reads the captures and writes the tables. Throws UsageError, FilterError, TopologyError,
 * CaptureError (a file that cannot be opened), and what `make` and its files throw.
 */
export async function exportTables(options: AnalyzeOptions, how: ExportOptions): Promise<Exported> {
  const rules = chooseRules(catalogue, options.rules);
  const inputs = withCaptures(await sortInputs(options));
  const given = { ...options, files: inputs.captures, witnesses: inputs.witnesses };
  const run = await FileRun.open(given);
  const { tracker, topology } = run;
  const places = new Places(how.run, run.inputs.map(exportedCapture));
  const tables = openTables(how, places);
  const { packets, journeys, conversations, findings, evidence, captures } = tables;
  const paths = run.paths();
  if (journeys !== undefined) tracker.journeys.ended = (journey) => addJourney(journeys, journey, tracker, paths, places);
  if (conversations !== undefined) tracker.evicted = (c) => addConversation(conversations, c, tracker, paths, topology, places);
  await run.read((seen, capture) => {
    const { frame } = seen.packet;
    places.see(frame, capture, seen.packet.timeNs);
    if (packets !== undefined) addPacket(packets, seen, frame, capture, places);
  });
  if (conversations !== undefined) {
    const t = tracker.conversations;
    for (let c = 0; c < t.used; c++) if (t.exists(c)) addConversation(conversations, c, tracker, paths, topology, places);
  }
  if (findings !== undefined || evidence !== undefined)
    assess(run.facts(true, undefined, await witnessesBeside(run, given)), rules, run.time).findings.forEach((finding, i) => {
      if (findings !== undefined) addFinding(findings, finding, i + 1, places);
      if (evidence !== undefined) addEvidence(evidence, finding, places);
    });
  if (captures !== undefined)
    run.captures().forEach((report, i) => {
      addCapture(captures, places, i, report, run);
    });
  for (const table of Object.values(tables)) table.finish();
  for (const { what, text } of tracker.givenUp())
    if (what !== 'conversations')
      options.onNote?.(`${text} had to be given up to stay within memory; findings about them may be missing`);
  return {
    run: how.run,
    rows: Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.rows])),
    files: Object.values(tables).flatMap(({ written }) => written),
    errors: run.errors,
    interrupted: run.interrupted,
  };
}

type Tables = { readonly [N in TableName]?: Parts<(typeof TABLES)[N]> };

function openTables({ run, tables = TABLE_NAMES, layout = ONE_FILE, make }: ExportOptions, places: Places): Tables {
  const open = (name: TableName) => {
    const metadata = {
      'hopscope.schema': EXPORT_SCHEMA,
      'hopscope.version': VERSION,
      'hopscope.table': name,
      'hopscope.run': run,
    };
    const options = { metadata, createdBy: `hopscope version ${VERSION}`, rows: SMALL[name] };
    return new Parts<TableSpec>(TABLES[name], name, PARTITIONED[name], layout, places, options, make);
  };
  return Object.fromEntries(tables.map((name) => [name, open(name)])) as unknown as Tables;
}

/** Tables of few rows take little memory from the start. */
const SMALL: Readonly<Partial<Record<TableName, number>>> = { findings: 2048, evidence: 2048, captures: 256 };

const exportedCapture = ({ point, label, path, info }: RunInput) => ({
  point,
  label,
  file: path,
  // Known once there are frames.
  get numbered() {
    return info.interfaces[0]?.linkType === LINKTYPE.LINUX_SLL2;
  },
  get withUnknown() {
    return info.withUnknown;
  },
});

function addCapture(
  files: Parts<typeof TABLES.captures>,
  places: Places,
  capture: number,
  report: ReportCapture,
  { displayFilter, baseSeconds, aheadNs }: Run,
): void {
  const table = files.at();
  const { columns: c, row } = table;
  places.set(c, row, capture);
  c.format.set(row, report.format);
  c.link_types.set(row, report.linkTypes.join(' '));
  c.frames.set(row, report.frames);
  c.bytes.set(row, report.bytes);
  if (report.first !== null) setReportTime(c.first_time, row, report.first);
  if (report.last !== null) setReportTime(c.last_time, row, report.last);
  if (report.dropped !== null) c.dropped.set(row, report.dropped);
  c.clipped.set(row, report.clipped);
  c.clock_ahead_ns.set(row, Math.round(aheadNs[capture]));
  c.run_start.set(row, baseSeconds, 0);
  c.display_filter.set(row, displayFilter);
  c.error.set(row, report.error);
  c.version.set(row, VERSION);
  table.next();
}
