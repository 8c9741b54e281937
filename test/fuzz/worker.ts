// The fuzzer's loop. It runs in a thread of its own, so that the one that started it can end an input that never ends.
import { parentPort, workerData } from 'node:worker_threads';
import { dissectors } from '../../dissectors/index.js';
import { parseDecodeAs, Registry } from '../../src/dissect/registry.js';
import { SEEDS as WITNESS_SEEDS } from '../witnesses/seeds.js';
import { type Input, MAX_FRAME } from './input.js';
import { keep } from './keep.js';
import { minimised } from './minimise.js';
import { FileMutator, type MadeFile } from './mutate-file.js';
import { FrameMutator } from './mutate-frame.js';
import { Random } from './random.js';
import { loadSeeds, type Session } from './seeds.js';
import { FileTarget } from './target-file.js';
import { FrameTarget, VIEWS } from './target-frame.js';
import { type Round, RunTarget } from './target-run.js';
import { mutateText, TEXTS, type TextKind, TextTarget } from './target-text.js';

export interface Order {
  readonly root: string;
  readonly seed: number;
  readonly frames: number;
  readonly files: number;
  readonly texts: number;
  /** Stop after this time. */
  readonly seconds: number;
  /** One of so many frames goes through one of the views as well. */
  readonly share: number;
  /** Where frames are written that reached code nobody had reached; null: nowhere. */
  readonly keep: string | null;
  /** Word 0: counts inputs; 1: what is being run; 2: length of the input behind the words. */
  readonly pulse: SharedArrayBuffer;
}

/** What is being run, in `pulse`. */
export const DOING = ['frame', 'file', 'text', 'run'] as const;

const order = workerData as Order;
const beat = new Int32Array(order.pulse, 0, 4);
const shown = new Uint8Array(order.pulse, 16);
const { hit, fresh } = (globalThis as unknown as { $coverage: { hit: Uint8Array; fresh: () => number } }).$coverage;

/** Frames between two judgements of the rules. */
const ROUND = 10_000;
/** Interesting inputs kept in memory. */
const MAX_CORPUS = 30_000;
/** An input that takes longer has hung, as far as anybody who waits is concerned. */
const SLOW_MS = 1000;

const random = new Random(order.seed);
const seeds = await loadSeeds(order.root);
const registry = new Registry(dissectors, [parseDecodeAs('udp.port==8472,vxlan')]);
const mutator = new FrameMutator(registry, random);
const SOME_FILTERS = seeds.filters.filter((_, i) => i % 9 === 0);
const frameTarget = new FrameTarget(registry, SOME_FILTERS, MAX_FRAME, order.seed);
const fileTarget = new FileTarget();
const corpus: Input[] = [...seeds.sessions.flatMap((s) => s.frames), ...seeds.corpus];
const first = corpus.length;
const textTarget = new TextTarget(registry, corpus.filter((_, i) => i % 97 === 0).slice(0, 20));
const fileMutator = new FileMutator(random, seeds.files, () => random.of(corpus));
/** Inputs that reached a block of code nobody had reached: what is worth keeping for the next run. */
const keepers: Input[] = [];

const done = {
  frames: 0,
  viewed: 0,
  files: 0,
  fileKinds: {} as Record<string, number>,
  texts: 0,
  textKinds: {} as Record<string, number>,
};
const ruleCounts: Record<string, number> = {};
let rounds = 0;
let slowest = 0;
const known = new Set<string>();
let crashes = 0;

function told(doing: number, bytes: Uint8Array): void {
  shown.set(bytes.subarray(0, shown.length));
  beat[1] = doing;
  beat[2] = Math.min(bytes.length, shown.length);
  Atomics.add(beat, 0, 1);
}

/** One crash of each kind is made small and told. */
async function crashed(
  target: string,
  error: unknown,
  bytes: Uint8Array,
  about: object,
  again: (b: Uint8Array) => unknown,
): Promise<void> {
  crashes++;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const where = stack?.split('\n').find((line) => line.includes('at ') && !line.includes('must')) ?? '';
  const kind = `${target} ${message.replace(/[\d"'`].*/, '')} ${where}`;
  if (known.has(kind) || known.size > 50) return;
  known.add(kind);
  const small = await minimised(bytes, async (b) => {
    told(3, b);
    try {
      await again(b);
      return false;
    } catch (e) {
      return e instanceof Error && e.message.replace(/[\d"'`].*/, '') === message.replace(/[\d"'`].*/, '');
    }
  });
  parentPort?.postMessage({ crash: { target, message, stack, about, bytes: small } });
}

