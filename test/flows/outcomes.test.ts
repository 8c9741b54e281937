import { describe, expect, it } from 'vitest';
import type { Conversations } from '../../src/flows/conversations.js';
import { ASKS, Outcomes } from '../../src/flows/outcomes.js';

const PINGERS = 200;
const uid = Array.from({ length: PINGERS }, (_, c) => c + 1);

describe('echo replies', () => {
  const outcomes = new Outcomes({ uid } as unknown as Conversations);
  const isAnswered = (c: number, sequence: number) => outcomes.isAnswered(c, 0, ASKS.echo, sequence, 0);

  it('of a flood do not displace each other, nor those of others', () => {
    for (let c = 1; c < PINGERS; c++) outcomes.replied(uid[c], 1, c, 0, 0);
    // Ten thousand a second, and the numbers begin anew on the way.
    for (let i = 0; i < 10_000; i++) outcomes.replied(uid[0], (60_000 + i) & 0xffff, 0, 0, 0);
    const lost = Array.from({ length: 10_000 }, (_, i) => (60_000 + i) & 0xffff).filter((sequence) => !isAnswered(0, sequence));
    expect(lost).toEqual([]);
    for (let c = 1; c < PINGERS; c++) expect(isAnswered(c, 1)).toBe(true);
  });

  it('answer the number they name, of their own conversation', () => {
    outcomes.replied(uid[5], 7, 5, 0, 0);
    expect(isAnswered(5, 7)).toBe(true);
    expect(isAnswered(5, 8)).toBe(false);
    expect(isAnswered(6, 7)).toBe(false);
  });
});
