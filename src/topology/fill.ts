// A topology that people have written, and beside it what was gathered from the outputs of tools: what is written counts, the rest adds to it.
import type { TopologyFile } from './schema.js';

type Members = Record<string, unknown>;

/** Lists that are whole where they are written. */
const WHOLE: ReadonlySet<string> = new Set(['routes', 'routesOf', 'rules', 'podCIDRs', 'inside', 'except', 'owner', 'service']);

/** Both files are checked ones. `differs`: told of each value that is gathered otherwise than it is written. */
export function fill(written: TopologyFile, gathered: TopologyFile, differs: (line: string) => void): TopologyFile {
  const nodes = Object.entries(written.nodes ?? {});
  const taken = new Map(nodes.flatMap(([name, { podCIDRs = [] }]) => podCIDRs.map((cidr) => [cidr, name] as const)));
  const more = structuredClone(gathered);
  for (const [name, node] of Object.entries(more.nodes ?? {})) {
    const known = Object.hasOwn(written.nodes ?? {}, name) ? written.nodes?.[name] : undefined;
    // Rules and families belong to the routes that they were read with.
    if (known?.routes !== undefined) for (const key of ['routes', 'routesOf', 'rules'] as const) delete node[key];
    if (node.podCIDRs !== undefined) node.podCIDRs = node.podCIDRs.filter((cidr) => (taken.get(cidr) ?? name) === name);
  }
  if (written.masquerade !== undefined) delete more.masquerade;
  return filled(written, more, '', differs) as TopologyFile;
}

function filled(written: unknown, gathered: unknown, path: string, differs: (line: string) => void): unknown {
  if (written === undefined) return gathered;
  if (gathered === undefined) return written;
  if (Array.isArray(written) && Array.isArray(gathered))
    return WHOLE.has(path.slice(path.lastIndexOf('.') + 1)) ? written : [...new Set([...written, ...gathered])];
  if (isMembers(written) && isMembers(gathered)) {
    const all: Members = {};
    for (const key of new Set([...Object.keys(written), ...Object.keys(gathered)])) {
      const value = filled(own(written, key), own(gathered, key), path === '' ? key : `${path}.${key}`, differs);
      // `__proto__` is a name like any other.
      Object.defineProperty(all, key, { value, enumerable: true, writable: true, configurable: true });
    }
    return all;
  }
  if (JSON.stringify(written) !== JSON.stringify(gathered))
    differs(
      `${path} is ${JSON.stringify(written)} in the topology file and ${JSON.stringify(gathered)} in the texts; the file counts`,
    );
  return written;
}

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (members: Members, key: string): unknown => (Object.hasOwn(members, key) ? members[key] : undefined);
