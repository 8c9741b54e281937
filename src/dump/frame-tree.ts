// One frame as a tree: a line about the frame, then the lines of its headers.
import { safeText } from '../bytes/text.js';
import type { Direction, Frame } from '../capture/frame.js';
import { linkTypeName } from '../capture/linktypes.js';
import { field } from '../dissect/fields.js';
import type { TreeNode } from '../dissect/tree.js';
import { type Layers, STOP } from '../dissect/walk.js';
import { hopText } from '../flows/ports.js';
import type { Headings } from './headings.js';

const frameField = field('frame', 'Frame', 'none');

const STOPS: Readonly<Record<number, string>> = {
  [STOP.clipped]: 'the captured bytes end here: the frame was cut by the snapshot length',
  [STOP.malformed]: 'malformed: a header does not fit into what the packet says it has',
  [STOP.deep]: 'more headers than are shown',
};

/** Where a frame was seen. */
export interface SeenAt {
  /** Of the interface; null where the capture does not tell interfaces apart. */
  readonly name: string | null;
  readonly direction: Direction;
}

/** Of a frame whose bytes begin at 0, and that was walked. `about`: lines under that of the frame itself. */
export function frameTree(layers: Layers, frame: Frame, at: SeenAt, headings: Headings, about: TreeNode[] = []): TreeNode[] {
  const length = frame.end - frame.start;
  const { name, direction } = at;
  const seen = name === null ? '' : hopText(direction, name);
  const cut = length < frame.wireLength ? `, ${length} captured` : '';
  const stop = STOPS[layers.stop];
  const root: TreeNode = {
    def: frameField,
    at: 0,
    length,
    value: null,
    text: `Frame ${frame.number}: ${frame.wireLength} bytes on wire${cut}, ${linkTypeName(frame.linkType)}${seen === '' ? '' : `, ${safeText(seen)}`}`,
    children: about,
    notes: stop === undefined ? [] : [{ severity: 'warn', text: stop }],
  };
  return [root, ...headings.tree(layers, seen)];
}
