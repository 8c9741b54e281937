// Capture properties, straight from the reader: nothing above the record headers is looked at, but for the interface in cooked ones.

import { relative } from 'node:path';
import type { Command } from 'commander';
import { PACKET, header2 as sll2 } from '../../dissectors/sll.js';
import { utc } from '../bytes/show.js';
import { displayWidth, safeText } from '../bytes/text.js';
import { duration, quantity, size } from '../bytes/units.js';
import { unlessAborted } from '../capture/abort.js';
import { type CaptureInfo, type CaptureInterface, type CaptureSource, Frame } from '../capture/frame.js';
import { LINKTYPE, linkTypeName } from '../capture/linktypes.js';
import { openCapture } from '../capture/open.js';
import { InterruptedError } from '../errors.js';
import { openBundle } from '../main/bundle.js';
import type { Contents } from '../main/bundle-contents.js';
import type { CaptureInput } from '../main/options.js';
import { closePipes, readWitnesses, sortInputs } from '../main/witnesses.js';
import { safeJson } from '../report/json.js';
import type { PrintedInfo } from '../texts/printed.js';
import type { TimeKind } from '../texts/time.js';
import { WITNESS_NAMES } from '../witnesses/event.js';
import type { TestimonyInfo, Witness } from '../witnesses/testimony.js';
import { EXIT } from './exit.js';
import { CAPTURES, checkStandardInput, inputsOf, type OutputFlags, outputOptions, PLAIN_FORMATS, targets } from './options.js';
import { forScreen, writeTargets } from './output.js';
import { privateFolder } from './private-folder.js';
import { sayPartial, stopped } from './streams.js';

interface InterfaceFacts {
  id: number;
  name: string | null;
  description: string | null;
  linkType: string;
  snapLength: number;
  filter: string | null;
  frames: number;
  received: number | null;
  dropped: number | null;
}

/** An interface by its number in cooked frames (version 2), and how its frames went. */
interface CookedFacts {
  index: number;
  in: number;
  out: number;
  passing: number;
}

interface CaptureFacts {
  file: string;
  format: string | null;
  variant: string | null;
  byteOrder: string | null;
  compression: string | null;
  fileBytes: number | null;
  linkTypes: string[];
  frames: number;
  /** Bytes in the file, and on the wire. */
  capturedBytes: number;
  wireBytes: number;
  clipped: number;
  dropped: number | null;
  first: string | null;
  last: string | null;
  durationNs: number | null;
  /** Frames that are older than the one before them, and by how much at most. */
  timeStepsBack: number;
  largestStepBackNs: number;
  framesWithoutTime: number;
  interfaces: InterfaceFacts[];
  /** Of frames with Linux cooked headers of version 2, by number. */
  cooked: CookedFacts[];
  hardware: string[];
  os: string[];
  application: string[];
  comments: string[];
  frameComments: number;
  skippedBlocks: number;
  /** What a text was taken for; null for a capture. */
  text: PrintedInfo | null;
  error: string | null;
}

/** More interfaces than any node has: numbers beyond are not counted. */
const MAX_COOKED = 4096;

/** Counts a frame at the interface that its cooked header names. */
function countCooked(cooked: Map<number, CookedFacts>, { bytes, start, end }: Frame): void {
  if (end - start < sll2.size) return;
  const index = sll2.get.ifindex(bytes, start);
  if (!cooked.has(index) && cooked.size < MAX_COOKED) cooked.set(index, { index, in: 0, out: 0, passing: 0 });
  const facts = cooked.get(index);
  if (facts === undefined) return;
  const type = sll2.get.pkttype(bytes, start);
  facts[type === PACKET.fromUs ? 'out' : type === PACKET.other ? 'passing' : 'in']++;
}

/** Frames between two looks at the clock of the event loop, so that Ctrl-C is heard. */
const BATCH = 200_000;

