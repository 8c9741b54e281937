// Captures written anew for Wireshark: the same frames, those that show a finding with a comment, interfaces and addresses by name.

import { u32 } from '../bytes/read.js';
import { safeText } from '../bytes/text.js';
import { type CaptureInfo, type CaptureInterface, type CaptureSource, Frame } from '../capture/frame.js';
import { LINKTYPE } from '../capture/linktypes.js';
import { Merged } from '../capture/merge.js';
import { openCapture } from '../capture/open.js';
import { ANNOTATED, type CaptureFile, createCapture } from '../capture/write.js';
import { CaptureError, InterruptedError } from '../errors.js';
import { causes } from '../report/causes.js';
import type { ReportCapture, Run as RunReport } from '../report/run.js';
import type { Finding } from '../rules/finding.js';
import type { Topology } from '../topology/model.js';
import { FileRun } from './file-run.js';
import type { AnalyzeOptions, CaptureInput } from './options.js';
import { topologyOf } from './topology-of.js';

/** Comments on frames: by the label of the capture, then by the number of the frame. */
export type Comments = ReadonlyMap<string, ReadonlyMap<number, readonly string[]>>;

/** Comments on one frame, and names of addresses, at most. */
const MAX_COMMENTS = 16;
const MAX_NAMES = 50_000;
/** Interfaces of a capture. */
const MAX_INTERFACES = 4096;

/** `error egress-wrong-interface: Packets to ... leave by eth0; this frame: out eth0, ttl 62`. */
const commentOf = ({ verdict, severity, rule, title }: Finding, note: string): string =>
  safeText(`${verdict === 'inconclusive' ? 'undecided' : severity} ${rule}: ${title}; this frame: ${note}`);

/** What is said of the frames that show these findings. */
export function commentsOn(findings: readonly Finding[]): Comments {
  const found = new Map<string, Map<number, string[]>>();
  for (const finding of findings) {
    if (finding.verdict === 'pass') continue;
    for (const { point, frame, note } of finding.evidence) {
      const frames = found.get(point) ?? new Map<number, string[]>();
      found.set(point, frames);
      const own = frames.get(frame) ?? [];
      frames.set(frame, own);
      const text = commentOf(finding, note);
      if (own.length < MAX_COMMENTS && !own.includes(text)) own.push(text);
    }
  }
  return found;
}

/** Pods, services and nodes by their addresses. */
export function namesOf(topology: Topology | null): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  const add = (address: unknown, name: string | null): void => {
    if (name === null || names.size >= MAX_NAMES) return;
    const own = names.get(String(address)) ?? [];
    names.set(String(address), own);
    if (!own.includes(name)) own.push(name);
  };
  for (const { ip, name } of topology?.podList ?? []) add(ip, name);
  for (const { ip, service } of topology?.ownedAddresses ?? []) add(ip, service);
  for (const name of topology?.nodeNames ?? [])
    for (const { addresses } of topology?.node(name)?.interfaces ?? [])
      for (const { address } of addresses) if (!address.isLoopback && !address.isLinkLocal) add(address, name);
  return names;
}

/** One capture on its way into another file: each of its interfaces has the name that the report gives it. */
class Named {
  private readonly interfaces: CaptureInterface[] = [];
  private readonly known = new Map<string, number>();
  private readonly names: ReadonlyMap<number, string>;
  private readonly counted = new Set<CaptureInterface>();
  /** As the writer takes it; its interfaces are made as they are met. */
  readonly info: CaptureInfo;

  constructor(
    private readonly source: CaptureInfo,
    private readonly capture: ReportCapture,
    /** Of a run with several points each name says which. */
    private readonly several: boolean,
  ) {
    this.info = { ...source, interfaces: this.interfaces };
    this.names = new Map(capture.interfaces.map(({ index, name, nameFrom }) => [index, nameFrom === 'none' ? '' : name]));
  }

