// Points on the command line: a file that names them, or NAME=TARGET.
import type { Command } from 'commander';
import { safeText } from '../bytes/text.js';
import { PointsError, UsageError } from '../errors.js';
import { readText, whyUnread } from '../main/read-text.js';
import type { Points } from '../points/point.js';
import { pointsOf, readPointArgument, readPoints } from '../points/read.js';

/** Of points that arguments name; a file says it itself. */
export interface PointFlags {
  interface?: string[];
  sudo?: boolean;
  image?: string;
  sshConfig?: string;
  context?: string;
}

export function pointOptions(command: Command): Command {
  return command
    .option('--sudo', 'of points without a file: capture by sudo -n there')
    .option('--image <image>', 'of points without a file: an image with tcpdump, for pods and containers without it')
    .option('--ssh-config <file>', 'of points without a file: a configuration for ssh -F')
    .option('--context <name>', 'of points without a file: the context of kubectl');
}

/** What arguments name: one file, or points. Throws UsageError, PointsError. */
export function readNamed(words: readonly string[], flags: PointFlags): Points {
  const named = words.map((word) => readPointArgument(word));
  const files = words.filter((_, i) => named[i] === null);
  const given = named.filter((one) => one !== null);
  if (words.length === 0) throw new UsageError('name the points: a file of points, or router=ssh:USER@HOST');
  if (files.length > 1 || (files.length === 1 && given.length > 0))
    throw new UsageError(`one file of points, or arguments NAME=TARGET; '${safeText(files.at(-1)!)}' is one file too many`);
  if (files.length === 1) {
    const only = (['interface', 'sudo', 'image', 'sshConfig', 'context'] as const).find((name) => flags[name] !== undefined);
    if (only !== undefined)
      throw new UsageError(
        `--${only.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} is for points that arguments name; write it in ${files[0]}`,
      );
    return readPoints({ name: files[0]!, text: textOf(files[0]!) });
  }
  const { interface: interfaces = ['any'], context = null } = flags;
  return {
    points: pointsOf(given, {
      sudo: flags.sudo === true,
      interfaces: interfaces.includes('any') ? 'any' : [...new Set(interfaces)],
      image: flags.image ?? null,
      sshConfig: flags.sshConfig ?? null,
      context,
    }),
    cluster: null,
    filter: null,
    snapLength: null,
    topology: [],
  };
}

function textOf(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    throw new PointsError(
      `${path}: ${whyUnread(error)}; points are named in a file, or by NAME=TARGET, such as router=ssh:USER@HOST`,
    );
  }
}
