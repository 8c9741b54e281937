// Finding fields by the name a user wrote.
import type { FieldDef } from './fields.js';
import { declaredFields, type Registry } from './registry.js';

/**
 * All definitions that answer to a display filter name: several dissectors may share a name (both cooked headers have
 * `sll.pkttype`), and a generic name such as `ip.addr` stands for several fields. Empty when nobody declares it.
 */
export function definitionsOf(registry: Registry, name: string): FieldDef[] {
  const found = new Set<FieldDef>();
  for (const d of registry.protocols)
    for (const def of declaredFields(d)) if (def.name === name || def.aliases.includes(name)) found.add(def);
  return [...found];
}

/** Every name that `definitionsOf` knows. */
export function fieldNames(registry: Registry): string[] {
  const names = new Set<string>();
  for (const d of registry.protocols)
    for (const def of declaredFields(d)) {
      names.add(def.name);
      for (const alias of def.aliases) names.add(alias);
    }
  return [...names].sort();
}

/** What Wireshark has called otherwise since version 3. */
const RENAMED: Readonly<Record<string, string>> = { bootp: 'dhcp', ssl: 'tls' };

/** A hint for a name that Wireshark once had, or null. */
export function renamed(name: string): string | null {
  const [protocol] = name.split('.');
  const now = Object.hasOwn(RENAMED, protocol!) ? RENAMED[protocol!]! : null;
  return now === null ? null : `Wireshark, too, calls it ${now}${name.slice(protocol!.length)} now`;
}