  /** The interface of a frame in `info`. A cooked header says its number; without a name, that is its name. */
  of(frame: Frame): number {
    const isCooked = frame.linkType === LINKTYPE.LINUX_SLL2 && frame.end - frame.start >= 8;
    const index = isCooked ? u32(frame.bytes, frame.start + 4) : frame.interfaceId;
    const key = `${isCooked ? 'cooked' : ''} ${index} ${frame.interfaceId}`;
    const found = this.known.get(key);
    if (found !== undefined) return found;
    const from = this.source.interfaces[frame.interfaceId];
    const named = this.names.get(index) ?? '';
    const own = named !== '' ? named : isCooked ? `if${index}` : (from?.name ?? '');
    const { point } = this.capture;
    const name = own === '' ? point : this.several ? `${point} ${own}` : own;
    // Counters of an interface are told once, however many it is shown as.
    const isFirst = from !== undefined && !this.counted.has(from);
    if (from !== undefined) this.counted.add(from);
    // Interface numbers are 32 bits of a hostile file: what is too many has the last name.
    const id = Math.min(this.interfaces.length, MAX_INTERFACES - 1);
    if (this.interfaces.length === MAX_INTERFACES) return id;
    this.known.set(key, id);
    this.interfaces.push({
      id,
      section: 1,
      linkType: frame.linkType,
      snapLength: from?.snapLength ?? 0,
      name: safeText(name),
      description: from?.description ?? null,
      filter: from?.filter ?? null,
      get dropped() {
        return isFirst ? from.dropped : null;
      },
      get received() {
        return isFirst ? from.received : null;
      },
    });
    return id;
  }
}

/** A file of annotated frames. */
class Annotated {
  private readonly named: (Named | null)[] = [];
  frames = 0;
  commented = 0;

  constructor(
    private readonly file: CaptureFile,
    private readonly captures: readonly ReportCapture[],
    private readonly comments: Comments,
  ) {}

  /** `only`: frames without a comment are left out. */
  write(frame: Frame, capture: number, info: CaptureInfo, only = false): void {
    const report = this.captures[capture];
    const comments = this.comments.get(report.point)?.get(frame.number);
    if (comments === undefined && only) return;
    const named = this.named[capture] ?? new Named(info, report, this.captures.length > 1);
    this.named[capture] = named;
    const own = frame.interfaceId;
    frame.interfaceId = named.of(frame) as typeof own;
    this.file.write(frame, named.info, comments);
    frame.interfaceId = own;
    this.frames++;
    if (comments !== undefined) this.commented++;
  }

  /** Names that the captures themselves had. */
  finish(infos: readonly CaptureInfo[]): void {
    for (const { names } of infos) if (names.size > 0) this.file.names(names);
    this.file.finish();
  }
}

export interface Written {
  readonly frames: number;
  /** Frames with a comment. */
  readonly commented: number;
  readonly errors: readonly string[];
}

/**
 * Writes the frames of the captures, those that show a finding of `report` with comments. `options` are those that the report was made with;
 * with a display filter only frames that match. Throws UsageError, FilterError, CaptureError, InterruptedError.
 */
export async function annotate(options: AnalyzeOptions, report: RunReport, path: string): Promise<Written> {
  const topology = await topologyOf(options);
  const file = createCapture(path, { application: ANNOTATED });
  try {
    file.names(namesOf(topology));
    const annotated = new Annotated(file, report.captures, commentsOn(report.findings));
    const use: Use = (frame, i, info) => {
      annotated.write(frame, i, info);
      return true;
    };
    const { infos, errors } =
      options.filter === null ? await eachFrame(openAll(options.files), options.signal, use) : await eachMatch(options, use);
    annotated.finish(infos);
    return { frames: annotated.frames, commented: annotated.commented, errors };
  } catch (error) {
    file.abort();
    throw error;
  }
}

interface Passed {
  readonly infos: readonly CaptureInfo[];
  readonly errors: readonly string[];
}

type Use = (frame: Frame, capture: number, info: CaptureInfo) => boolean;

const openAll = (files: readonly CaptureInput[]): CaptureSource[] =>
  files.map(({ path, file }) => openCapture(path, file === undefined ? {} : { file }));

