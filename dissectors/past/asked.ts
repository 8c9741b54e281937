// Questions that wait for an answer, each with the frame it was last seen in on each interface: the answer on an interface is to the
// question on that one, so that the copies of a forwarded packet have times of their own.
import { Pairs } from '../../src/dissect/pairs.js';
import { Answers, type Memory, type Past } from '../../src/dissect/past.js';
import { type Layers, MAX_LAYERS } from '../../src/dissect/walk.js';
import { interfaceOf } from './interface.js';

/** Interfaces on which a question of a pair of hosts was seen. */
const MAX_PLACES = 16;

export interface Asked {
  readonly frame: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

export class Questions {
  private readonly asked = new Map<string, Asked>();

  /** `most`: remembered at once; the oldest is forgotten for a new one. */
  constructor(private readonly most: number) {}

  put(key: number, where: number, frame: number, { seconds, nanoseconds }: Past): void {
    const text = `${key} ${where}`;
    this.asked.delete(text);
    if (this.asked.size >= this.most) for (const [oldest] of this.asked) if (this.asked.delete(oldest)) break;
    this.asked.set(text, { frame, seconds, nanoseconds });
  }

  get(key: number, where: number): Asked | null {
    return this.asked.get(`${key} ${where}`) ?? null;
  }
}

export const since = ({ seconds, nanoseconds }: Asked, past: Past): number =>
  (past.seconds - seconds) * 1e9 + past.nanoseconds - nanoseconds;

/** Which question an answer is to, and how long that took; `most`: pairs of hosts that are remembered. */
export abstract class AskedMemory implements Memory {
  readonly answers = new Answers();
  protected readonly pairs: Pairs<Questions>;
  /** By layer; a frame of 0: no answer, or one to nothing that was seen. */
  readonly requestFrame = new Uint32Array(MAX_LAYERS);
  readonly sinceNs = new Float64Array(MAX_LAYERS);

  constructor(most: number) {
    this.pairs = new Pairs(most, () => new Questions(MAX_PLACES));
  }

  abstract see(layers: Layers, i: number, past: Past): void;

  /** Layer `i` asks or answers; `asked`: what is open between its hosts. */
  protected note(layers: Layers, i: number, past: Past, asked: Questions, isAnswer: boolean): void {
    const where = interfaceOf(layers, past.capture);
    const frame = layers.frame?.number ?? 0;
    if (!isAnswer) {
      asked.put(this.pairs.way, where, frame, past);
      return;
    }
    // An answer goes against the way of its question.
    const request = asked.get(1 - this.pairs.way, where);
    if (request === null) return;
    this.requestFrame[i] = request.frame;
    this.sinceNs[i] = since(request, past);
    this.answers.note(request.frame, frame);
  }
}
