// Frames as evidence of a result.

import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import type { EvidenceDraft } from '../rules/rule.js';
import type { Chosen } from './frames.js';
import { journeyOf } from './journey.js';

export const evidenceOf = (facts: Facts, frames: readonly Chosen[]): EvidenceDraft[] =>
  frames.length === 0 ? [] : [...journeyOf(facts, frames[0]), ...frames.slice(1).map(({ mark }) => ({ mark }))];

export const uidsOf = (frames: readonly Chosen[]): number[] => [...new Set(frames.map((f) => f.uid).filter((uid) => uid >= 0))];

export const asEvidence = (mark: Mark): EvidenceDraft => ({ mark });
