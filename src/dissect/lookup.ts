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
