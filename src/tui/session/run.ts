// What a session was asked to show, in a form that all its threads can be given; and what each of them makes of it.
import type { Joint } from '../../main/joint.js';
import { type Lab, openLab } from '../../main/lab.js';
import type { CaptureInput, KnownText } from '../../main/options.js';

/** One capture of the run. */
export interface CapturePlan {
  readonly point: string | null;
  readonly suggested?: string | undefined;
  /** As given; `-` for standard input. */
  readonly path: string;
  /** Where its bytes come from. */
  readonly file: string;
  /** The file by which its place is told. */
  readonly labPath: string;
  /** The file with its uncompressed records: itself, or a private copy that the loader fills. */
  readonly dataPath: string;
  /** `growing`: somebody else is still writing it. `copied`: what comes in is kept in `dataPath`. */
  readonly kind: 'file' | 'growing' | 'copied';
  /** Most bytes of a copy. */
  readonly limit: number;
}

export interface RunSettings {
  readonly captures: readonly CapturePlan[];
  readonly topology: readonly string[];
  /** What lies beside the captures, where no topology is named. */
  readonly known?: readonly KnownText[] | undefined;
  /** Texts of other tools on the run. */
  readonly witnesses?: readonly CaptureInput[] | undefined;
  readonly ifmap: string | null;
  readonly at: string | null;
  readonly decodeAs: readonly string[];
  /** Conversations kept at once; undefined: as a run of files keeps. */
  readonly maxConversations?: number | undefined;
  /** The captures are of points whose packets arrive: what says their order, and how the points are. */
  readonly joint?: Joint | undefined;
}

/** Places, names and topology of the run. Its sources are not to be read; they are closed here. */
export async function placesOf({ captures, topology, known, ifmap, at, decodeAs }: RunSettings): Promise<Lab> {
  const lab = await openLab({
    files: captures.map(({ point, path, labPath, suggested }) => ({
      point,
      path: path === '-' ? labPath : path,
      file: labPath,
      ...(suggested !== undefined && { suggested }),
    })),
    topology,
    ...(known !== undefined && { known }),
    ifmap,
    decodeAs,
    at,
  });
  for (const { source } of lab.captures) source.close();
  return lab;
}
