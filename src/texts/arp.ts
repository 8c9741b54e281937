// ARP as print-arp.c of tcpdump prints it: Request who-has A tell B, Reply A is-at MAC, Announcement A, Probe A.
import { OPEN } from './frame.js';
import { addressKey, type Parts } from './parts.js';

const REQUEST = 1;
const REPLY = 2;

const SIZE = 28;

/** Behind `ARP, ` or the ethertype. */
export function arp(parts: Parts): boolean {
  if (!message(parts)) return false;
  const { scan, frame } = parts;
  // Padding counts in the length.
  if (scan.take(', length ')) frame.unseen += Math.max(0, Math.min(scan.number(), 1500) - SIZE);
  return true;
}

function message(parts: Parts): boolean {
  const { scan, frame, names, memory } = parts;
  if (scan.take('Ethernet (len 6), IPv4 (len 4), ') || scan.take('Ethernet (len 6), ')) scan.blanks();
  const { text } = scan;
  const at = frame.add(28);
  frame.u16(at, 1);
  frame.u16(at + 2, 0x0800);
  frame.u8(at + 4, 6);
  frame.u8(at + 5, 4);
  const address = (end: number, into: number): boolean => {
    const from = scan.at;
    if (!names.read(text, from, end, 4, false)) return false;
    frame.put(names.bytes, into, 4);
    scan.at = end;
    return true;
  };
  const untilWord = (): number => {
    let i = scan.at;
    while (i < text.length && text[i] !== ',' && text[i] !== ' ' && text[i] !== '\n') i++;
    return i;
  };
  // Who sends the frame is who speaks of himself; without -e his MAC is not printed, and stays 0.
  if (parts.hasSourceMac) frame.put(parts.sourceMac, at + 8, 6);
  else frame.open |= OPEN.asker;
  if (scan.take('Request who-has ') || scan.take('who-has ')) {
    frame.u16(at + 6, REQUEST);
    if (!address(untilWord(), at + 24)) return false;
    // (ff:ff:ff:ff:ff:ff), (Broadcast): a target MAC that is not zero.
    if (scan.take(' (')) {
      if (!scan.mac(frame.bytes.subarray(at + 18, at + 24))) frame.bytes.fill(255, at + 18, at + 24);
      scan.skipTo(')');
    }
    if (!scan.take(' tell ')) return false;
    if (!address(untilWord(), at + 14)) return false;
    memory.wants(addressKey(frame.bytes.subarray(at + 24), 4), frame.bytes.slice(at + 14, at + 18), parts.atSeconds);
    return true;
  }
  if (scan.take('Reply ') || scan.take('reply ')) {
    frame.u16(at + 6, REPLY);
    frame.open = (frame.open & ~OPEN.asker) | OPEN.asked;
    if (!address(untilWord(), at + 14) || !scan.take(' is-at ')) return false;
    if (!scan.mac(frame.bytes.subarray(at + 8, at + 14))) return false;
    const asker = memory.asker(addressKey(frame.bytes.subarray(at + 14), 4), parts.atSeconds);
    // An answer that nobody has asked for speaks to all, about its sender.
    frame.put(asker ?? frame.bytes.subarray(at + 14, at + 18), at + 24, 4);
    return true;
  }
  const isProbe = scan.take('Probe ');
  if (!isProbe && !scan.take('Announcement ')) return false;
  frame.u16(at + 6, REQUEST);
  if (!address(untilWord(), at + 24)) return false;
  if (!isProbe) frame.bytes.copyWithin(at + 14, at + 24, at + 28);
  return true;
}
