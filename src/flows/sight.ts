// Where and which way a frame was seen: by its cooked header, by the capture file, or by the MACs of the capturing node.

import { eth } from '../../dissectors/eth.js';
import { PACKET, sll, sll2 } from '../../dissectors/sll.js';
import { u32, u48 } from '../bytes/read.js';
import { DIRECTION, type Direction, type Frame, UNKNOWN } from '../capture/frame.js';
import type { Layers } from '../dissect/walk.js';
import type { InterfaceName } from '../topology/ifmap.js';
import { ETH, SLL, SLL2 } from './generated/header-offsets.js';

/** Interface number as the frame itself tells it (SLL2), else the capture's. */
export function interfaceIndex(layers: Layers, frame: Frame): number {
  return layers.count > 0 && layers.proto[0] === sll2.ref.id
    ? u32(layers.bytes, layers.start[0] + SLL2.ifindex)
    : frame.interfaceId;
}

/** Whether a cooked header (version 1) hides the interface. */
export const interfaceHidden = (layers: Layers): boolean => layers.count > 0 && layers.proto[0] === sll.ref.id;

/** Direction as the cooked header or the capture file tells it; `unknown` where neither does. */
export function statedDirection(layers: Layers, frame: Frame): Direction {
  if (layers.count > 0) {
    const first = layers.proto[0];
    if (first === sll2.ref.id) return directionOfType(layers.bytes[layers.start[0] + SLL2.pkttype]);
    if (first === sll.ref.id) return directionOfType(layers.bytes[layers.start[0] + SLL.pkttype + 1]);
  }
  return frame.direction;
}

/** Source MAC of layer `n`, by default the outermost header (48 bits), -1 where it has none. */
export function sourceMac(layers: Layers, n = 0): number {
  const { bytes } = layers;
  if (n >= layers.count) return -1;
  const at = layers.start[n];
  const proto = layers.proto[n];
  if (proto === eth.ref.id) return isHidden(layers, n) ? -1 : u48(bytes, at + ETH.src);
  if (proto === sll2.ref.id) return bytes[at + SLL2.halen] === MAC_BYTES ? u48(bytes, at + SLL2.addr) : -1;
  if (proto === sll.ref.id) return bytes[at + SLL.halen + 1] === MAC_BYTES ? u48(bytes, at + SLL.addr) : -1;
  return -1;
}

/** Destination MAC of the outermost header, -1 where there is none: cooked headers have the sender's only. */
export const destinationMac = (layers: Layers): number =>
  layers.count > 0 && layers.proto[0] === eth.ref.id && !isHidden(layers, 0) ? u48(layers.bytes, layers.start[0]) : -1;

/** The MACs of the Ethernet header of layer `n` are not known. */
const isHidden = ({ frame }: Layers, n: number): boolean =>
  frame !== null && (frame.unknown & (n === 0 ? UNKNOWN.link : UNKNOWN.innerLink)) !== 0;

/** Direction by the MACs of the node the capture was taken on. */
export function directionByMac(source: number, destination: number, own: ReadonlySet<number>): Direction {
  if (own.has(source)) return DIRECTION.out;
  if (destination < 0) return DIRECTION.unknown;
  if (own.has(destination)) return DIRECTION.in;
  // Broadcast and multicast reach this host too.
  return isGroup(destination) ? DIRECTION.in : DIRECTION.other;
}

/** The group bit (IEEE 802 clause 8): not for one station. */
const isGroup = (mac: number): boolean => Math.floor(mac / 0x100_0000_0000) % 2 === 1;

/** What kind of frame the host saw that captured it: for whom it was, or that it sent it. An enum: its numbers stand in the built code. */
export enum KIND {
  /** Not known. */
  unknown = 0,
  toUs = 1,
  broadcast = 2,
  multicast = 3,
  /** To another host: no one here takes it in. */
  other = 4,
  outgoing = 5,
}

/**
 * Kind of the Ethernet frame at `at`: by its direction (as all that is known says), its destination MAC and the MACs of the node it was
 * captured on.
 */
export function ethernetKind(bytes: Uint8Array, at: number, direction: Direction, own: ReadonlySet<number>): KIND {
  if (direction === DIRECTION.out) return KIND.outgoing;
  if ((bytes[at + ETH.dst] & 1) !== 0) return u48(bytes, at + ETH.dst) === BROADCAST ? KIND.broadcast : KIND.multicast;
  if (own.size === 0) return direction === DIRECTION.other ? KIND.other : KIND.unknown;
  return own.has(u48(bytes, at + ETH.dst)) ? KIND.toUs : KIND.other;
}

/** By the packet type of a cooked header. Types 0 to 4 are in the order of the kinds; of others (looped back, to user space) it is not known. */
export const cookedKind = (type: number): KIND => (type <= PACKET.fromUs ? KIND.toUs + type : KIND.unknown);

/** The MAC of everybody on a link. */
export const BROADCAST = 0xffff_ffff_ffff;
export const MAC_BYTES = 6;

/** By the packet type of a cooked header. */
export function directionOfType(type: number): Direction {
  if (type <= PACKET.multicast) return DIRECTION.in;
  if (type === PACKET.fromUs) return DIRECTION.out;
  return type === PACKET.other ? DIRECTION.other : DIRECTION.unknown;
}

const DIRECTION_NAMES: Readonly<Record<Direction, string | null>> = {
  [DIRECTION.unknown]: null,
  [DIRECTION.in]: 'in',
  [DIRECTION.out]: 'out',
  [DIRECTION.other]: 'passing',
};

/** The names that one capture's frames are given: by interface number and direction. */
export class Sight {
  /** What was last asked for: most frames come from the interface of the one before. */
  private lastIndex = -1;
  private lastCooked = false;
  private lastName: string | null = null;

  constructor(
    private readonly names: { of(index: number): InterfaceName },
    private readonly ownMacs: ReadonlySet<number> = new Set(),
  ) {}

  /** Name of the interface of the frame at hand; null where the capture does not tell interfaces apart. */
  name(layers: Layers): string | null {
    const frame = layers.frame;
    if (frame === null || interfaceHidden(layers)) return null;
    const index = interfaceIndex(layers, frame);
    // A pcapng can hold cooked frames beside others: the same number is another interface then.
    const cooked = layers.count > 0 && layers.proto[0] === sll2.ref.id;
    if (index !== this.lastIndex || cooked !== this.lastCooked) {
      const { name, nameFrom } = this.names.of(index);
      // The number of a cooked header means something without a name; pcap's only interface does not.
      this.lastName = nameFrom === 'none' && !cooked ? null : name;
      this.lastIndex = index;
      this.lastCooked = cooked;
    }
    return this.lastName;
  }

  direction(layers: Layers): Direction {
    const frame = layers.frame;
    if (frame === null) return DIRECTION.unknown;
    const stated = statedDirection(layers, frame);
    if (stated !== DIRECTION.unknown || this.ownMacs.size === 0) return stated;
    return directionByMac(sourceMac(layers), destinationMac(layers), this.ownMacs);
  }

  /** `in`, `out`, `passing` (for another host); null where it is not known. */
  directionName(layers: Layers): string | null {
    return DIRECTION_NAMES[this.direction(layers)];
  }
}
