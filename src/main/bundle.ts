// A folder of evidence of one run: captures, each with its point, what is known of the network, and what is of no use here.
import { relative } from '#host';
import { type ArchiveKind, archiveKind } from '../capture/archive/archive.js';
import { contentOf, isPart, printedNodes, statOf } from '../capture/text-file.js';
import { CaptureError, UsageError } from '../errors.js';
import { textReaders, topologyReaders } from '../plugin/added.js';
import { Budget, type Entry, unpackArchive } from './archive.js';
import { filesUnder } from './find-files.js';
import { lackingIn, untakenIn } from './lacking.js';
import type { CaptureInput, KnownText, Lack, Taken } from './options.js';
import { machineOf, pointOf } from './place-names.js';
import { readText } from './read-text.js';
import { witnessesIn } from './witnesses.js';

export interface BundleFile {
  readonly path: string;
  readonly taken:
    | 'bundle'
    | 'capture'
    | 'printed text'
    | 'witness'
    | 'topology'
    | 'text'
    | 'interface names'
    | 'expectations'
    | 'nothing';
  /** What was made of it, in words: `captured on router`. */
  readonly says: string;
  /** The tools whose words it holds on the run. */
  readonly witness?: string;
}

export interface Bundle {
  readonly captures: readonly CaptureInput[];
  readonly known: readonly KnownText[];
  /** Texts of other tools that tell of the same run. */
  readonly witnesses: readonly CaptureInput[];
  readonly files: readonly BundleFile[];
  /** What could not be taken, and why, a line each. */
  readonly untaken: readonly string[];
}

/** Captures, and what lies beside them. */
export type Inputs = Pick<Bundle, 'captures' | 'known'>;

/** Makes a private folder for what is unpacked: whoever runs this takes it away at the end. */
export type MakeFolder = () => string;

/** What inputs name: captures as they are, folders and archives with all that is in them. `at`: the user has said where all of them were taken. `withWitnesses`: what other tools tell is enough. */
export async function expand(
  inputs: readonly CaptureInput[],
  makeFolder: MakeFolder | undefined,
  at: string | null = null,
  withWitnesses = false,
): Promise<Inputs & Pick<Bundle, 'witnesses'>> {
  const captures: CaptureInput[] = [];
  const known: KnownText[] = [];
  const witnesses: CaptureInput[] = [];
  for (const input of inputs) {
    // What lies elsewhere than it is called is a file by itself.
    const { path, file = path } = input;
    const bundle = file === path ? await openBundle(path, makeFolder) : null;
    if (bundle === null)
      captures.push(...(at === null && input.point === null ? partsOf(input, printedNodes(file) ?? []) : [input]));
    else {
      if (bundle.captures.length === 0 && !(withWitnesses && bundle.witnesses.length > 0))
        throw new UsageError(`${input.path}: no capture is in it; name a capture, or a folder that has some`);
      // One name for all of them is the user's word.
      captures.push(...bundle.captures.map((one) => (input.point === null ? one : { ...one, point: input.point })));
      known.push(...bundle.known);
      witnesses.push(...bundle.witnesses);
    }
  }
  return { captures: textReaders.length === 0 ? captures : await withReaders(captures, makeFolder), known, witnesses };
}

/** Texts that a plug-in reads, as the captures that it makes of them. */
async function withReaders(captures: readonly CaptureInput[], makeFolder: MakeFolder | undefined): Promise<CaptureInput[]> {
  const { textReaderOf, readAsCapture } = await import('#added');
  const all: CaptureInput[] = [];
  for (const input of captures) {
    const { path, file = path } = input;
    const reader = input.piped === undefined && path !== '-' ? textReaderOf(path, file) : null;
    if (reader === null || makeFolder === undefined) all.push(input);
    else all.push({ ...input, file: await readAsCapture(reader, path, file, makeFolder) });
  }
  return all;
}

/** Whether a path is a folder, or an archive, or leads into one. */
export const isBundle = (path: string): boolean => isFolder(path) || archiveIn(path) !== null;

