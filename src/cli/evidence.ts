// `--evidence`: the frames that show the findings of a report, to attach to it.
import { statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { safeText } from '../bytes/text.js';
import { makeFolders } from '../capture/live/make-folders.js';
import { HopscopeError, UsageError, whyUnwritable } from '../errors.js';
import type { CaptureInput } from '../main/options.js';
import type { Run } from '../report/run.js';
import { EXIT, exitCodeOfError } from './exit.js';
import { isAnnotated } from './keep-inputs.js';
import { stopped } from './streams.js';

export interface EvidenceFlags {
  evidence?: string;
}

export const evidenceOption = (command: Command): Command =>
  command.addOption(
    new Option(
      '--evidence <file>',
      'write the frames that show the findings, with comments: FILE.pcapng, or FOLDER/, a file for each cause',
    ),
  );

const isFolder = (path: string): boolean =>
  path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Writes the evidence of a report, where that was asked for. `files`: where the captures lie, in the order of the report; not given, they
 * lie where it says. Gives 0, or the exit code that a failure makes: the report itself is there then.
 */
export async function writeEvidenceOf(
  run: Run,
  { evidence: path }: EvidenceFlags,
  topology: readonly string[],
  files: readonly CaptureInput[] = run.captures.map(({ file }) => ({ point: null, path: file })),
): Promise<number> {
  if (path === undefined) return EXIT.good;
  let takeBack = (): void => {};
  try {
    const { checkTwice, evidenceFiles, writeEvidence } = await import('../main/annotate.js');
    const { topologyOf } = await import('../main/topology-of.js');
    const shown = new Set(
      run.findings.filter(({ verdict }) => verdict !== 'pass').flatMap(({ evidence }) => evidence.map(({ point }) => point)),
    );
    checkTwice(
      files.filter((_, i) => shown.has(run.captures[i]!.point)),
      (file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true,
      '--evidence',
    );
    const isMany = isFolder(path);
    const outputs = isMany ? evidenceFiles(run, path) : [{ path, findings: run.findings }];
    if (isMany) takeBack = makeFolder(path);
    for (const one of outputs)
      if ((statSync(one.path, { throwIfNoEntry: false })?.size ?? 0) > 0 && !isAnnotated(one.path))
        throw new UsageError(`${one.path} is there already, and is not replaced by evidence; name another place`);
    await writeEvidence(run, files, outputs, await topologyOf({ topology, known: [] }), stopped);
    return EXIT.good;
  } catch (error) {
    takeBack();
    if (!(error instanceof HopscopeError)) throw error;
    process.stderr.write(`hopscope: ${safeText(error.message)}\n`);
    return exitCodeOfError(error);
  }
}

/** Returns what removes it again while it is empty. */
function makeFolder(path: string): () => void {
  try {
    return makeFolders(path);
  } catch (error) {
    throw new UsageError(`cannot make the folder ${path}: ${whyUnwritable(error) ?? (error as Error).message}; name another one`);
  }
}
