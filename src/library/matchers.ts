// Matchers for tests of labs, made of expectations: what holds, what fails and what cannot be told is as for `hopscope verify`, in the same
// words. They go into any `expect.extend`: vitest's (hopscope/vitest does it), jest's.
import { ExpectationError } from '../errors.js';
import type { Subject, Verdict } from '../rules/finding.js';
import type { Conversation } from './conversation.js';
import type { Inputs, RunOptions } from './inputs.js';
import { checkKeys, SURROUNDINGS } from './keys.js';
import type { Result, Run } from './result.js';
import { analyze } from './run.js';
import { type Expectation, type Verification, verify } from './verify.js';

/** Who talks to whom: addresses, networks, or names of the topology (a node, a pod, a service, `pods of NODE`). */
export interface Flow {
  readonly from?: string;
  readonly to?: string;
  /** `tcp`, `udp`, `icmp`, `icmp6` ... */
  readonly proto?: string;
  /** Of the one who is asked. */
  readonly port?: number;
  /** A display filter that one of its frames matches. */
  readonly where?: string;
}

/** What a tunnel must be, as `tunnel` of an expectation. */
export interface TunnelSpec {
  /** `vxlan`, `geneve`, `gre` ... */
  readonly type?: string;
  /** Addresses, networks or names of the topology. */
  readonly outer?: { readonly src?: string; readonly dst?: string };
  readonly inner?: { readonly src?: string; readonly dst?: string };
  readonly vni?: number | string;
  /** UDP destination port of the outer packet. */
  readonly port?: number;
}

/** Addresses and ports before or after a translation. */
export interface Ends {
  readonly src?: string;
  readonly dst?: string;
  readonly srcPort?: number;
  readonly dstPort?: number;
}

/** What became of one expectation. */
export interface Checked {
  readonly verdict: Verdict;
  /** The report of `hopscope verify`. */
  readonly text: string;
  readonly result: Verification;
}

/** A run whose captures can be held against expectations: what `lab` gives. */
export class Lab {
  /** @internal */
  constructor(
    /** What `analyze` gives for the same captures. */
    readonly run: Run,
    private readonly inputs: Inputs,
    private readonly options: Omit<RunOptions, 'filter'>,
  ) {}

  /** Holds one expectation (docs/expectations.md) against the captures. `text`: the report of it; `result`: all of it. */
  async check(expectation: Expectation): Promise<Checked> {
    const { rules: { settings } = {}, ...options } = this.options;
    const rules = settings === undefined ? {} : { rules: { settings } };
    try {
      const result = await verify({ name: 'lab', expect: [expectation] }, { ...options, ...rules, captures: this.inputs });
      return { verdict: result.verdict, text: (await result.format('text')).replace(PLACE, ''), result };
    } catch (error) {
      if (error instanceof ExpectationError)
        throw new ExpectationError(error.message.replace(PLACE, '').replaceAll('expect.0.', ''));
      throw error;
    }
  }
}

/** The expectation of a matcher stands in no file: where a report names its place. */
const PLACE = /^ {2}lab:\d+\n|^lab:\d+:\d+: /gm;

/**
 * Reads the captures of a lab, for the matchers. `{ router: 'r.pcap', ... }`, a folder, or what `analyze` takes. Throws UsageError,
 * TopologyError and CaptureError, as `analyze` does.
 */
export async function lab(inputs: Inputs, options: Omit<RunOptions, 'filter'> = {}): Promise<Lab> {
  checkKeys('an option of lab', options, SURROUNDINGS);
  return new Lab(await analyze(inputs, options), inputs, options);
}

/** What a matcher answers: what `expect.extend` wants of it. */
export interface Matched {
  readonly pass: boolean;
  /** What is printed where it fails. */
  readonly message: () => string;
  /** What it was judged by: a reporter may show more of it. */
  readonly result: Result;
}
/** What `expect` tells a matcher by `this`. */
export interface Context {
  readonly isNot?: boolean;
}

/** What holds, fails, or cannot be told: the last of these is neither true nor, with `.not`, false. */
function matched(isNot: boolean, { verdict, text, result }: Omit<Checked, 'result'> & Pick<Matched, 'result'>): Matched {
  const pass = verdict === 'inconclusive' ? isNot : verdict === 'pass';
  return { pass, message: () => text, result };
}

async function held(context: Context, lab: unknown, expectation: Expectation, instead: string): Promise<Matched> {
  const of = labOf(lab);
  if (context.isNot) throw new TypeError(`.not says nothing of what is to happen, and holds where nothing was seen; ${instead}`);
  return matched(false, await of.check(expectation));
}

function labOf(lab: unknown): Lab {
  if (lab instanceof Lab) return lab;
  throw new TypeError(
    lab instanceof Promise
      ? 'expect() was given a promise; write: const run = await lab(...)'
      : 'expect() wants what lab(...) gives',
  );
}

function flowOf(flow: Flow): Expectation {
  checkKeys('a key of a flow', flow, ['from', 'to', 'proto', 'port', 'where']);
  const { from, to, proto, port, where } = flow;
  return {
    ...(from !== undefined && { src: from }),
    ...(to !== undefined && { dst: to }),
    ...(proto !== undefined && { proto }),
    ...(port !== undefined && { dstPort: port }),
    ...(where !== undefined && { where }),
  };
}

const DENIED = 'toRefuse, toDrop, or toDeliver says it';

