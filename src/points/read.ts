// Points files, and points that arguments name.
import { dirname, isAbsolute, join } from 'node:path';
import { safeText } from '../bytes/text.js';
import { PointsError } from '../errors.js';
import { Checked, type Kind, Problems, type SourceText } from '../topology/document.js';
import type { Cluster, Point, Points, Way } from './point.js';
import { type PointEntry, type PointsFile, pointsShape, WAYS } from './schema.js';
import { isName, notName, podWay, readTarget, sshWay } from './target.js';

const KIND: Kind<PointsFile> = { shape: pointsShape, what: 'a file of points' };

/** Of a points file. Paths in it are relative to it. Throws one PointsError with all problems, a line each. */
export function readPoints(source: SourceText): Points {
  const problems = new Problems();
  const { file } = new Checked(source, KIND, problems);
  if (file === null) throw new PointsError(problems.text());
  const beside = (path: string): string => (isAbsolute(path) ? path : join(dirname(source.name), path));
  const context = file.context ?? null;
  const config = file.sshConfig === undefined ? null : beside(file.sshConfig);
  const { cluster } = file;
  return {
    points: Object.entries(file.points).map(
      ([name, entry]): Point => ({
        name,
        way: wayOf(entry, context, config),
        sudo: entry.sudo ?? file.sudo ?? false,
        interfaces: interfacesOf(entry.interfaces ?? file.interfaces),
        filter: entry.filter ?? null,
        image: entry.image ?? file.image ?? null,
      }),
    ),
    cluster:
      cluster === undefined
        ? null
        : ({ kubectl: cluster.kubectl ?? cluster.cilium ?? false, cilium: cluster.cilium ?? false, context } satisfies Cluster),
    filter: file.filter ?? null,
    snapLength: file.snaplen ?? null,
    topology: [file.topology ?? []].flat().map(beside),
  };
}

/** NAME=TARGET: `router=ssh:vagrant@192.168.10.200`; null where it is not of that form. Throws PointsError for one that is, and cannot be right. */
export function readPointArgument(argument: string): Pick<Point, 'name' | 'way'> | null {
  const sign = argument.indexOf('=');
  if (sign < 0 || /[/\\]/.test(argument.slice(0, sign))) return null;
  const name = argument.slice(0, sign);
  if (!isName('point', name)) throw new PointsError(notName('point', name));
  try {
    return { name, way: readTarget(argument.slice(sign + 1)) };
  } catch (error) {
    throw new PointsError(`${safeText(name)}: ${(error as Error).message}`);
  }
}

/** What options add to points that arguments name. */
export interface PointDefaults {
  readonly sudo: boolean;
  readonly interfaces: 'any' | readonly string[];
  readonly image: string | null;
  /** A file as `ssh -F` reads it. */
  readonly sshConfig: string | null;
  /** Of kubectl. */
  readonly context: string | null;
}

/** Points that arguments name. Throws PointsError. */
export function pointsOf(named: readonly Pick<Point, 'name' | 'way'>[], defaults: PointDefaults): Point[] {
  const { sudo, interfaces, image, sshConfig, context } = defaults;
  const names = named.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new PointsError(`two points are called '${twice}'; give one of them another name`);
  return named.map(({ name, way }) => {
    if (way.method === 'node' && image === null)
      throw new PointsError(
        `${name}: a node is captured by a container of an image that has tcpdump; add --image nicolaka/netshoot`,
      );
    return { name, way: within(way, context, sshConfig), sudo, interfaces, filter: null, image };
  });
}

function wayOf(entry: PointEntry, context: string | null, config: string | null): Way {
  const key = WAYS.find((way) => entry[way] !== undefined)!;
  switch (key) {
    case 'local':
      return { method: 'local' };
    case 'ssh':
      return sshWay(entry.ssh!, config);
    case 'kubectl':
      return { ...(podWay(entry.kubectl!) as Way & { method: 'kubectl' }), context, container: entry.container ?? null };
    case 'command':
      return { method: 'command', command: entry.command!, joins: entry.joins ?? false };
    default:
      return within(readTarget(`${key}:${entry[key]}`), context, config);
  }
}

function within(way: Way, context: string | null, config: string | null): Way {
  if (way.method === 'kubectl' || way.method === 'node') return { ...way, context };
  return way.method === 'ssh' ? { ...way, config } : way;
}

const interfacesOf = (said: string | readonly string[] | undefined): Point['interfaces'] => {
  const names = [said ?? 'any'].flat();
  return names.includes('any') ? 'any' : [...new Set(names)];
};