const isFolder = (path: string): boolean => path !== '-' && path !== '' && statOf(path)?.isDirectory() === true;

/** Null for what is neither a folder nor in an archive. Throws UsageError, CaptureError. */
export async function openBundle(path: string, makeFolder: MakeFolder | undefined): Promise<Bundle | null> {
  if (isFolder(path))
    return bundleOf(
      await withInner(
        filesUnder(path, () => true).map((file) => ({ path: file, file, within: relative(path, file), leftOut: null })),
        makeFolder,
      ),
    );
  const archive = archiveIn(path);
  if (archive === null) return null;
  if (makeFolder === undefined) throw new UsageError(`${archive.path} is an archive; unpack it, and name the folder`);
  const budget = new Budget();
  const outer = await unpackArchive(archive.path, archive.kind, makeFolder(), { budget });
  const entries = await withInner(outer, makeFolder, budget);
  if (archive.member === '') return bundleOf(entries);
  const chosen = entries.filter((entry) => entry.path === path || entry.path.startsWith(`${path}/`));
  if (chosen.length === 0)
    throw new UsageError(`${archive.path} has no '${archive.member}'; hopscope info ${archive.path} lists what it has`);
  return bundleOf(chosen);
}

/** The files, with those of archives among them: as the logs of each node come packed in one file. Archives in those are left. */
async function withInner(
  entries: readonly Entry[],
  makeFolder: MakeFolder | undefined,
  budget = new Budget(),
): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  for (const entry of entries) {
    const kind = entry.file === null || makeFolder === undefined ? null : archiveKind(entry.file);
    if (kind === null || entry.file === null || makeFolder === undefined) {
      all.push(entry);
      continue;
    }
    try {
      const inner = await unpackArchive(entry.path, kind, makeFolder(), { file: entry.file, budget });
      all.push(...inner.map((one) => ({ ...one, within: `${entry.within}/${one.within}` })));
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      // What is damaged in one of them costs the others nothing.
      all.push({ ...entry, file: null, leftOut: error.message.slice(entry.path.length + 2) });
    }
  }
  return all;
}

/** `run7.tgz`, and `run7.tgz/router.pcap`: the archive, and what is meant in it. */
function archiveIn(path: string): { readonly path: string; readonly kind: ArchiveKind; readonly member: string } | null {
  if (path === '-' || path === '') return null;
  let archive = path.replace(/\/+$/, '');
  while (statOf(archive) === undefined && archive.includes('/')) archive = archive.slice(0, archive.lastIndexOf('/'));
  const kind = archive === '' ? null : archiveKind(archive);
  return kind === null ? null : { path: archive, kind, member: path.slice(archive.length + 1) };
}

/** Looks through the files of a folder. Throws UsageError for a bundle.json that cannot be right. */
function bundleOf(entries: readonly Entry[]): Bundle {
  const captures: CaptureInput[] = [];
  const known: KnownText[] = [];
  const witnesses: CaptureInput[] = [];
  const files: BundleFile[] = [];
  const sheet = entries.find(({ within, file }) => within === SHEET && file !== null);
  const { points, aside, lacking, untaken } =
    sheet === undefined ? NO_SHEET : readSheet(sheet.path, sheet.file as string, entries);
  for (const entry of entries) {
    const { path, file, within, leftOut } = entry;
    const { nodes = [], ...kind }: Looked =
      file === null
        ? nothing(leftOut ?? '')
        : entry === sheet
          ? { taken: 'bundle', says: 'where each capture was taken' }
          : aside.has(folderIn(within))
            ? nothing(aside.get(folderIn(within))!)
            : kindOf(path, file);
    files.push({ path, ...kind });
    if (file === null) continue;
    const own = file === path ? {} : { file };
    const { point = null, taken } = points.get(within) ?? {};
    if (kind.taken === 'capture' || kind.taken === 'printed text')
      captures.push(...partsOf({ point, path, ...own, suggested: within, ...(taken && { taken }) }, nodes));
    if (kind.witness !== undefined) witnesses.push({ point: null, path, ...own });
    if (kind.taken === 'topology' || kind.taken === 'text' || kind.taken === 'printed text')
      known.push({ path, ...own, isTopology: kind.taken === 'topology', machine: machineOf(within) });
  }
  if (lacking.length > 0 && captures[0] !== undefined) captures[0] = { ...captures[0], lacking };
  const taken = new Set(captures.map(({ point, suggested = '' }) => point ?? pointOf(suggested)));
  // What lies beside the capture of a single machine is most likely of that machine.
  const only = taken.size === 1 ? [...taken][0] : null;
  return { captures, known: known.map((text) => ({ ...text, machine: text.machine ?? only })), witnesses, files, untaken };
}