/** To be handed to `expect.extend`. All of them are asynchronous: `await expect(run).toDeliver(...)`. */
export const matchers = {
  /** There are such conversations, and each is accepted. `within`: the answer comes in this time. */
  toDeliver(this: Context, lab: unknown, flow: Flow, within?: string) {
    return held(this, lab, { flow: flowOf(flow), answered: true, ...(within !== undefined && { within }) }, DENIED);
  },
  /** There are such conversations, and each is said no to: a reset, an ICMP error. */
  toRefuse(this: Context, lab: unknown, flow: Flow) {
    return held(this, lab, { flow: flowOf(flow), refused: true }, DENIED);
  },
  /** There are such conversations, and none gets any answer. */
  toDrop(this: Context, lab: unknown, flow: Flow) {
    return held(this, lab, { flow: flowOf(flow), dropped: true }, DENIED);
  },
  /** Hops in order: `in eth1`, `out eth2`, `router in eth1`, `...` for any; and those of the packets back. */
  toTakePath(this: Context, lab: unknown, flow: Flow, path: readonly string[], returnPath?: readonly string[]) {
    const expectation = { flow: flowOf(flow), path, ...(returnPath !== undefined && { returnPath }) };
    return held(this, lab, expectation, 'name the path that is to be taken');
  },
  /** The packets back take the hops of the requests, the other way round. */
  toBeSymmetric(this: Context, lab: unknown, flow: Flow) {
    return held(this, lab, { flow: flowOf(flow), symmetric: true }, 'name both paths: toTakePath(flow, path, returnPath)');
  },
  /** They are in such a tunnel; with `'none'`: in none. */
  toTunnel(this: Context, lab: unknown, flow: Flow, tunnel: TunnelSpec | 'none') {
    return held(this, lab, { flow: flowOf(flow), tunnel }, "toTunnel(flow, 'none') says that there is none");
  },
  /** What is `original` leaves as `translated`; with `'none'`: as it is. */
  toTranslate(this: Context, lab: unknown, original: Ends, translated: Ends | 'none') {
    const expectation = translated === 'none' ? { flow: original, nat: 'none' } : { nat: { original, translated } };
    return held(this, lab, expectation, "toTranslate(original, 'none') says that nothing is translated");
  },
  /** Somebody, or the one who should, answers ARP for the address. */
  toAnswerArp(
    this: Context,
    lab: unknown,
    target: string,
    by: { readonly owner?: string; readonly mac?: string; readonly on?: string; readonly within?: string } = {},
  ) {
    return held(this, lab, { arp: { target, ...by } }, 'name who answers: { owner } or { mac }');
  },
  /** No frame matches, and there is one of `witness`, so that such a frame could have been seen. */
  never(this: Context, lab: unknown, filter: string, options: { readonly witness?: string; readonly except?: string } = {}) {
    checkKeys('an option of never', options, ['witness', 'except']);
    const { witness, except } = options;
    const expectation = { never: filter, ...(witness !== undefined && { witness }), ...(except !== undefined && { except }) };
    return held(this, lab, expectation, 'toDeliver or check({ where }) says what is to be seen');
  },
  /** Any expectation of docs/expectations.md. */
  toMeet(this: Context, lab: unknown, expectation: Expectation) {
    return held(this, lab, expectation, 'the key of an expectation has an opposite: never, dropped, none');
  },
  /** A rule has found a fault; with `.not`: the captures could have shown it, and it is not there. */
  async toHaveFinding(this: Context, lab: unknown, rule: string): Promise<Matched> {
    const isNot = this.isNot === true;
    const { verdict, text, result } = await labOf(lab).check({ findings: isNot ? { none: [rule] } : { some: [rule] } });
    // With `.not` the opposite was asked for, and has been answered.
    return { pass: isNot !== (verdict === 'pass'), message: () => text, result };
  },
  /** Nothing is wrong, and the captures show it: what cannot be told is not healthy; with `.not`: something is wrong. */
  async toBeHealthy(this: Context, lab: unknown) {
    const { run } = labOf(lab);
    return matched(this.isNot === true, { verdict: run.verdict, text: await run.format('text'), result: run });
  },
};

/** In place of a value: what `toContainEqual`, `toEqual` and the like compare by. */
export interface Asymmetric {
  /** Is this one meant? */
  asymmetricMatch(other: unknown): boolean;
  /** Its name in a failure. */
  toString(): string;
}

/** A finding of this rule (a fault, not something undecided) whose subject has these values. */
export function findingOf(rule: string, subject: Readonly<Partial<Subject>> = {}): Asymmetric {
  return {
    asymmetricMatch(other: unknown): boolean {
      const one = other as {
        readonly rule?: unknown;
        readonly verdict?: unknown;
        readonly subject?: Record<string, unknown>;
      } | null;
      return (
        one?.rule === rule &&
        one.verdict === 'fail' &&
        Object.entries(subject).every(([key, value]) => one.subject?.[key] === value)
      );
    },
    toString: () => `finding of ${rule}`,
  };
}

/** A conversation with these values: `expect(run.conversations).toContainEqual(conversationWith({ dstPort: 80, state: 'S0' }))`. */
export function conversationWith(some: Partial<Conversation>): Asymmetric {
  return {
    asymmetricMatch(other: unknown): boolean {
      const one = other as Record<string, unknown> | null;
      return one !== null && typeof one === 'object' && Object.entries(some).every(([key, value]) => one[key] === value);
    },
    toString: () => `conversation with ${JSON.stringify(some)}`,
  };
}
