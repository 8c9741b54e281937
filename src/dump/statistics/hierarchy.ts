// `-z io,phs[,FILTER]`: how often each protocol stands inside which.
import { protocolStack } from '../../dissect/extra.js';
import type { MakeStatistic } from './statistic.js';

/** Rows kept: stacks of tunnels in tunnels can be made up. Deeper rows are left out, as are later ones. */
const MAX_ROWS = 10_000;
/** Rows are indented that far, as by tshark. */
const MAX_INDENT = 16;
/** Names in the stack of a frame that are no header of their own. */
const UNSHOWN = new Set(['ethertype']);

interface Level {
  readonly name: string;
  readonly inside: Level[];
  frames: number;
  bytes: number;
}

const level = (name: string): Level => ({ name, inside: [], frames: 0, bytes: 0 });

export const hierarchy: MakeStatistic = (rest, { filter }) => {
  const chosen = filter(rest);
  const root = level('');
  let rows = 0;
  return () => ({
    see(layers) {
      if (!chosen.matches(layers)) return;
      let at = root;
      for (const name of protocolStack(layers, layers.quotedFrom).split(':')) {
        // The data of a message of ICMP stands in its tree.
        if (UNSHOWN.has(name) || (name === 'data' && at.name.startsWith('icmp'))) continue;
        let next = at.inside.find((one) => one.name === name);
        if (next === undefined) {
          if (rows++ >= MAX_ROWS) return;
          next = level(name);
          at.inside.push(next);
        }
        next.frames++;
        next.bytes += layers.frame?.wireLength ?? 0;
        at = next;
      }
    },
    text() {
      const line = '='.repeat(67);
      const list = (levels: readonly Level[], depth: number): string =>
        levels
          .map(({ name, inside, frames, bytes }) => {
            const indent = depth > MAX_INDENT ? `${'  '.repeat(MAX_INDENT)}...` : '  '.repeat(depth);
            return `${(indent + name).padEnd(40)} frames:${frames} bytes:${bytes}\n${list(inside, depth + 1)}`;
          })
          .join('');
      return `\n${line}\nProtocol Hierarchy Statistics\nFilter: ${chosen.text}\n\n${list(root.inside, 0)}${line}\n`;
    },
  });
};
