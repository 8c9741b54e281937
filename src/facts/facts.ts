// What a run has taught, for those who judge it: one file a fact, worked out when first asked for. Rules and expectations read facts and
// the handles of conversations, never the columns of the tracker.

import { Words } from '../bytes/words.js';
import type { Checksums } from '../flows/checksums.js';
import type { Complaint } from '../flows/complaints.js';
import type { Dns } from '../flows/dns.js';
import type { LateReplies } from '../flows/outcomes.js';
import type { Services } from '../flows/services/services.js';
import type { Tracker } from '../flows/tracker.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import type { Witness } from '../witnesses/testimony.js';
import { Answers } from './answers.js';
import { Bridges } from './bridges.js';
import { CaptureDoubts } from './capture-doubts.js';
import { Causes } from './causes.js';
import { Claims } from './claims.js';
import { type Conversation, type Direction, Handles } from './conversation.js';
import { Crossings } from './crossings.js';
import { Delivery } from './delivery.js';
import { Encrypted } from './encrypted.js';
import { Errors } from './errors.js';
import { Health } from './health.js';
import { Hearing } from './hearing.js';
import { Interfaces } from './interfaces.js';
import { lazy } from './lazy.js';
import { Leases } from './leases.js';
import { Ledger } from './ledger.js';
import { Links } from './links.js';
import { Neighbours } from './neighbours.js';
import { Ownership } from './ownership.js';
import { PassingThrough } from './passing.js';
import { Paths } from './paths.js';
import { Separation } from './separation.js';
import { lastUp } from './sessions.js';
import { Sizes } from './sizes.js';
import { Stations } from './stations.js';
import { SwallowedTunnels } from './swallowed.js';
import { Translation } from './translation.js';
import { Tunnels } from './tunnels.js';
import { Ways } from './ways.js';
import { Witnesses } from './witnesses.js';

/** One capture of the run, as far as a rule may know it. What a rule calls a source is the first capture of a point: it stands for the node. */
export interface CapturePoint {
  readonly point: string;
  /** Names the capture where a point has several; the point's name when not given. */
  readonly label?: string;
  /** How far its clock is ahead of the run's, in nanoseconds. */
  readonly aheadNs?: number;
  /** The run's clock is that of this machine, and the point was asked what its own shows. */
  readonly clockAsked?: boolean;
  /** The node of the topology it was taken on, or null. */
  readonly node: string | null;
  /** Frames lost according to the file; null where it does not say. */
  readonly dropped: number | null;
  /** Nothing was captured for a while, of a capture that goes on: why; null: it captured all the time. */
  readonly blind?: string | null;
  /** The reading stopped early. */
  readonly broken: boolean;
  /** The reading was interrupted. */
  readonly interrupted?: boolean;
  /** When it was captured for certain, by the run's clock, whether packets came or not; only `capture` says so. */
  readonly taken?: { readonly firstNs: number; readonly lastNs: number };
  /** Of the first one of a bundle: points that were not captured, or not to the end (`point`), and commands that failed. */
  readonly lacking?: readonly { readonly point: string | null; readonly text: string }[];
  /** Why, where it was not the user who did it. */
  readonly whyInterrupted?: string;
  /** A capture filter is known to have been set (pcapng if_filter). */
  readonly filter: string | null;
  /** All interfaces of the node were captured (tcpdump -i any): what is not seen going out did not go out. */
  readonly everyInterface: boolean;
  /** Parts of its frames are not known, since a text has been read: a TTL of 0 may be one that is not printed. */
  readonly withUnknown?: boolean;
  /** The words of a text that addresses stand for: names, and what was made unreadable. */
  readonly words?: ReadonlyMap<string, readonly string[]>;
  /** It names interfaces, but not all of them: what goes out may go out by another. */
  readonly someUnnamed?: boolean;
  /** Length of a frame's record in the file, by its captured bytes; without it there is no file. */
  readonly recordLength?: (captured: number) => number;
}

const UNTOLD = { witnesses: [], zeroSeconds: 0 };