async function measure(source: CaptureSource): Promise<CaptureFacts> {
  const frame = new Frame();
  const perInterface: number[] = [];
  const cooked = new Map<number, CookedFacts>();
  let [frames, capturedBytes, wireBytes, clipped] = [0, 0, 0, 0];
  let [stepsBack, largestStep, withoutTime] = [0, 0, 0];
  let [firstNs, lastNs, previousNs] = [Infinity, -Infinity, -Infinity];
  let [first, last]: (string | null)[] = [null, null];
  const [firstAt, lastAt] = [
    { s: 0, ns: 0 },
    { s: 0, ns: 0 },
  ];
  read: for (;;) {
    while (source.next(frame)) {
      frames++;
      const length = frame.end - frame.start;
      capturedBytes += length;
      wireBytes += frame.wireLength;
      if (length < frame.wireLength) clipped++;
      perInterface[frame.interfaceId] = (perInterface[frame.interfaceId] ?? 0) + 1;
      if (frame.linkType === LINKTYPE.LINUX_SLL2) countCooked(cooked, frame);
      if (!frame.hasTime) withoutTime++;
      else {
        const { timeNs } = frame;
        if (timeNs < firstNs) {
          firstNs = timeNs;
          firstAt.s = frame.seconds;
          firstAt.ns = frame.nanoseconds;
        }
        if (timeNs > lastNs) {
          lastNs = timeNs;
          lastAt.s = frame.seconds;
          lastAt.ns = frame.nanoseconds;
        }
        if (timeNs < previousNs) {
          stepsBack++;
          largestStep = Math.max(largestStep, previousNs - timeNs);
        }
        previousNs = timeNs;
      }
      if (frames % BATCH === 0) {
        await new Promise(setImmediate);
        if (stopped.aborted) break read;
      }
    }
    const more = source.fill();
    if (!(typeof more === 'boolean' ? more : await unlessAborted(more, stopped))) break;
  }
  if (firstNs !== Infinity) [first, last] = [utc(firstAt.s, firstAt.ns), utc(lastAt.s, lastAt.ns)];
  const { info } = source;
  return {
    file: info.path,
    format: info.format,
    variant: info.variant,
    byteOrder: info.byteOrder,
    compression: info.compression,
    fileBytes: info.size,
    linkTypes: [...new Set(info.interfaces.map((one) => linkTypeName(one.linkType)))],
    frames,
    capturedBytes,
    wireBytes,
    clipped,
    dropped: dropped(info),
    first: first ?? null,
    last: last ?? null,
    durationNs: firstNs === Infinity ? null : lastNs - firstNs,
    timeStepsBack: stepsBack,
    largestStepBackNs: largestStep,
    framesWithoutTime: withoutTime,
    interfaces: info.interfaces.map((one) => interfaceFacts(one, perInterface[one.id] ?? 0)),
    cooked: [...cooked.values()].sort((a, b) => a.index - b.index),
    hardware: info.hardware,
    os: info.os,
    application: info.application,
    comments: info.comments,
    frameComments: info.frameComments.size,
    skippedBlocks: [...info.skippedBlocks.values()].reduce((sum, count) => sum + count, 0),
    text: info.printed,
    error: source.error?.message ?? null,
  };
}

/** Frames lost while capturing; null where the file does not say. */
function dropped(info: CaptureInfo): number | null {
  const counts = info.interfaces.map((one) => one.dropped).filter((count) => count !== null);
  if (counts.length === 0 && info.dropCount === 0) return null;
  // The statistics of an interface and the counts at its frames are two views of the same loss.
  return Math.max(
    counts.reduce((sum, count) => sum + count, 0),
    info.dropCount,
  );
}

function interfaceFacts(one: CaptureInterface, frames: number): InterfaceFacts {
  const { id, name, description, snapLength, filter, received } = one;
  return {
    id,
    name,
    description,
    linkType: linkTypeName(one.linkType),
    snapLength,
    filter,
    frames,
    received,
    dropped: one.dropped,
  };
}

/** What the times of a text count from. */
const TIMES: Readonly<Record<TimeKind, string | null>> = {
  date: null,
  epoch: null,
  day: 'of day: the date is not printed, and 1970-01-01 stands for it',
  'since-last': 'differences between lines (-ttt)',
  'since-first': 'differences to the first line (-ttttt)',
  none: 'none is printed (-t): two milliseconds from line to line stand for it',
};

/** How a text was read: which lines, and what it leaves open. */
function textRows(text: PrintedInfo, row: (label: string, value: string | null) => unknown): void {
  row('read as', 'text that tcpdump has printed');
  const parts = [
    `${text.used} of ${quantity(text.packets, 'packet')}`,
    text.noise === 0 ? null : `${text.noise} of prompts and banners`,
    text.unread === 0 ? null : `${text.unread} not understood`,
  ];
  row('lines', `${text.lines}: ${parts.filter(Boolean).join(', ')}`);
  for (const { line, text: words } of text.shown) row(`line ${line}`, `not understood: ${words}`);
  if (text.nodes.length > 0) row('nodes', text.nodes.join(', '));
  row('times', text.times === null ? null : TIMES[text.times]);
  if (text.open > 0) row('not printed', `TTL and IP id of ${quantity(text.open, 'packet')} (print them with -v)`);
}

interface WitnessFacts extends Omit<TestimonyInfo, 'firstMs' | 'lastMs'> {
  readonly file: string;
  readonly first: string | null;
  readonly last: string | null;
}

