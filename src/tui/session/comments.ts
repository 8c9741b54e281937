// What people have written on packets and captures: what their files hold, and what was changed here. The files stay as they are; what is
// saved has the changes.
import { safeText } from '../../bytes/text.js';
import { field } from '../../dissect/fields.js';
import type { TreeNode } from '../../dissect/tree.js';
import { UsageError } from '../../errors.js';
import type { Comments, Detail } from '../session.js';
import type { Engine } from './engine.js';
import type { Packets } from './packets.js';

/** Comments that are written here. */
const MAX_CHANGES = 10_000;
/** Characters of one. */
const MAX_LENGTH = 4000;

export class SessionComments implements Comments {
  /** By packet, what takes the place of its comment; '' none. */
  readonly packets = new Map<number, string>();
  /** By capture, its comments. */
  private readonly captures = new Map<number, readonly string[]>();
  unsaved = 0;

  constructor(
    private readonly engine: () => Engine,
    /** The comment of a packet is another one now; null: one of a capture. */
    private readonly changed: (number: number | null) => void,
  ) {}

  of(number: number): string {
    const { packets } = this.engine();
    return packets.read(number) ? commentAt(packets) : '';
  }

  write(number: number, text: string): void {
    check(text);
    if (this.packets.size >= MAX_CHANGES && !this.packets.has(number))
      throw new UsageError(`no more than ${MAX_CHANGES} comments are changed at once; save the packets, and open what was saved`);
    if (text === this.of(number)) return;
    this.packets.set(number, text);
    this.unsaved++;
    this.changed(number);
  }

  ofCapture(capture: number): readonly string[] {
    return this.captures.get(capture) ?? this.engine().lab.captures[capture]?.source.info.comments ?? [];
  }

  writeCapture(capture: number, text: string): void {
    check(text);
    this.captures.set(capture, text === '' ? [] : [text]);
    this.unsaved++;
    this.changed(null);
  }

  /** Those of all captures, for the one that is made of them. */
  get all(): readonly string[] {
    return [...new Set(this.engine().lab.captures.flatMap((_, i) => this.ofCapture(i)))];
  }
}

function check(text: string): void {
  if (text.length > MAX_LENGTH) throw new UsageError(`a comment has ${MAX_LENGTH} characters at most`);
}

/** The comment of the packet at hand; '' none. */
export const commentAt = ({ info, number }: Packets): string => info.frameComments.get(number) ?? '';

const COMMENT = field('frame.comment', 'Comment', 'string');
/** Characters of a line of it that the tree shows. */
const MAX_SHOWN = 1000;

/** A packet with a line for its comment on top, and more below it where it has more. */
export function commented(tree: Detail['tree'], comment: string): Detail['tree'] {
  if (comment === '') return tree;
  const [first, ...more] = comment.split('\n').map((text) => safeText(text).slice(0, MAX_SHOWN));
  const line = (text: string, children: readonly TreeNode[] = []): TreeNode => ({
    ...{ def: COMMENT, at: 0, length: 0, value: comment, text, notes: [] },
    children: [...children],
  });
  return [
    line(
      `Comment: ${first}`,
      more.map((text) => line(text)),
    ),
    ...tree,
  ];
}
