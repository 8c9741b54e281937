// Checksums that tcpdump -v has checked: `cksum 0x1 (incorrect -> 0x2)`, `[bad udp cksum 0x1 -> 0x2!]`, `(wrong icmp cksum 1 (->2)!)`. The
// bytes that they cover are not in the text, so what it says is kept.
import { checksumFold, pseudoHeader } from '../bytes/checksum.js';
import { type FrameText, OPEN, PROTO } from './frame.js';

interface Sum {
  /** Offset of the IP header in front. */
  readonly ip: number;
  readonly family: 4 | 6;
  readonly proto: number;
  /** As the packet has it, where it is wrong; null: it is right. */
  readonly stated: number | null;
}

const WRONG = /0x([0-9a-f]{1,4}) (?:\(incorrect )?-> /;

export class Sums {
  private readonly list: Sum[] = [];

  constructor(private readonly frame: FrameText) {}

  clear(): void {
    this.list.length = 0;
  }

  /** What is said of the checksum of the packet whose IP header is the last one made. */
  take(said: string, proto: number, family: 4 | 6): void {
    const wrong = WRONG.exec(said);
    this.add(proto, family, wrong === null ? null : Number.parseInt(wrong[1], 16));
  }

  icmp(isWrong: boolean): void {
    this.add(PROTO.icmp, 4, isWrong ? 0 : null);
  }

  /** What the datagram carries is not printed: as a tunnel's, its checksum is not finished while that of the packet inside is not. */
  forget(): void {
    if (this.list.at(-1)?.ip === this.frame.lastIp) this.list.pop();
  }

  private add(proto: number, family: 4 | 6, stated: number | null): void {
    this.list.push({ ip: this.frame.lastIp, family, proto, stated });
  }

  /** The frame is made, with its lengths: notes which checksums are wrong. A receiver of the right packet inside a tunnel drops it, too. */
  judge(): void {
    const { list, frame } = this;
    const inner = list.find(({ ip }) => ip === frame.lastIp);
    if (inner === undefined) return;
    if (this.isWrong(inner)) frame.open |= OPEN.wrongSum;
    if (inner.stated !== null) return;
    const outer = list.find((one) => one.ip < frame.lastIp && this.isWrong(one));
    if (outer?.proto !== PROTO.udp) return;
    frame.open |= OPEN.wrongOuterSum;
    // Nought would say that the sender gave none.
    frame.u16(outer.ip + (outer.family === 4 ? 20 : 40) + 6, outer.stated ?? 0);
  }

  /** A checksum left to the card holds the sum of the pseudo header, in segments that the card will cut without the length; or nothing. */
  private isWrong({ ip, family, proto, stated }: Sum): boolean {
    if (stated === null) return false;
    if (proto === PROTO.icmp) return true;
    const { bytes } = this.frame;
    const [addresses, size, header] = family === 4 ? ([ip + 12, 4, 20] as const) : ([ip + 8, 16, 40] as const);
    const partial = (length: number): number => ~checksumFold(pseudoHeader(bytes, addresses, size, proto, length)) & 0xffff;
    return stated !== 0 && stated !== partial(this.frame.ipLengthAt(ip) - header) && stated !== partial(0);
  }
}