export class Facts {
  readonly captures: readonly CapturePoint[];
  /** What the captures may not show. */
  readonly doubts = new CaptureDoubts(this);
  readonly interfaces = new Interfaces(this);
  /** How a path leads through the nodes it shows, and how packets cross each of them. */
  readonly paths = new Paths();
  readonly crossings = new Crossings(this);
  /** Several ways to one destination. */
  readonly ways = new Ways(this);
  /** What got through a node, and what did not. */
  readonly passing = new PassingThrough(this);
  readonly delivery = new Delivery(this);
  /** Whether answers would have been seen. */
  readonly hearing = new Hearing(this);
  readonly translation = new Translation(this);
  readonly ownership = new Ownership(this);
  readonly neighbours = new Neighbours(this);
  readonly claims = new Claims(this);
  readonly links = new Links(this);
  readonly bridges = new Bridges(this);
  readonly stations = new Stations(this);
  readonly tunnels = new Tunnels(this);
  /** Tunnels that a filter on the way drops. */
  readonly swallowed = new SwallowedTunnels(this);
  readonly errors = new Errors(this);
  /** Whether questions were accepted, refused or dropped. */
  readonly answers = new Answers(this);
  readonly sizes = new Sizes(this);
  /** What separates conversations that fail from those that work. */
  readonly separation = new Separation(this);
  readonly leases = new Leases(this);
  /** What texts of other tools tell of the run. */
  readonly witnesses: Witnesses;
  /** Which finding explains what. */
  readonly causes = new Causes(this);
  private readonly handles: Handles;

  constructor(
    /** For the facts and for those who watch packets pass; a rule has no use for it. */
    readonly tracker: Tracker,
    captures: readonly CapturePoint[],
    readonly topology: Topology | null,
    /** The captures have ended: what is open now will not be answered any more. */
    readonly ended: boolean,
    /** Texts of other tools, and zero of the run's clock, in seconds since 1970. */
    told: { readonly witnesses: readonly Witness[]; readonly zeroSeconds: number } = UNTOLD,
  ) {
    const everywhere = new Set(captures.flatMap(({ point, everyInterface }) => (everyInterface ? [point] : [])));
    this.captures = captures.map((capture) => ({ ...capture, everyInterface: everywhere.has(capture.point) }));
    this.handles = Handles.of(tracker);
    this.witnesses = new Witnesses(this, told.witnesses, told.zeroSeconds);
  }

  /** Everything that wants an answer, with what became of it. */
  get ledger(): Ledger {
    return this.book();
  }
  private readonly book = lazy(() => new Ledger(this));

  /** By conversation (uid), when the session that it belongs to was up last. */
  private readonly sessions = lazy(() => lastUp(this));

  /** The session of this conversation was up after that time, so what was refused before is how a start goes. */
  cameUp({ uid }: Conversation, sinceNs: number): boolean {
    return (this.sessions().get(uid) ?? Number.NEGATIVE_INFINITY) > sinceNs;
  }

  /** What is encrypted, beside the rest. */
  get encrypted(): Encrypted {
    return this.ciphers();
  }
  private readonly ciphers = lazy(() => new Encrypted(this));

  /** Last moment any frame of the run was seen. */
  get nowNs(): number {
    return this.tracker.nowNs;
  }
  get dns(): Dns {
    return this.tracker.dns;
  }
  /** Replies to pings that came after more than a second, by conversation (uid). */
  get lateReplies(): ReadonlyMap<number, LateReplies> {
    return this.tracker.outcomes.late;
  }
  get complaints(): Iterable<Complaint> {
    return this.tracker.complaints.list;
  }
  get services(): Services {
    return this.tracker.services;
  }
  get checksums(): Checksums {
    return this.tracker.checksums;
  }

  readonly conversations = lazy((): readonly Conversation[] => {
    const t = this.tracker.conversations;
    const found: Conversation[] = [];
    for (let slot = 0; slot < t.used; slot++) if (t.exists(slot)) found.push(this.handles.at(slot));
    return found;
  });

