// What is known of a run before its packets are read: files, points, interface names, topology.
import { basename, statSync } from '#host';
import { dissectors } from '../../dissectors/index.js';
import type { CaptureInterface, CaptureSource } from '../capture/frame.js';
import { DIRECTION, Frame, UNKNOWN } from '../capture/frame.js';
import { NUMBERED } from '../capture/linktypes.js';
import { openCapture } from '../capture/open.js';
import { textPart } from '../capture/text-file.js';
import { parseDecodeAs, Registry } from '../dissect/registry.js';
import { HopscopeError, TopologyError } from '../errors.js';
import { Packet } from '../flows/packet.js';
import { type InterfaceMap, InterfaceNames, parseIfmap, parseIfmapFile } from '../topology/ifmap.js';
import type { Interface, Topology } from '../topology/model.js';
import { CookedNames } from './cooked-names.js';
import { checkIfmap, checkPoint } from './named.js';
import type { AnalyzeOptions, CaptureInput, Lack, Taken } from './options.js';
import { knownIn, pointOf } from './place-names.js';
import { readText, whyUnread } from './read-text.js';
import { topologyOf } from './topology-of.js';

/** Frames looked at to find out where a capture was taken. */
const LOOK_AT = 2000;

export interface LabCapture {
  readonly path: string;
  /** Where its bytes lie. */
  readonly file: string;
  readonly source: CaptureSource;
  /** Name shown: the node's, else the file's base name. */
  readonly point: string;
  /** The point, and where it has several captures, which of them. */
  readonly label: string;
  readonly node: string | null;
  readonly names: InterfaceNames;
  /** MACs of the node, 48 bits each; empty when not known. */
  readonly ownMacs: ReadonlySet<number>;
  /** When `capture` took it; null for others. */
  readonly taken: Taken | null;
  /** Of the first one of a bundle: what went wrong when that was made. */
  readonly lacking?: readonly Lack[];
}

export interface Lab {
  readonly captures: readonly LabCapture[];
  readonly topology: Topology | null;
  readonly registry: Registry;
  /** What the registry was made with, for those who need one of their own. */
  readonly decodeAs: readonly string[];
}

/** What says where captures were taken, and what is known there. */
export type PlaceOptions = Pick<
  AnalyzeOptions,
  'files' | 'topology' | 'known' | 'ifmap' | 'decodeAs' | 'at' | 'chunkBytes' | 'onNote'
>;

/**
 * Opens what the options name. `known`: the topology, where it was made before. Throws UsageError, TopologyError, and CaptureError for a file that
 * cannot be opened.
 */
export async function openLab(options: PlaceOptions, known?: Topology | null): Promise<Lab> {
  const topology = known === undefined ? await topologyOf(options) : known;
  const decodeAs = withTunnel(options.decodeAs, topology);
  const registry = registryOf(decodeAs);
  const ifmap: InterfaceMap = options.ifmap === null ? new Map() : parseIfmap(options.ifmap);
  for (const name of new Set(options.files.map(({ point }) => point ?? options.at)))
    if (name !== null) checkPoint(topology, name);
  const opened: Omit<LabCapture, 'label'>[] = [];
  try {
    for (const file of options.files) opened.push(await openPoint(file, options, topology, ifmap, registry));
  } catch (error) {
    for (const { source } of opened) source.close();
    throw error;
  }
  const captures = labelled(opened);
  checkIfmap(
    topology,
    captures.map(({ node }) => node),
    ifmap,
  );
  return { captures, topology, registry, decodeAs };
}

/** The port of the topology's tunnel, and what the user says, which counts where they differ. */
export function withTunnel(decodeAs: readonly string[], topology: Topology | null): readonly string[] {
  const tunnel = topology?.tunnel ?? null;
  return tunnel === null ? decodeAs : [`udp.port==${tunnel.port},${tunnel.type}`, ...decodeAs];
}

/** Without assignments of the user it is the same for all runs of a process, until a plug-in adds a dissector. */
let plain: Registry | null = null;

/** Throws UsageError. */
export function registryOf(decodeAs: readonly string[]): Registry {
  if (decodeAs.length > 0) return new Registry(dissectors, decodeAs.map(parseDecodeAs));
  if (plain?.isOf(dissectors) !== true) plain = new Registry(dissectors);
  return plain;
}

/** `router` alone; `router/eth1` and `router/eth2` where `run7-eth1.pcap` and `run7-eth2.pcap` were captured there. */
function labelled(captures: readonly Omit<LabCapture, 'label'>[]): LabCapture[] {
  const taken = new Set<string>();
  return captures.map((capture) => {
    const { point, path } = capture;
    const names = captures.filter((other) => other.point === point).map((other) => pointName(other.path));
    const own = pointName(path);
    const name = names.length === 1 ? point : `${point}/${own.slice(sharedWords(names)) || own}`;
    let label = name;
    for (let n = 2; taken.has(label); n++) label = `${name} (${n})`;
    taken.add(label);
    return { ...capture, label };
  });
}

