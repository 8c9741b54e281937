// Groups of what belongs together, by a key.

/** The entry of a map, made when it is missing. */
export function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Adds to the list of a key. */
export const push = <K, V>(map: Map<K, V[]>, key: K, value: V): void => void entry(map, key, (): V[] => []).push(value);

/** What `list` holds, by the key of each. */
export function groupedBy<K, V>(list: Iterable<V>, keyOf: (one: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const one of list) push(groups, keyOf(one), one);
  return groups;
}