const choose = (): Input => {
  // Half of the time what was found last: there is more to find around it.
  if (corpus.length > first && random.once(2))
    return corpus[corpus.length - 1 - random.below(Math.min(500, corpus.length - first))];
  return random.of(corpus);
};

function makeRound(n: number): { run: RunTarget; play: Session | null; round: Round } {
  const round: Round = {
    points: n % 3 === 0 ? ['router', 'elsewhere'] : ['router'],
    topology: n % 2 === 0 ? (seeds.topologies[n % seeds.topologies.length] ?? null) : null,
    maxConversations: n % 4 === 1 ? 200 : 20_000,
    ended: n % 5 !== 0,
    dropped: n % 7 === 0 ? 5 : null,
  };
  return { run: new RunTarget(registry, round, MAX_FRAME), play: n % 2 === 0 ? random.of(seeds.sessions) : null, round };
}

/** Time from frame to frame: mostly a little, sometimes back, sometimes a jump. */
function step(): number {
  const kind = random.below(64);
  if (kind === 0) return -random.below(2e9);
  if (kind === 1) return random.below(4e9) * 30;
  return kind < 8 ? random.below(1e9) : random.below(2e6);
}

async function frames(count: number, until: number): Promise<void> {
  if (count === 0) return;
  let { run, play } = makeRound(rounds);
  let at = 0;
  let nowNs = 0;
  for (let n = 0; n < count && performance.now() < until; n++) {
    // A session is a capture played with faults: its packets answer each other, so the rules have something to judge.
    const played = play === null ? null : play.frames[at++ % play.frames.length];
    const base = played ?? choose();
    const input = played !== null && !random.once(4) ? played : mutator.mutate(base, choose());
    told(0, input.bytes);
    nowNs += step();
    const blocks = fresh();
    const trees = frameTarget.fresh;
    const start = performance.now();
    let interesting = false;
    let broken = false;
    const capture = run.tracker.sources.length > 1 && random.once(3) ? 1 : 0;
    try {
      run.observe(input, capture, Math.max(nowNs, -1e15), !random.once(500));
      done.frames++;
      interesting = fresh() > blocks;
      if (interesting || n % order.share === 0) {
        frameTarget.run(input, 'tree', n % 3 === 0);
        frameTarget.run(input, interesting ? random.of(VIEWS) : VIEWS[Math.floor(n / order.share) % VIEWS.length], n % 2 === 0);
        done.viewed++;
      }
    } catch (error) {
      broken = true;
      const { linkType, wireLength } = input;
      await crashed('frame', error, input.bytes, { linkType, wireLength }, (bytes) => {
        const small = { linkType, wireLength: Math.max(wireLength - input.bytes.length + bytes.length, 0), bytes };
        const alone = makeRound(1).run;
        alone.observe(small, 0, 0, true);
        for (const view of VIEWS) for (const exact of [false, true]) frameTarget.run(small, view, exact);
      });
      ({ run, play } = makeRound(rounds));
    }
    const took = performance.now() - start;
    if (took > slowest && !broken) slowest = took;
    if (took > SLOW_MS && !broken)
      await slow('frame', input.bytes, { linkType: input.linkType }, SLOW_MS, () => {
        makeRound(1).run.observe(input, 0, 0, true);
        for (const view of VIEWS) frameTarget.run(input, view, false);
      });
    if (fresh() > blocks) keepers.push(input);
    if ((fresh() > blocks || frameTarget.fresh > trees) && corpus.length < MAX_CORPUS) corpus.push(input);
    if (n % ROUND === ROUND - 1) {
      await judged(run);
      ({ run, play } = makeRound(rounds));
      at = 0;
      nowNs = 0;
    }
  }
  // Also what was begun when the time was up.
  await judged(run);
}

async function judged(run: RunTarget): Promise<void> {
  told(3, new Uint8Array(0));
  try {
    for (const rule of await run.judge()) ruleCounts[rule] = (ruleCounts[rule] ?? 0) + 1;
  } catch (error) {
    await crashed('run', error, new Uint8Array(0), { round: rounds, seed: order.seed }, () => {});
  }
  rounds++;
}