/** How many characters all names start with, up to the end of a word. */
function sharedWords(names: readonly string[]): number {
  let length = 0;
  while (length < names[0].length && names.every((name) => name[length] === names[0][length])) length++;
  return /^.*[^a-z0-9]/i.exec(names[0].slice(0, length))?.[0].length ?? 0;
}

async function openPoint(
  input: CaptureInput,
  { at, chunkBytes, onNote }: PlaceOptions,
  topology: Topology | null,
  ifmap: InterfaceMap,
  registry: Registry,
): Promise<Omit<LabCapture, 'label'>> {
  const { path, file = path, piped } = input;
  const look = topology === null ? null : await lookAt(file, registry);
  const source = openCapture(path, { file, piped, ...(chunkBytes !== undefined && { capacity: chunkBytes }) });
  const place = placeOf(input, { at, topology, ifmap, look, interfaces: () => source.info.interfaces });
  const other = look === null || input.point !== null || place.node === null ? null : otherSender(topology, look, place.node);
  if (other !== null)
    onNote?.(
      `${path} is taken for a capture of ${place.node}, as it is called; its frames were sent by ${other}: ${other}=FILE says so`,
    );
  return { path, file, source, taken: input.taken ?? null, ...(input.lacking && { lacking: input.lacking }), ...place };
}

/** The node that frames went out from, where that is another one than `node`; null where they do not say. */
function otherSender(topology: Topology | null, { indexes, sentBy }: Look, node: string): string | null {
  if (topology === null || sentBy.size === 0) return null;
  const sender = topology.pointFor({ indexes, sentBy });
  const isOwn = topology.node(node)?.interfaces.some(({ mac }) => mac !== null && sentBy.has(mac));
  return sender === node || isOwn === true ? null : sender;
}

/** Where a capture was taken: as it is said, or as its first frames show. `interfaces`: those that its bytes describe, so far. */
export function placeOf(
  { point, path, file = path, suggested }: CaptureInput,
  known: {
    readonly at: string | null;
    readonly topology: Topology | null;
    readonly ifmap: InterfaceMap;
    readonly look: Look | null;
    readonly interfaces: () => readonly CaptureInterface[];
  },
): Pick<LabCapture, 'point' | 'node' | 'names' | 'ownMacs'> {
  const { at, topology, ifmap, look } = known;
  const named = point ?? at;
  // The name of a pod is a place as well, of which the topology has no interfaces.
  const called = suggested === undefined ? null : knownIn(suggested, placeNames(topology));
  const found = named ?? called ?? (look === null ? null : (topology?.pointFor(look) ?? null));
  const node = found !== null && (topology?.nodeNames.includes(found) ?? false) ? found : null;
  const interfaces = (node === null ? undefined : topology?.node(node)?.interfaces) ?? [];
  return {
    point: named ?? called ?? node ?? (suggested === undefined ? null : pointOf(suggested)) ?? pointName(path),
    node,
    names: new InterfaceNames({
      ifmap,
      topology,
      // Only SLL2 has the kernel's numbers, which the topology knows.
      node: look !== null && look.indexes.size > 0 ? node : null,
      capture: captureNames(known.interfaces),
      byMac: look === null ? new Map() : look.indexes.size > 0 ? look.cooked.of(interfaces) : namesByMac(interfaces, look),
      sideFile: sideFile(path, file),
    }),
    ownMacs: new Set(interfaces.flatMap((i) => (i.mac === null ? [] : [i.mac]))),
  };
}

/** Nodes, and pods without their namespace. */
const placeNames = (topology: Topology | null): string[] =>
  topology === null
    ? []
    : [...topology.nodeNames, ...topology.podList.flatMap(({ name }) => name?.slice(name.indexOf('/') + 1) ?? [])];

/** The base name without its endings: `router.pcap.gz` was taken on `router`. */
export const pointName = (path: string): string =>
  path === '-' ? 'stdin' : basename(path).replace(/(\.(pcap|pcapng|cap|gz|zst|txt|log))+$/i, '');

/** pcapng if_name by interface number, as the reader finds them: asked for when the first frame of an interface is seen. */
function captureNames(described: () => readonly CaptureInterface[]): InterfaceMap {
  return {
    get(index: number) {
      const interfaces = described();
      // `hopscope live -w` writes an interface for each number that cooked frames have.
      const numbered = interfaces.filter((i) => i.description?.startsWith(NUMBERED) === true);
      const meant = numbered.length > 0 ? numbered.find((i) => i.description === `${NUMBERED}${index}`) : interfaces[index];
      return meant?.name ?? undefined;
    },
  } as InterfaceMap;
}