function witnessFacts({ file, info: { firstMs, lastMs, ...info } }: Witness): WitnessFacts {
  const at = (ms: number): string | null => (Number.isNaN(ms) ? null : utc(Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)));
  return { file, ...info, first: at(firstMs), last: at(lastMs) };
}

/** What a text of another tool was taken for, and which of its lines were not understood. */
function witnessPage({ file, kinds, lines, used, noise, packets, unread, shown, events, first, last }: WitnessFacts): string {
  const parts = [
    `${used} used`,
    noise === 0 ? null : `${noise} empty or prompts`,
    packets === 0 ? null : `${packets} of packets`,
    unread === 0 ? null : `${unread} not understood`,
  ];
  const rows: (readonly [string, string])[] = [
    ['file', file],
    [
      'read as',
      `what another tool has printed: ${kinds.map((kind) => WITNESS_NAMES[kind]).join(', ') || 'nothing that tells of packets'}`,
    ],
    ['lines', `${lines}: ${parts.filter(Boolean).join(', ')}`],
    ...shown.map(({ line, text }) => [`line ${line}`, `not understood: ${text}`] as const),
    ['events', String(events)],
    ...(first === null || last === null
      ? []
      : ([
          ['first', first],
          ['last', last],
        ] as const)),
  ];
  const widest = Math.max(...rows.map(([label]) => displayWidth(label)));
  return rows.map(([label, value]) => `${label.padEnd(widest)}  ${safeText(value)}\n`).join('');
}

/** What each file of a folder was taken for. */
function contents({ folder, files, notes }: Contents, isExplained: boolean): string {
  const rows = files.map(({ path, taken, says, ...more }) => ({
    cells: [safeText(relative(folder, path)), taken, safeText(says)] as const,
    more: (isExplained ? more.pieces : more.unread?.slice(0, MAX_SHOWN)) ?? [],
    hidden: isExplained ? 0 : Math.max(0, (more.unread?.length ?? 0) - MAX_SHOWN),
  }));
  const widths = [0, 1].map((column) => Math.max(...rows.map(({ cells }) => displayWidth(cells[column]!))));
  const pad = (text: string, column: number) => text + ' '.repeat(widths[column]! - displayWidth(text));
  const lines = rows.flatMap(({ cells: [path, taken, says], more, hidden }) => [
    `  ${pad(path, 0)}  ${pad(taken, 1)}  ${says}`.trimEnd(),
    ...more.map((line) => `    line ${safeText(line)}`),
    ...(hidden > 0 ? [`    and ${hidden} more; --explain lists all`] : []),
  ]);
  return [safeText(folder), ...lines, ...notes.map((note) => `  note: ${safeText(note)}`), ''].join('\n');
}

/** Lines that were not understood, of one text. */
const MAX_SHOWN = 5;

function page(facts: CaptureFacts): string {
  const rows: [string, string][] = [];
  const row = (label: string, value: string | null) => value !== null && value !== '' && rows.push([label, safeText(value)]);
  const { durationNs } = facts;
  const seconds = (durationNs ?? 0) / 1e9;
  row('file', facts.file);
  const format = [facts.format ?? 'unknown', facts.variant, facts.byteOrder && `${facts.byteOrder} endian`, facts.compression];
  // A text is read as the pcapng that is made of it.
  if (facts.text === null) row('format', format.filter(Boolean).join(', '));
  row('size', facts.fileBytes === null ? null : `${size(facts.fileBytes)} (${facts.fileBytes} bytes)`);
  row('link types', facts.linkTypes.join(', '));
  row('frames', String(facts.frames));
  row('bytes', `${facts.wireBytes} on the wire, ${facts.capturedBytes} captured`);
  if (facts.text === null)
    row('clipped', facts.clipped === 0 ? null : `${quantity(facts.clipped, 'frame')} cut by the snapshot length`);
  row('dropped', facts.dropped === null ? 'the file does not say' : quantity(facts.dropped, 'frame'));
  row('first', facts.first);
  row('last', facts.last);
  row('duration', durationNs === null ? null : duration(durationNs));
  if (seconds > 0) row('rate', `${(facts.frames / seconds).toFixed(1)} frames/s, ${size(facts.wireBytes / seconds)}/s`);
  if (facts.timeStepsBack > 0)
    row('time steps back', `${quantity(facts.timeStepsBack, 'time')}, by ${duration(facts.largestStepBackNs)} at most`);
  if (facts.framesWithoutTime > 0) row('without time', quantity(facts.framesWithoutTime, 'frame'));
  if (facts.text !== null) textRows(facts.text, row);
  row('hardware', facts.hardware.join(', '));
  row('system', facts.os.join(', '));
  row('written by', facts.application.join(', '));
  for (const comment of facts.comments) row('comment', comment);
  if (facts.frameComments > 0) row('frame comments', String(facts.frameComments));
  if (facts.skippedBlocks > 0) row('skipped blocks', String(facts.skippedBlocks));
  for (const one of facts.interfaces) {
    const parts = [
      one.name ?? 'no name',
      one.description,
      one.linkType,
      quantity(one.frames, 'frame'),
      one.snapLength > 0 ? `snaplen ${one.snapLength}` : null,
      one.filter === null ? null : `filter "${one.filter}"`,
      one.received === null ? null : `${one.received} received`,
      one.dropped === null ? null : `${one.dropped} dropped`,
    ];
    row(`interface ${one.id}`, parts.filter(Boolean).join(', '));
  }
  for (const { index, ...counts } of facts.cooked) {
    const parts = Object.entries(counts).filter(([name, count]) => count > 0 || name !== 'passing');
    row(`number ${index}`, parts.map(([name, count]) => `${count} ${name}`).join(', '));
  }
  const widest = Math.max(...rows.map(([label]) => displayWidth(label)));
  return rows.map(([label, value]) => `${label.padEnd(widest)}  ${value}\n`).join('');
}

