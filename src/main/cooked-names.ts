// Names for the interface numbers of cooked captures where the topology has no numbers: the frames that the node itself sent have the MAC of
// their interface, and its ARP messages the address that is on the link.
import { addresses as arpAddresses, ethIpv4 } from '../../dissectors/arp.js';
import type { Packet } from '../flows/packet.js';
import type { InterfaceMap } from '../topology/ifmap.js';
import { Ip } from '../topology/ip.js';
import type { Interface } from '../topology/model.js';

/** What frames that left by one interface tell of it. */
interface Sent {
  /** Source MACs (48 bits), with how many frames have them: a bridge passes on the frames of others. */
  readonly macs: Map<number, number>;
  /** Sender and target of ARP messages of the node itself. */
  readonly asked: (readonly [Ip, Ip])[];
}

/** ARP messages looked at, for each interface. */
const MAX_ASKED = 16;

export class CookedNames {
  private readonly sent = new Map<number, Sent>();

  /** A frame with a cooked header that left by an interface. */
  take(packet: Packet): void {
    const index = packet.interfaceIndex();
    let sent = this.sent.get(index);
    if (sent === undefined) {
      sent = { macs: new Map(), asked: [] };
      this.sent.set(index, sent);
    }
    const mac = packet.sourceMac();
    if (mac > 0) sent.macs.set(mac, (sent.macs.get(mac) ?? 0) + 1);
    const { stack, bytes } = packet;
    if (stack.arp < 0 || stack.arpTunnel >= 0 || sent.asked.length >= MAX_ASKED) return;
    const at = ethIpv4(bytes, stack.layers.start[stack.arp], stack.layers.end[stack.arp]);
    if (at < 0) return;
    const ip = (number: number) => new Ip(0, 0, 0xffff, number);
    sent.asked.push([ip(arpAddresses.get['src.proto_ipv4'](bytes, at)), ip(arpAddresses.get['dst.proto_ipv4'](bytes, at))]);
  }

  /** Names by number; none for two numbers that would have the same: a bridge and its port send with one MAC. */
  of(interfaces: readonly Interface[]): InterfaceMap {
    const names = new Map<number, string>();
    const taken = new Map<string, number>();
    for (const [index, sent] of this.sent) {
      const name = byMac(interfaces, sent) ?? byAddress(interfaces, sent);
      if (name === null) continue;
      names.set(index, name);
      taken.set(name, (taken.get(name) ?? 0) + 1);
    }
    for (const [index, name] of names) if (taken.get(name) !== 1) names.delete(index);
    return names;
  }
}

function byMac(interfaces: readonly Interface[], { macs }: Sent): string | null {
  const frames = (i: Interface): number => (i.mac === null ? 0 : (macs.get(i.mac) ?? 0));
  const most = Math.max(0, ...interfaces.map(frames));
  if (most === 0) return null;
  const fits = interfaces.filter((i) => frames(i) === most);
  return fits.length === 1 ? fits[0].name : null;
}

/** The only interface whose network holds both ends of its ARP messages, and whose MAC, where it is known, is no other. */
function byAddress(interfaces: readonly Interface[], { asked, macs }: Sent): string | null {
  const fits = interfaces.filter(
    (i) =>
      (i.mac === null || macs.has(i.mac)) &&
      i.addresses.some((own) => asked.some(([from, to]) => own.address.equals(from) && own.contains(to))),
  );
  return fits.length === 1 ? fits[0].name : null;
}