function sideFile(path: string, file: string): InterfaceMap {
  const side = `${path}.ifmap.json`;
  try {
    return parseIfmapFile(side, readText(`${file}.ifmap.json`));
  } catch (error) {
    if (error instanceof HopscopeError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    // A name that is too long with the suffix has no side file either.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return new Map();
    throw new TopologyError(`${side}: ${whyUnread(error)}; repair it or take it away`);
  }
}

/** A file that can be read twice. What is wrong with one that is not there is for openCapture to say. */
export function isRegularFile(path: string): boolean {
  try {
    return path !== '-' && statSync(textPart(path).file).isFile();
  } catch {
    return false;
  }
}

/** What the first frames tell of the place they were captured at. */
export class Look {
  readonly indexes = new Set<number>();
  readonly sentBy = new Set<number>();
  readonly heardFrom = new Set<number>();
  readonly unicast = new Map<number, number>();
  /** The same by interface of the capture, for Ethernet; and the interfaces that had tagged frames. */
  readonly byInterface = new Map<number, Map<number, number>>();
  readonly tagged = new Set<number>();
  /** What frames with interface numbers that went out tell of their interfaces. */
  readonly cooked = new CookedNames();
  private readonly packet: Packet;
  private seen = 0;

  constructor(
    registry: Registry,
    private readonly source: CaptureSource,
  ) {
    this.packet = new Packet(registry);
  }

  get names(): readonly string[] {
    return this.source.info.interfaces.flatMap((i) => (i.name === null || i.name === 'any' ? [] : [i.name]));
  }

  /** More would tell no more. */
  get enough(): boolean {
    return this.seen >= LOOK_AT;
  }

  take(frame: Frame): void {
    this.seen++;
    const { packet, unicast } = this;
    packet.read(frame);
    const from = packet.sourceMac();
    if (frame.linkType === SLL2) {
      if ((frame.unknown & UNKNOWN.index) === 0) this.indexes.add(packet.interfaceIndex());
      if (packet.statedDirection() === DIRECTION.out) this.cooked.take(packet);
    }
    const way = packet.statedDirection();
    if (from > 0 && way === DIRECTION.out) this.sentBy.add(from);
    if (from > 0 && way === DIRECTION.in) this.heardFrom.add(from);
    const to = packet.destinationMac();
    if (packet.vlan >= 0) this.tagged.add(frame.interfaceId);
    // The group bit: everybody gets those.
    if (to < 0 || Math.floor(to / 0x100_0000_0000) % 2 === 1) return;
    let here = this.byInterface.get(frame.interfaceId);
    if (here === undefined) {
      here = new Map();
      this.byInterface.set(frame.interfaceId, here);
    }
    for (const mac of [from, to]) {
      unicast.set(mac, (unicast.get(mac) ?? 0) + 1);
      here.set(mac, (here.get(mac) ?? 0) + 1);
    }
  }
}

/** Null for a pipe, which cannot be read twice. */
export async function lookAt(path: string, registry: Registry): Promise<Look | null> {
  if (!isRegularFile(path)) return null;
  const source = openCapture(path);
  const frame = new Frame();
  const look = new Look(registry, source);
  try {
    do {
      while (!look.enough && source.next(frame)) look.take(frame);
      // What is packed fills by promise.
    } while (!look.enough && (await source.fill()));
    return look;
  } finally {
    source.close();
  }
}

/** The node's interface whose MAC is in most frames of each interface of the capture. */
function namesByMac(interfaces: readonly Interface[], { byInterface, tagged }: Look): InterfaceMap {
  const names = new Map<number, string>();
  for (const [id, macs] of byInterface) {
    const frames = (i: Interface): number => (i.mac === null ? 0 : (macs.get(i.mac) ?? 0));
    const most = Math.max(0, ...interfaces.map(frames));
    if (most === 0) continue;
    const fits = interfaces.filter((i) => frames(i) === most).sort((x, y) => x.name.length - y.name.length);
    // A VLAN's interface has the MAC of its parent, which alone sees the tags; a bridge that of a port, which has no address but its own
    // link-local one.
    const holder = fits.find(isAddressed) ?? fits.find((i) => i.addresses.length > 0);
    const name = fits.length === 1 || tagged.has(id) ? fits[0].name : holder?.name;
    if (name !== undefined) names.set(id, name);
  }
  return names;
}

const isAddressed = (i: Interface): boolean => i.addresses.some(({ address }) => !address.isLinkLocal);

const SLL2 = 276;