/** All frames in the order of time, until `use` has seen enough. */
async function eachFrame(sources: readonly CaptureSource[], signal: AbortSignal | undefined, use: Use): Promise<Passed> {
  const merged = new Merged(
    sources,
    sources.map(() => new Frame()),
  );
  try {
    do {
      for (let i = merged.next(); i >= 0; i = merged.next()) if (!use(merged.heads[i], i, sources[i].info)) return told(sources);
      if (signal?.aborted) throw new InterruptedError();
    } while (await merged.fill());
  } finally {
    for (const source of sources) source.close();
  }
  return told(sources);
}

const told = (sources: readonly CaptureSource[]): Passed => ({
  infos: sources.map(({ info }) => info),
  errors: sources.flatMap(({ error }) => error?.message ?? []),
});

/** Those that the display filter keeps: it may ask for hops and conversations, which a run knows. */
async function eachMatch(options: AnalyzeOptions, use: Use): Promise<Passed> {
  const run = await FileRun.open({ ...options, workers: 0 });
  await run.read((tracker, capture) => {
    use(tracker.packet.frame, capture, run.inputs[capture].info);
  });
  if (run.interrupted) throw new InterruptedError();
  return { infos: run.inputs.map(({ info }) => info), errors: run.errors };
}

/** A file of evidence, and whose. */
export interface EvidenceFile {
  readonly path: string;
  readonly findings: readonly Finding[];
}

/** Root causes that get a file of their own in a folder. */
const MAX_FILES = 200;

/** In a folder each root cause has a file, with what follows from it. */
export function evidenceFiles(report: RunReport, folder: string): EvidenceFile[] {
  const shown = causes(report).filter(({ kind, finding }) => kind !== 'pass' && finding.evidence.length > 0);
  return shown.slice(0, MAX_FILES).map(({ finding, symptoms }) => ({
    path: `${folder.replace(/\/+$/, '')}/${finding.rule}-${finding.id.slice(0, 8)}.pcapng`,
    findings: [finding, ...symptoms],
  }));
}

/**
 * Writes the frames that show findings, and no others. `files`: where the captures of the report lie, in its order. Throws CaptureError where
 * a capture cannot be read again or a file cannot be written.
 */
export async function writeEvidence(
  report: RunReport,
  files: readonly CaptureInput[],
  outputs: readonly EvidenceFile[],
  topology: Topology | null,
  signal?: AbortSignal,
): Promise<Written> {
  const open: { readonly file: CaptureFile; readonly annotated: Annotated; done: boolean }[] = [];
  /** Last frame of each capture that is wanted. */
  const last = report.captures.map(() => 0);
  const names = namesOf(topology);
  try {
    for (const { path, findings } of outputs) {
      const comments = commentsOn(findings);
      report.captures.forEach(({ point }, i) => {
        for (const frame of comments.get(point)?.keys() ?? []) last[i] = Math.max(last[i], frame);
      });
      const file = createCapture(path, { application: ANNOTATED });
      open.push({ file, annotated: new Annotated(file, report.captures, comments), done: false });
      file.names(names);
    }
    let frames = 0;
    const errors: string[] = [];
    // One after the other: what is not wanted need not be read.
    for (const [i, end] of last.entries()) {
      if (end === 0) continue;
      const source = openCapture(files[i].path, files[i].file === undefined ? {} : { file: files[i].file });
      await eachFrame([source], signal, (frame, _, info) => {
        for (const { annotated } of open) annotated.write(frame, i, info, true);
        return frame.number < end;
      });
    }
    for (const one of open) {
      one.annotated.finish([]);
      one.done = true;
      frames += one.annotated.frames;
    }
    return { frames, commented: frames, errors };
  } catch (error) {
    for (const one of open) if (!one.done) one.file.abort();
    throw error;
  }
}

/** Throws CaptureError for an input that can be read only once. */
export function checkTwice(files: readonly CaptureInput[], isFile: (path: string) => boolean, what: string): void {
  for (const { path, file = path } of files)
    if (path === '-' || !isFile(file))
      throw new CaptureError(
        'not-a-file',
        `${path === '-' ? 'standard input' : path}: ${what} reads the capture twice; save it to a file first`,
        path,
      );
}