const SHEET = 'bundle.json';

/** The outermost folder that a file of a bundle lies in. */
const folderIn = (within: string): string => within.slice(0, Math.max(0, within.indexOf('/')));

interface Sheet {
  /** Points of captures, by their paths, and when they captured. */
  readonly points: ReadonlyMap<string, { readonly point: string; readonly taken?: Taken }>;
  /** Folders that are not read with the rest, and why. */
  readonly aside: ReadonlyMap<string, string>;
  readonly lacking: readonly Lack[];
  readonly untaken: readonly string[];
}

const NO_SHEET: Sheet = { points: new Map(), aside: new Map(), lacking: [], untaken: [] };

/** What a bundle.json says. Throws UsageError. */
function readSheet(path: string, file: string, entries: readonly Entry[]): Sheet {
  const wrong = (what: string) => new UsageError(`${path}: ${what}; correct it, or take it away`);
  let sheet: unknown;
  try {
    sheet = JSON.parse(readText(file));
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const { version, points, aside, state } = (sheet ?? {}) as Record<string, unknown>;
  if (version !== 1) throw wrong('its version is not 1');
  if (!isRecord(points)) throw wrong('points are missing: { "router": { "captures": ["router.pcap"] } }');
  const found = new Map<string, { readonly point: string; readonly taken?: Taken }>();
  for (const [point, said] of Object.entries(points as Record<string, Record<string, unknown> | null>)) {
    const captures = said?.['captures'];
    const taken = takenOf(said);
    if (!Array.isArray(captures)) throw wrong(`the captures of '${point}' are no list of files`);
    for (const name of captures as unknown[]) {
      const isThere = typeof name === 'string' && entries.some(({ within }) => within === name);
      // `capture` was killed between a file of a ring and its entry here.
      if (!isThere && state === 'unfinished') continue;
      if (!isThere) throw wrong(`there is no '${String(name)}' beside it, a capture of '${point}'`);
      const other = found.get(name)?.point ?? point;
      if (other !== point) throw wrong(`'${name}' is a capture of '${other}' and of '${point}'`);
      found.set(name, { point, ...(taken && { taken }) });
    }
  }
  const left = isRecord(aside) ? Object.entries(aside).map(([folder, why]) => [folder, String(why)] as const) : [];
  return { points: found, aside: new Map(left), lacking: lackingIn(sheet), untaken: untakenIn(sheet) };
}

/** When a point captured; null where that is not said. What it had captured last may still have been with its kernel. */
function takenOf(said: Record<string, unknown> | null): Taken | null {
  const [from, to] = [said?.['started'], said?.['ended']].map((time) =>
    typeof time === 'string' ? Date.parse(time) : Number.NaN,
  );
  if (from === undefined || to === undefined || !(from < to - LATE_MS)) return null;
  const clock = isRecord(said?.['clock']) ? said['clock'] : {};
  const [aheadMs, doubtMs] = [clock['aheadMs'], clock['doubtMs']].map((ms) =>
    typeof ms === 'number' && Number.isFinite(ms) ? ms : 0,
  );
  return { fromMs: from, toMs: to - LATE_MS, aheadMs: aheadMs!, doubtMs: doubtMs! };
}

/** tcpdump gets its packets in blocks that are closed once a second (packet(7), TPACKET_V3). */
const LATE_MS = 1000;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A paste of several machines is a capture of each; one of a single machine was taken there. What is said to be its point counts. */
function partsOf(input: CaptureInput, nodes: readonly string[]): CaptureInput[] {
  const { point, path, file, suggested } = input;
  if (point !== null || nodes.length === 0) return [input];
  if (nodes.length === 1) return [{ ...input, suggested: nodes[0] }];
  return nodes.map((node) => ({
    point,
    path: `${path}#${node}`,
    ...(file !== undefined && { file: `${file}#${node}` }),
    // Parts without a name are told apart by that of their text.
    suggested: suggested !== undefined && isPart(node) ? `${pointOf(suggested)}-${node}` : node,
  }));
}

/** What a file was taken for, and the machines that a printed text is of. */
type Looked = Omit<BundleFile, 'path'> & { readonly nodes?: readonly string[] };

const nothing = (says: string): Looked => ({ taken: 'nothing', says });

/** What a file is, from its first bytes; of JSON and YAML also from its name. */
export function kindOf(path: string, file: string): Looked {
  if (path.endsWith('.ifmap.json')) return { taken: 'interface names', says: 'of the capture beside it' };
  const content = contentOf(file);
  if (content === null) return nothing('it cannot be read');
  if (archiveKind(file) !== null) return nothing('an archive in an archive of the folder; unpack it');
  if (content.kind === 'capture') return { taken: 'capture', says: '' };
  if (content.kind === 'printed text') return { taken: 'printed text', says: '', nodes: content.nodes };
  if (content.kind === 'other') return nothing(content.looks);
  for (const { plugin, row } of textReaders)
    if (looksTo(row, content.head)) return { taken: 'capture', says: `${row.name}, read by the plug-in ${plugin}` };
  for (const { plugin, row } of topologyReaders)
    if (looksTo(row, content.head)) return { taken: 'topology', says: `${row.name}, read by the plug-in ${plugin}` };
  if (SOURCE.test(path)) return nothing('source code');
  if (/\.(?:ya?ml|json)(?:\.gz)?$/i.test(path)) {
    if (/^expect:/m.test(content.head)) return { taken: 'expectations', says: 'hopscope verify holds captures against them' };
    if (hasNodes(content.head)) return { taken: 'topology', says: '' };
  }
  const told = DOCUMENT.test(path) ? null : witnessesIn(content.head);
  if (told === null) return { taken: 'text', says: '' };
  // A log of a session may hold outputs that tell of the network, too.
  return { taken: told.isAll ? 'witness' : 'text', says: `printed by ${told.kinds}`, witness: told.kinds };
}

/** Is `nodes` a key of the whole document, as in a topology file? Other documents have one further in. */
function hasNodes(head: string): boolean {
  let outer = -1;
  for (const [, indent, key, rest] of head.matchAll(/^([ \t]*(?:\{[ \t]*)?)"?([\w$.-]+)"?[ \t]*:[ \t]*(.?)/gm)) {
    if (outer < 0) outer = indent.length;
    if (key === 'nodes' && indent.length <= outer && (rest === '' || rest === '{' || rest === '#')) return true;
  }
  return false;
}

/** One that throws is asked again by whoever reads the file, and reported there. */
function looksTo(reader: { looks(head: string): boolean }, head: string): boolean {
  try {
    return reader.looks(head);
  } catch {
    return true;
  }
}

/** Programs hold words of commands and outputs, and are neither. */
const SOURCE =
  /\.(?:[cm]?[jt]sx?|py|go|rs|[ch]|cc|cpp|hpp|java|kt|rb|pl|php|lua|sh|bash|zsh|fish|ps1|css|scss|sql|tf|proto|bpf)$/i;
/** Texts about a run, with examples in them, are no evidence of it. */
const DOCUMENT = /\.(?:md|markdown|html?|adoc|rst)$/i;