/** A busy machine stops a thread for seconds: what was slow has to take the processor's time, too. */
async function slow(target: string, bytes: Uint8Array, about: object, limit: number, again: () => unknown): Promise<void> {
  const start = process.cpuUsage();
  try {
    await again();
  } catch {
    // That it fails was told before.
  }
  const { user, system } = process.cpuUsage(start);
  const took = Math.round((user + system) / 1000);
  if (took < limit) return;
  crashes++;
  parentPort?.postMessage({ crash: { target, message: `took ${took} ms`, stack: '', about, bytes: bytes.slice() } });
}

async function oneFile(n: number): Promise<void> {
  const made: MadeFile = fileMutator.next();
  told(1, made.bytes);
  const piece = 1 + random.short(4000);
  const start = performance.now();
  const run = (bytes: Uint8Array): Promise<void> => fileTarget.run({ kind: made.kind, bytes }, piece, n % 50 === 0);
  try {
    await run(made.bytes);
  } catch (error) {
    await crashed('file', error, made.bytes, { kind: made.kind, piece }, run);
  }
  done.files++;
  done.fileKinds[made.kind] = (done.fileKinds[made.kind] ?? 0) + 1;
  const took = performance.now() - start;
  if (took > slowest) slowest = took;
  if (took > 3 * SLOW_MS) await slow('file', made.bytes, { kind: made.kind, piece }, 3 * SLOW_MS, () => run(made.bytes));
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

async function oneText(n: number): Promise<void> {
  const kind: TextKind = n % 3 === 0 ? 'filter' : TEXTS[n % TEXTS.length];
  const source = {
    filter: seeds.filters,
    topology: seeds.topologies,
    expectation: seeds.expectations,
    import: seeds.imports,
    packets: seeds.packets,
    witness: WITNESS_SEEDS,
  };
  const text = mutateText(kind, kind === 'screen' ? seeds.filters : source[kind], random);
  const bytes = encoder.encode(text);
  told(2, bytes);
  const start = performance.now();
  try {
    textTarget.run(kind, text);
    if (kind === 'expectation') await textTarget.verify(text, order.root);
  } catch (error) {
    await crashed('text', error, bytes, { kind }, async (b) => {
      textTarget.run(kind, decoder.decode(b));
      if (kind === 'expectation') await textTarget.verify(decoder.decode(b), order.root);
    });
  }
  done.texts++;
  done.textKinds[kind] = (done.textKinds[kind] ?? 0) + 1;
  const took = performance.now() - start;
  if (took > slowest) slowest = took;
  if (took > SLOW_MS)
    await slow('text', bytes, { kind }, SLOW_MS, () => {
      textTarget.run(kind, text);
      return kind === 'expectation' ? textTarget.verify(text, order.root) : null;
    });
}

const begin = performance.now();
const until = begin + order.seconds * 1000;
// In turns, so that a run that is stopped early has done a part of everything.
const SLICES = 40;
for (let slice = 0; slice < SLICES && performance.now() < until; slice++) {
  const share = (total: number): number => Math.floor((total * (slice + 1)) / SLICES) - Math.floor((total * slice) / SLICES);
  const part = (kind: number): number => begin + ((slice + kind / 3) / SLICES) * order.seconds * 1000;
  await frames(share(order.frames), Math.min(until, part(1)));
  for (let n = share(order.files); n > 0 && performance.now() < Math.min(until, part(2)); n--) await oneFile(n);
  for (let n = share(order.texts); n > 0 && performance.now() < Math.min(until, part(3)); n--) await oneText(n);
  parentPort?.postMessage({ progress: summary() });
}
if (order.keep !== null) keep(order.keep, keepers);
parentPort?.postMessage({ done: summary() });

function summary(): object {
  return {
    ...done,
    views: Object.fromEntries(frameTarget.counts),
    rounds,
    rules: ruleCounts,
    entire: fileTarget.whole,
    verified: textTarget.verified,
    accepted: Object.fromEntries(textTarget.accepted),
    corpus: corpus.length,
    corpusBefore: first,
    blocks: hit.reduce((sum, n) => sum + n, 0),
    hit: hit.slice(),
    crashes,
    slowestMs: Math.round(slowest),
    seconds: (performance.now() - begin) / 1000,
  };
}
