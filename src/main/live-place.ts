// Where live packets are captured, and what their capture says of itself so far.
import { hostname } from 'node:os';
import { type CaptureInfo, type CaptureSource, Frame } from '../capture/frame.js';
import { LINKTYPE } from '../capture/linktypes.js';
import type { Feed, Member } from '../capture/live/feed.js';
import { Losses } from '../capture/live/losses.js';
import { InterfaceNumbers, macsOf, systemInterfaces } from '../capture/live/system.js';
import { emptyInfo } from '../capture/records.js';
import type { Registry } from '../dissect/registry.js';
import { InterfaceNames, parseIfmap } from '../topology/ifmap.js';
import type { Topology } from '../topology/model.js';
import { Look, placeOf } from './lab.js';
import { checkIfmap } from './named.js';
import type { AnalyzeOptions } from './options.js';
import type { CaptureState, RunInput } from './run.js';

type Place = Pick<RunInput, 'point' | 'node' | 'names' | 'ownMacs'>;

/** What is being read. */
interface Reading {
  source: CaptureSource | null;
  readonly frame: Frame;
}

/** The one capture of a live run, whose sources come one after the other. */
export class LiveInput implements RunInput {
  readonly path: string;
  readonly point: string;
  readonly label: string;
  readonly node: string | null;
  readonly names: InterfaceNames;
  readonly ownMacs: ReadonlySet<number>;
  readonly losses: Losses;
  /** Frames taken so far. */
  frames = 0;
  /** Of the first source; those behind it carry on. */
  info: CaptureInfo;
  private readonly linkTypes = new Set<number>();
  private readonly faults: string[] = [];

  constructor(
    private readonly feed: Feed | Member,
    place: Place,
    private readonly reading: Reading,
    private readonly captureFilter: string | null,
  ) {
    this.path = feed.path;
    this.info = emptyInfo(feed.path, null);
    this.point = this.label = place.point;
    this.node = place.node;
    this.names = place.names;
    this.ownMacs = place.ownMacs;
    this.losses = new Losses(feed);
  }

  /** The frame at hand, and the source that it is from. */
  get frame(): Frame {
    return this.reading.frame;
  }
  get source(): CaptureSource | null {
    return this.reading.source;
  }

  begin(source: CaptureSource): void {
    if (this.info.format === null && this.linkTypes.size === 0) this.info = source.info;
    this.reading.source = source;
    this.losses.begin(source);
  }

  /** The frame at hand was read. */
  see({ linkType }: Frame): void {
    if (!this.linkTypes.has(linkType)) this.linkTypes.add(linkType);
  }

  end(source: CaptureSource): void {
    this.losses.end(source);
    this.reading.source = null;
    const fault = this.feed.faultOf(source);
    if (fault !== null) this.faults.push(fault);
  }

  get state(): CaptureState {
    const { info, captureFilter, faults, losses, linkTypes } = this;
    return {
      format: info.format,
      linkTypes: [...linkTypes],
      dropped: losses.total,
      error: faults[0] ?? null,
      captureFilter: captureFilter ?? info.interfaces.find((i) => i.filter !== null)?.filter ?? null,
      ...('blind' in this.feed && { blind: this.feed.blind(Date.now()), clockAsked: true }),
    };
  }
}

/** Finds out where a feed's packets are captured; a feed of this system is known to be here. */
export async function liveInput(
  {
    feed,
    lab,
    captureFilter,
  }: {
    readonly feed: Feed;
    readonly lab: Pick<AnalyzeOptions, 'ifmap' | 'at'>;
    readonly captureFilter: string | null;
  },
  topology: Topology | null,
  registry: Registry,
  signal: AbortSignal,
): Promise<LiveInput> {
  const ifmap = lab.ifmap === null ? new Map<number, string>() : parseIfmap(lab.ifmap);
  const reading: Reading = { source: null, frame: new Frame() };
  const place = await find();
  checkIfmap(topology, [place.node], ifmap);
  return new LiveInput(feed, place, reading, captureFilter);

  async function find(): Promise<Place> {
    if (feed.here !== null) return systemPlace(feed.here, lab.at, topology, ifmap, reading);
    let look: Look | null = null;
    if (topology !== null)
      await feed.lookAhead((source) => {
        const ahead = new Look(registry, source);
        look = ahead;
        return (frame) => {
          ahead.take(frame);
          return ahead.enough;
        };
      }, signal);
    const interfaces = () => reading.source?.info.interfaces ?? [];
    return placeOf({ point: null, path: feed.path }, { at: lab.at, topology, ifmap, look, interfaces });
  }
}

/** One of several captures: it says itself where it is taken, and has the numbers of its interfaces. */
export function memberInput(
  member: Member,
  lab: Pick<AnalyzeOptions, 'ifmap'>,
  topology: Topology | null,
  frame: Frame,
): LiveInput {
  const ifmap = lab.ifmap === null ? new Map<number, string>() : parseIfmap(lab.ifmap);
  const { path } = member;
  const place = placeOf({ point: path, path }, { at: null, topology, ifmap, look: null, interfaces: () => [] });
  const named = { get: (index: number) => member.nameOf(index) } as ReadonlyMap<number, string>;
  const names = new InterfaceNames({ ifmap, topology, node: null, capture: named });
  return new LiveInput(member, { ...place, names }, { source: null, frame }, member.filter);
}

/** This system: its interface names and MACs hold. */
function systemPlace(
  captured: readonly string[],
  at: string | null,
  topology: Topology | null,
  ifmap: ReadonlyMap<number, string>,
  reading: Reading,
): Place {
  const system = systemInterfaces();
  const host = hostname();
  const isNode = (name: string | null): name is string => name !== null && (topology?.nodeNames.includes(name) ?? false);
  const found = at ?? (isNode(host) ? host : (topology?.pointFor({ sentBy: macsOf(system) }) ?? null));
  const numbers = new InterfaceNumbers();
  const named = (index: number): string | undefined => {
    if (reading.frame.linkType === LINKTYPE.LINUX_SLL2) return numbers.get(index);
    // A capture of one interface may not say its name: then it is that of the command line.
    return reading.source?.info.interfaces[index]?.name ?? captured.join(',');
  };
  return {
    point: found ?? host,
    node: isNode(found) ? found : null,
    names: new InterfaceNames({ ifmap, topology, capture: { get: named } as ReadonlyMap<number, string> }),
    // Frames from the MAC of a captured interface go out. Another interface of this system may be somebody else there.
    ownMacs: macsOf(system.filter((i) => captured.includes(i.name))),
  };
}
