// What was dropped into the page: told apart by the rules that hold for the files of a folder.

import { archiveKind } from '../capture/archive/archive.js';
import { UsageError } from '../errors.js';
import { addFile, blobContent, forgetFiles, textContent } from '../host/browser.js';
import { expand, kindOf } from '../main/bundle.js';
import type { AnalyzeOptions, CaptureInput, KnownText } from '../main/options.js';
import type { GivenFile, TakenFile } from './messages.js';

export interface Inputs extends Pick<AnalyzeOptions, 'files' | 'topology' | 'known' | 'witnesses'> {
  readonly expectations: readonly string[];
  readonly taken: readonly Omit<TakenFile, 'point'>[];
}

/** A name for each file: two of one name are told apart. */
function named(files: readonly GivenFile[]): GivenFile[] {
  const names = new Set<string>();
  return files.map((file) => {
    let { name } = file;
    for (let n = 2; names.has(name); n++) name = file.name.replace(/(\.[^.]*)?$/, ` (${n})$1`);
    names.add(name);
    return { ...file, name };
  });
}

/** Puts the files in place. Throws UsageError where no capture, and nothing else that can be analysed, is among them; CaptureError for an archive that cannot be read. */
export async function inputsOf(given: readonly GivenFile[]): Promise<Inputs> {
  forgetFiles();
  const files = named(given);
  for (const { name, content } of files)
    addFile(name, typeof content === 'string' ? textContent(content) : blobContent(content, (content as File).lastModified ?? 0));
  const captures: CaptureInput[] = [];
  const topology: string[] = [];
  const known: KnownText[] = [];
  const witnesses: CaptureInput[] = [];
  const expectations: string[] = [];
  const taken: Omit<TakenFile, 'point'>[] = [];
  for (const { name, point } of files) {
    const looked = kindOf(name, name);
    const { taken: as, says, witness } = looked;
    const isArchive = archiveKind(name) !== null;
    taken.push({ name, taken: isArchive ? 'archive' : as, says: isArchive ? '' : says });
    if (as === 'capture' || as === 'printed text' || isArchive) {
      const found = await expand([{ point: point === '' ? null : point, path: name }], () => `${name} unpacked`, null, true);
      captures.push(...found.captures);
      known.push(...found.known);
      witnesses.push(...found.witnesses);
    } else if (as === 'topology') topology.push(name);
    else if (as === 'expectations') expectations.push(name);
    else if (witness !== undefined) witnesses.push({ point: point === '' ? null : point, path: name });
    else if (as === 'text') known.push({ path: name, isTopology: false, machine: point === '' ? null : point });
  }
  if (captures.length === 0 && witnesses.length === 0) {
    const [first] = taken;
    const what = first === undefined ? 'no file was given' : `${first.name}: ${reason(first)}`;
    throw new UsageError(`${what}; drop a capture (pcap, pcapng), or what tcpdump printed`);
  }
  return { files: captures, topology, known, witnesses, expectations, taken };
}

const reason = ({ taken, says }: Omit<TakenFile, 'point'>): string =>
  taken === 'nothing'
    ? says
    : `${taken === 'text' ? 'no packets are in this text' : `this is ${taken}, and no capture is with it`}`;
