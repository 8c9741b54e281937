// A key of an expectation: how it may be written, where it may stand, what it asks of the packets. One file each in keys/.

import type { z } from 'zod';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Tracker } from '../flows/tracker.js';
import type { Assessment } from '../rules/engine.js';
import type { Path } from '../topology/document.js';
import type { Fault, Shown } from './fault.js';
import type { FrameTest } from './frames.js';
import type { Outcome } from './outcome.js';
import type { Builder } from './plan.js';

/** One expectation as it is written, by key; `given` reads it with the type of its key. */
export type Expectation = Readonly<Record<string, unknown>>;

/** Holds an expectation against what was seen. `assess`: the rules' findings, worked out when they are asked for. */
export type Judge = (facts: Facts, assess: () => Assessment) => Outcome;

/** What a key asks of what its expectation is about. */
export interface Hold {
  /** A clause for people, as `path in eth1 → out eth2`; empty: there is nothing to say. */
  readonly text: string;
  /** Asked of each conversation: null when it holds. */
  readonly conversation?: ((facts: Facts, conversation: Conversation) => Fault | null) | undefined;
  /** Asked of each frame. */
  readonly frame?: FrameTest | undefined;
  /** Collects from each frame. */
  readonly take?: ((tracker: Tracker) => void) | undefined;
  /** What was collected, or what became of the chosen conversations; null when all is well. */
  readonly whole?: ((facts: Facts, chosen: readonly Conversation[]) => Shown | null) | undefined;
  /** There was more than is kept: what holds for the rest is not known. */
  readonly isFull?: (() => boolean) | undefined;
}

/** Reports a mistake of the file at a key of the expectation. */
export type Tell = (key: string, text: string) => void;

/**
 * What an expectation can be about: `conversations` and `frames` are what other keys ask something of; `other` is judged by itself.
 */
export type About = 'conversations' | 'frames' | 'other';

export interface NamedPlace {
  readonly point: string | null;
  readonly interface?: string | null;
  readonly path: Path;
}

interface Common<T> {
  readonly key: string;
  /** Names of the subjects that it may stand beside; `all` of them. */
  readonly beside: readonly string[] | 'all';
  /** Its row in docs/expectations.md: how it is written, where the key alone does not say it, and what it means. */
  readonly usage?: string;
  readonly means: string;
  /** Tells what cannot decide anything as it is written: what asks nothing would always hold. */
  check?(value: T, spec: Expectation, tell: Tell): void;
  /** Capture points that it names, and interfaces (of that point, or of any). */
  points?(value: T): readonly NamedPlace[];
  /** What it asks, of the conversations or frames that the subject chooses. */
  hold?(value: T, b: Builder): Hold;
}

/** With these an expectation can be of this key alone; such a key is a subject. */
interface AsSubject<T> {
  readonly about: About;
  /** A failure with frames to show stays one, whatever comes later: a live run tells it at once. */
  readonly early?: boolean;
  /** Beside this subject it is no subject but asks something of it. */
  readonly unless?: string;
  judge(value: T, b: Builder): Judge;
}

export interface Key<T = unknown> extends Common<T>, Partial<AsSubject<T>> {
  readonly shape: z.ZodType<T>;
}

export interface Subject<T = unknown> extends Common<T>, AsSubject<T> {
  readonly shape: z.ZodType<T>;
}

/** Declares a key that stands beside a subject. */
export const key = <S extends z.ZodType>(declared: { readonly shape: S } & Common<z.output<S>>): Key<z.output<S>> =>
  declared as unknown as Key<z.output<S>>;

/** Declares a key that an expectation can be about. */
export const subject = <S extends z.ZodType>(
  declared: { readonly shape: S } & Common<z.output<S>> & AsSubject<z.output<S>>,
): Subject<z.output<S>> => declared as unknown as Subject<z.output<S>>;

export const isSubject = (one: Key): one is Subject => one.judge !== undefined;

/** What is written under a key; undefined where it is not. The file was checked against the shapes. */
export const given = <T>(spec: Expectation, { key }: Key<T>): T | undefined => spec[key] as T | undefined;
