// What a topology does not know of its nodes, and how to get it.
import type { TopologyFile } from './schema.js';

type NodeFile = NonNullable<TopologyFile['nodes']>[string];

const GAPS: readonly {
  readonly lacks: (node: NodeFile) => boolean;
  readonly says: (nodes: string) => string;
}[] = [
  {
    lacks: ({ routes }) => routes === undefined,
    says: (nodes) => `no routes of ${nodes}: with \`ip -j route\` from there a missing one is found`,
  },
  {
    lacks: ({ interfaces = {} }) => Object.values(interfaces).every(({ index }) => index === undefined),
    says: (nodes) => `no interface numbers of ${nodes}: with \`ip -j addr\` from there captures of -i any have names`,
  },
  {
    lacks: ({ interfaces = {} }) => Object.values(interfaces).every(({ mac }) => mac === undefined),
    says: (nodes) =>
      `no MACs of ${nodes}: with \`ip -j addr\` from there captures find their node, and a wrong owner of an address is found`,
  },
];

/** Nodes named in one line. */
const MAX_NAMED = 5;

/** One line for each thing that some node lacks. */
export function gapsOf({ nodes = {} }: TopologyFile): string[] {
  const all = Object.entries(nodes);
  return GAPS.flatMap(({ lacks, says }) => {
    const names = all.flatMap(([name, node]) => (lacks(node) ? [name] : []));
    if (names.length === 0) return [];
    const shown = names.slice(0, MAX_NAMED).join(', ');
    return [says(names.length > MAX_NAMED ? `${shown} and ${names.length - MAX_NAMED} more` : shown)];
  });
}
