// Points and interfaces that a user names and the topology has under a slightly different name: a slip would cost all that the topology knows,
// without a word. A name that is like no other is a point of its own: a pod, or a node that the topology does not know.
import { misspelt } from '../bytes/nearest.js';
import { UsageError } from '../errors.js';
import type { InterfaceMap } from '../topology/ifmap.js';
import type { Topology } from '../topology/model.js';

/** Throws UsageError for a point (`POINT=FILE`, `--at`, `captures:`) whose name is nearly that of a node. */
export function checkPoint(topology: Topology | null, point: string): void {
  const meant = misspelt(point, topology?.nodeNames ?? []);
  if (meant !== null)
    throw new UsageError(
      `no node of the topology is called '${point}', which is named as a capture point; did you mean '${meant}'?`,
    );
}

/** Throws UsageError for a name of --ifmap that is nearly that of an interface of these nodes. */
export function checkIfmap(topology: Topology | null, nodes: readonly (string | null)[], ifmap: InterfaceMap): void {
  const names = nodes.flatMap((node) => (node === null ? [] : (topology?.node(node)?.interfaces.map((i) => i.name) ?? [])));
  for (const [index, name] of ifmap) {
    const meant = misspelt(name, names);
    if (meant !== null)
      throw new UsageError(`--ifmap ${index}=${name}: the topology has no interface '${name}' there; did you mean '${meant}'?`);
  }
}
