// What is known of a run before its packets are read: files, points, interface names, topology.
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { CaptureSource } from '../capture/frame.js';
import { Frame } from '../capture/frame.js';
import { openCapture } from '../capture/open.js';
import type { Registry } from '../dissect/registry.js';
import { TopologyError } from '../errors.js';
import { Packet } from '../flows/packet.js';
import { type InterfaceMap, InterfaceNames, parseIfmap, parseIfmapFile } from '../topology/ifmap.js';
import type { Topology } from '../topology/model.js';
import type { AnalyzeOptions, CaptureInput } from './options.js';

/** Frames looked at to find out where a capture was taken. */
const LOOK_AT = 2000;

export interface LabCapture {
  readonly path: string;
  readonly source: CaptureSource;
  /** Name shown: the node's, else the file's base name. */
  readonly point: string;
  readonly node: string | null;
  readonly names: InterfaceNames;
  /** MACs of the node, 48 bits each; empty when not known. */
  readonly ownMacs: ReadonlySet<number>;
}

export interface Lab {
  readonly captures: readonly LabCapture[];
  readonly topology: Topology | null;
}

/** Opens what the options name. Throws UsageError, TopologyError, and CaptureError for a file that cannot be opened. */
export async function openLab(options: AnalyzeOptions, registry: Registry): Promise<Lab> {
  const topology = await readTopologyFiles(options.topology);
  const ifmap: InterfaceMap = options.ifmap === null ? new Map() : parseIfmap(options.ifmap);
  const captures = options.files.map((file) => openPoint(file, options.at, topology, ifmap, registry));
  return { captures, topology };
}

export async function readTopologyFiles(paths: readonly string[]): Promise<Topology | null> {
  if (paths.length === 0) return null;
  // The YAML reader and its checks are half of the program: loaded by those who need them.
  const { readTopology } = await import('../topology/read.js');
  return readTopology(
    paths.map((path) => {
      try {
        return { name: path, text: readFileSync(path, 'utf8') };
      } catch (error) {
        throw new TopologyError(`${path}: cannot be read (${reason(error)}); is the path right?`);
      }
    }),
  );
}

const reason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

function openPoint(
  file: CaptureInput,
  at: string | null,
  topology: Topology | null,
  ifmap: InterfaceMap,
  registry: Registry,
): LabCapture {
  const named = file.point ?? at;
  const node = named ?? (topology === null ? null : guessNode(file.path, topology, registry));
  const known = node !== null && (topology?.nodeNames.includes(node) ?? false);
  const source = openCapture(file.path);
  return {
    path: file.path,
    source,
    point: named ?? (known ? node : null) ?? pointName(file.path),
    node: known ? node : null,
    names: new InterfaceNames({
      ifmap,
      topology,
      node: known ? node : null,
      capture: captureNames(source),
      sideFile: sideFile(file.path),
    }),
    ownMacs: new Set((known ? (topology?.node(node)?.interfaces ?? []) : []).flatMap((i) => (i.mac === null ? [] : [i.mac]))),
  };
}

/** The base name without its endings: `router.pcap.gz` was taken on `router`. */
const pointName = (path: string): string =>
  path === '-' ? 'stdin' : basename(path).replace(/(\.(pcap|pcapng|cap|gz|zst))+$/i, '');

/** pcapng if_name by interface number, as the reader finds them: asked for when the first frame of an interface is seen. */
function captureNames(source: CaptureSource): InterfaceMap {
  const { interfaces } = source.info;
  return {
    get: (index: number) => interfaces[index]?.name ?? undefined,
  } as InterfaceMap;
}

function sideFile(path: string): InterfaceMap {
  const side = `${path}.ifmap.json`;
  try {
    return parseIfmapFile(side, readFileSync(side, 'utf8'));
  } catch (error) {
    if (reason(error) === 'ENOENT' || reason(error) === 'ENOTDIR') return new Map();
    throw error;
  }
}

/** The node whose interface numbers or MACs fit the first frames; null where none or several do, or for a pipe. */
function guessNode(path: string, topology: Topology, registry: Registry): string | null {
  try {
    if (path === '-' || !statSync(path).isFile()) return null;
  } catch {
    return null; // openCapture says what is wrong with it
  }
  const source = openCapture(path);
  const frame = new Frame();
  const packet = new Packet(registry);
  const indexes = new Set<number>();
  const sentBy = new Set<number>();
  const unicast = new Map<number, number>();
  let seen = 0;
  try {
    do {
      while (seen < LOOK_AT && source.next(frame)) {
        seen++;
        packet.read(frame);
        const from = packet.sourceMac();
        if (frame.linkType === SLL2) indexes.add(packet.interfaceIndex());
        if (packet.statedDirection() === 2 && from > 0) sentBy.add(from);
        const to = packet.destinationMac();
        // The group bit: everybody gets those.
        if (to < 0 || Math.floor(to / 0x100_0000_0000) % 2 === 1) continue;
        unicast.set(from, (unicast.get(from) ?? 0) + 1);
        unicast.set(to, (unicast.get(to) ?? 0) + 1);
      }
    } while (seen < LOOK_AT && source.fill() === true);
    const names = source.info.interfaces.flatMap((i) => (i.name === null || i.name === 'any' ? [] : [i.name]));
    return topology.pointFor({ indexes, names, sentBy, unicast });
  } finally {
    source.close();
  }
}

const SLL2 = 276;
