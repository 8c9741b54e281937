// Small things that putting a topology together needs.
import { Ip } from '../ip.js';

/** `192.168.10.200` of `192.168.10.200/24`. */
export function hostPart(text: string): string {
  return text.slice(0, text.indexOf('/'));
}

export function byAddress([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return (Ip.parse(a) as Ip).compare(Ip.parse(b) as Ip);
}

/** For objects whose keys come from inputs: `__proto__` is a name like any other. */
export function define<T>(map: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
}