const EXAMPLES = `
Of a capture on any (tcpdump -i any) it lists the numbers of the interfaces, for --ifmap and topologies.

Examples:
  hopscope info router.pcap
  hopscope info *.pcapng -f json
  hopscope info run7/ --explain                what each file of a folder was recognised as, line by line
  tcpdump -i any -w - -c 100 | hopscope info -`;

export function register(program: Command): void {
  const command = program
    .command('info')
    .description('Prints properties of captures: format, link types, interfaces, times, counts, drops.')
    .argument('<files...>', CAPTURES)
    .option('--explain', 'of folders: what each piece of their texts was recognised as')
    .addHelpText('after', EXAMPLES);
  outputOptions(command, PLAIN_FORMATS).action(async (files: string[], flags: OutputFlags & { explain?: boolean }) => {
    const wanted = targets(flags, PLAIN_FORMATS);
    const captures: CaptureFacts[] = [];
    const bundles: Contents[] = [];
    const given = { files: [] as CaptureInput[], witnesses: [] as CaptureInput[] };
    for (const path of files) {
      const bundle = await openBundle(path, privateFolder);
      if (bundle === null) given.files.push(...(await inputsOf([path], null, true)).files);
      else {
        const { contentsOf } = await import('../main/bundle-contents.js');
        bundles.push(await contentsOf(path, bundle));
        given.files.push(...bundle.captures);
        given.witnesses.push(...bundle.witnesses);
      }
    }
    checkStandardInput(given.files);
    const inputs = await sortInputs({ ...given, signal: stopped });
    const read = async (): Promise<WitnessFacts[]> => {
      for (const { path, file, piped } of inputs.captures) {
        const source = openCapture(path, { file, piped });
        try {
          captures.push(await measure(source));
        } finally {
          source.close();
        }
      }
      return (await readWitnesses(inputs.witnesses, Number.NaN, stopped)).map(witnessFacts);
    };
    const witnesses = await read().finally(() => closePipes(inputs));
    const hasFrames = captures.some(({ frames }) => frames > 0) || witnesses.some(({ events }) => events > 0);
    const isPartial = stopped.aborted;
    const json = () =>
      `${safeJson(JSON.stringify({ schema: 'hopscope.info/1', ...(bundles.length > 0 && { folders: bundles }), captures, ...(witnesses.length > 0 && { witnesses }), ...(isPartial && { interrupted: true }) }, null, 2))}\n`;
    if (isPartial && !hasFrames) throw new InterruptedError();
    // A file that looks whole is not made of a part.
    const possible = isPartial ? wanted.filter(({ file }) => file === null) : wanted;
    const pages = () => [
      ...bundles.map((one) => contents(one, flags.explain === true)),
      ...captures.map(page),
      ...witnesses.map(witnessPage),
    ];
    const failed = await writeTargets(possible, (format, file) =>
      format === 'json' ? json() : forScreen(pages().join('\n'), file),
    );
    const errors = captures.map((capture) => capture.error).filter((error) => error !== null);
    for (const error of errors) process.stderr.write(`hopscope: ${safeText(error)}\n`);
    process.exitCode = failed || (errors.length > 0 ? EXIT.damaged : EXIT.good);
    if (isPartial) process.exitCode = sayPartial(possible.length > 0);
  });
}
