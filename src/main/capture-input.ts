// `router=FILE`: a file, and the node that it is of.
import { existsSync } from '#host';
import type { CaptureInput } from './options.js';

/** `router=FILE` or `FILE`. A file whose name has the sign in it is meant by its name. */
export function captureInput(argument: string): CaptureInput {
  const parts = /^([^/\\=]+)=(.+)$/s.exec(argument);
  if (parts === null || existsSync(argument)) return { point: null, path: argument };
  return { point: parts[1] as string, path: parts[2] as string };
}

/** The same argument with another path, as seen from elsewhere. */
export function withPath(argument: string, change: (path: string) => string): string {
  const { point, path } = captureInput(argument);
  return point === null ? change(path) : `${point}=${change(path)}`;
}
