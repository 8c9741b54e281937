// Protocols: which there are, inside which others.
import { size } from '../../../bytes/units.js';
import { type ColumnOf, left, number, RowMaker, right, shownColumns, type TableMaker } from './table.js';

interface Node {
  /** In the hierarchy. */
  readonly node: number;
  readonly depth: number;
}

export const protocols: TableMaker = ({ hierarchy, registry }) => {
  const children = (node: number) => hierarchy.children(node).sort((a, b) => hierarchy.packets[b] - hierarchy.packets[a]);
  const total = children(0).reduce((sum, node) => sum + hierarchy.packets[node], 0);
  const protocol = ({ node }: Node) => registry.protocols[hierarchy.protocol[node]];
  const share = ({ node }: Node) => (100 * hierarchy.packets[node]) / Math.max(1, total);
  const columns: ColumnOf<Node>[] = [
    left('Protocol', 9, (n) => protocol(n).title),
    right('Share', 7, (n) => `${share(n).toFixed(1)} %`, share),
    number('Packets', 8, ({ node }) => hierarchy.packets[node]),
    right(
      'Bytes',
      6,
      ({ node }) => size(hierarchy.bytes[node]),
      ({ node }) => hierarchy.bytes[node],
    ),
    number('Ends here', 4, ({ node }) => hierarchy.last[node]),
  ];
  const rows = new RowMaker<Node>(
    columns,
    (n) => n,
    (n) => {
      const { as, name } = protocol(n);
      const field = as ?? name;
      return {
        severity: null,
        filter: field === 'data' ? '' : field,
        packet: hierarchy.first[n.node],
        depth: n.depth,
        ends: null,
      };
    },
    ({ depth }) => depth,
  );
  const below = (node: number, depth: number): Node[] =>
    children(node).flatMap((child) => [{ node: child, depth }, ...below(child, depth + 1)]);
  return { columns: shownColumns(columns), tabs: [rows.tab('Protocols', below(0, 0))] };
};
