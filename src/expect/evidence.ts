// Frames as evidence of a result.

import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import type { EvidenceDraft } from '../rules/rule.js';
import type { Chosen } from './frames.js';
import { journeyOf } from './journey.js';

/** The journey of the first one, then the others: one that is a hop of that journey is there already. */
export function evidenceOf(facts: Facts, frames: readonly Chosen[]): EvidenceDraft[] {
  if (frames.length === 0) return [];
  const journey = journeyOf(facts, frames[0]);
  const isThere = (one: Mark) => journey.some(({ mark }) => mark.capture === one.capture && mark.frame === one.frame);
  return [...journey, ...frames.slice(1).flatMap(({ mark }) => (isThere(mark) ? [] : [{ mark }]))];
}

export const uidsOf = (frames: readonly Chosen[]): number[] => [...new Set(frames.map((f) => f.uid).filter((uid) => uid >= 0))];

export const asEvidence = (mark: Mark): EvidenceDraft => ({ mark });
