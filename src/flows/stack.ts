// The headers of one frame, walked: where each IP header is, what carries it, what it carries.
import { arp } from '../../dissectors/arp.js';
import { eth } from '../../dissectors/eth.js';
import { vlan } from '../../dissectors/vlan.js';
import type { Frame } from '../capture/frame.js';
import { protocol, table } from '../dissect/dissector.js';
import type { Registry } from '../dissect/registry.js';
import { ROLE } from '../dissect/registry.js';
import { Layers, TABLE_SIZE } from '../dissect/walk.js';
import { VLAN } from './generated/header-offsets.js';

/** IP headers that are looked at in one frame; tunnels within tunnels within tunnels are counted from outside. */
export const MAX_LEVELS = 8;

const TCP_PORT = table('tcp.port');
const ISL = protocol('isl');
/** Where a header of ISL has its VLAN, in the first 15 bits. */
const ISL_VLAN_AT = 20;

/** One reused record: keep numbers of it, never the stack itself. */
export class Stack {
  readonly layers: Layers;
  /** Number of IP headers, outermost first; a quoted packet's do not count. */
  levels = 0;
  /** Layer numbers of each level's IP header, transport header (-1: none), and of the tunnel header in front of it (-1: none). */
  readonly net = new Int32Array(MAX_LEVELS);
  readonly l4 = new Int32Array(MAX_LEVELS);
  readonly tunnel = new Int32Array(MAX_LEVELS);
  /** Layer number of an ARP header, or -1, and of the tunnel that carries it, or -1. */
  arp = -1;
  arpTunnel = -1;
  /** VLAN id of the outermost tag, or -1. */
  vlan = -1;
  /** Layer number of the innermost Ethernet header; 0 where none is after the outermost header. */
  innerEth = 0;
  /** A number for the stack of headers; not of those that an ICMP error quotes. */
  hash = 0;
  /** Layers of the frame itself: those of a packet that an ICMP error quotes come after them. */
  own = 0;

  /** `streams`: whether what TCP carries is looked into. No conversation and no rule asks for it; filters do. */
  constructor(registry: Registry, streams = true) {
    this.layers = new Layers(registry);
    if (!streams) this.layers.unasked = TCP_PORT.id * TABLE_SIZE;
  }

  walk(frame: Frame): void {
    const { layers, net, l4 } = this;
    layers.walk(frame);
    const { proto, quotedFrom, count } = layers;
    const { roles } = layers.registry;
    const own = count < quotedFrom ? count : quotedFrom;
    let levels = 0;
    let tunnel = -1;
    // A header that is there in part counts.
    let hash = (layers.stop << 8) | (layers.partial ? proto[count] : 0xff);
    this.arp = -1;
    this.vlan = -1;
    let innerEth = 0;
    for (let i = 0; i < own; i++) {
      hash = Math.imul(hash, 0x01000193) ^ proto[i];
      switch (roles[proto[i]]) {
        case ROLE.network:
          if (levels < MAX_LEVELS) {
            net[levels] = i;
            l4[levels] = -1;
            this.tunnel[levels++] = tunnel;
          }
          tunnel = -1;
          break;
        case ROLE.transport:
          if (levels > 0) l4[levels - 1] = i;
          break;
        case ROLE.tunnel:
          tunnel = i;
          break;
        case ROLE.neighbour:
          if (proto[i] === arp.ref.id) this.arp = i;
          break;
        case ROLE.link:
          if (proto[i] === eth.ref.id) innerEth = i;
          else if (proto[i] === vlan.ref.id && this.vlan < 0)
            this.vlan = layers.view.getUint16(layers.start[i] + VLAN.id) & 0xfff;
          else if (proto[i] === ISL.id && this.vlan < 0) this.vlan = layers.view.getUint16(layers.start[i] + ISL_VLAN_AT) >> 1;
          break;
        default:
      }
    }
    this.hash = hash;
    this.innerEth = innerEth;
    this.own = own;
    this.levels = levels;
    this.arpTunnel = this.arp >= 0 ? tunnel : -1;
  }
}
