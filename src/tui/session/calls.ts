// What people call a packet: its number in the file of its capture, which of several is named beside it.
import { plainWidth } from '../../bytes/text.js';
import type { Packets } from './packets.js';

export class PacketCalls {
  constructor(private readonly packets: Packets) {}

  packetOf(point: string | null, frame: number): number {
    const { captures } = this.packets.lab;
    const isIt = (one: { readonly label: string; readonly point: string }) => one.label === point || one.point === point;
    return this.packets.packetOf(captures.length === 1 ? 0 : captures.findIndex(isIt), frame);
  }

  nameOf(number: number): string {
    const { store, lab } = this.packets;
    if (lab.captures.length === 1 || number < 1 || number > store.count) return String(number);
    return `${plainWidth(lab.captures[store.capture(number)].label)}:${this.packets.frameOf(number)}`;
  }

  frameBeside(number: number, frame: number): number {
    const { store } = this.packets;
    return number < 1 || number > store.count ? frame : this.packets.packetOf(store.capture(number), frame);
  }
}