  /** Packets of all conversations, each counted once however often it was seen. */
  readonly packets = lazy(() => {
    const t = this.tracker.conversations;
    let sum = 0;
    for (let slot = 0; slot < t.used; slot++) if (t.exists(slot)) sum += t.packets[slot * 2] + t.packets[slot * 2 + 1];
    return sum;
  });

  /** Those that pass a test. */
  conversationsThat(test: (conversation: Conversation) => boolean): Conversation[] {
    return this.conversations().filter(test);
  }

  /** Of each conversation the request, then the reply; also where no packet of it was seen. */
  readonly directions = lazy((): readonly Direction[] => {
    const found: Direction[] = [];
    for (const { request, reply } of this.conversations()) found.push(request, reply);
    return found;
  });

  /** Which connections went well. */
  readonly health = lazy(() => new Health(this.tracker));

  /**
   * Conversations that are not known to be healthy (health.ts), in the order of `conversations`: a fault shows in one of these, so who looks
   * for faults walks no others.
   */
  readonly ailing = lazy((): readonly Conversation[] => this.health().ailing.map((slot) => this.handles.at(slot)));
  /** Those with replies or resets of another MAC than their other packets (flows/strangers.ts). */
  readonly strange = lazy((): readonly Conversation[] => this.tracker.strangers.slots.map((slot) => this.handles.at(slot)));

  readonly ailingDirections = lazy(() => this.ailing().flatMap(({ directions }) => directions));

  /**
   * The ailing ones, and of the healthy ones those that show something new: an address on a path, or a pair of paths. Who is there and which
   * paths lead where is the same with these as with all; not so ports, times, numbers of packets, and pairs of hosts.
   */
  readonly examples = lazy((): readonly Conversation[] => this.health().examples.map((slot) => this.handles.at(slot)));
  readonly exampleDirections = lazy(() => this.examples().flatMap(({ directions }) => directions));

  /** Packets of an example that took this path, with those of all conversations that it stands for. */
  packetsLike({ conversation: { slot }, isReply }: Direction, { path, count }: PathUse): number {
    return this.health().packetsLike(slot, isReply ? 1 : 0, path.id, count);
  }

  /** The conversation with this uid, or null when it was forgotten. */
  conversation(uid: number): Conversation | null {
    const slot = this.slots().get(uid);
    return slot === undefined ? null : this.handles.at(slot);
  }
  // Only when asked for: facts are made anew several times a second while packets arrive.
  private readonly slots = lazy(() => {
    const t = this.tracker.conversations;
    const found = new Map<number, number>();
    for (let slot = 0; slot < t.used; slot++) if (t.exists(slot)) found.set(t.uid[slot], slot);
    return found;
  });

  /** The direction of packets from one end to the other, or null when there is no such conversation. */
  directionOf(from: Ip, to: Ip, proto: number, fromPort: number, toPort: number): Direction | null {
    const t = this.tracker.conversations;
    const slot = t.find(from, to, proto, fromPort, toPort);
    return slot < 0 ? null : this.handles.at(slot).directions[t.way];
  }

  /** Uids of the conversations with this address at one end. */
  withEnd(ip: Ip): number[] {
    return this.conversationsThat(({ initiator, responder }) => initiator.equals(ip) || responder.equals(ip)).map(
      ({ uid }) => uid,
    );
  }

  /** The node of the topology that this capture was taken on, or null. */
  node(source: number): string | null {
    return this.captures[source].node;
  }

  /** The text with the words that were printed, where it has addresses that stand for them. */
  spelt(text: string): string {
    return this.words().spelt(text);
  }

  private readonly words = lazy(() => {
    const all = new Words();
    for (const { words } of this.captures) if (words !== undefined) all.take(words);
    return all;
  });

  /** `172.20.2.1 (default/webpod)`. */
  named(ip: Ip): string {
    const name = this.topology?.nameOf(ip) ?? null;
    return name === null ? String(ip) : `${ip} (${name})`;
  }
}
