// The table of `Bounded` for keys that are numbers: it must say what a Map says.
import { describe, expect, it } from 'vitest';
import { Key } from '../../src/bytes/mix.js';
import { Bounded } from '../../src/flows/bounded.js';
import { Places } from '../../src/flows/places.js';

/** Any numbers below `n`, the same ones each time. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

const KEYS = {
  'hashes of 53 bits': (n: number) => new Key().start(1).word(n).value,
  'small numbers in a row': (n: number) => n,
  'numbers that fall on few cells': (n: number) => (n % 7) + Math.floor(n / 7) * 2 ** 32,
};

describe.each(Object.entries(KEYS))('places by %s', (_, keyOf) => {
  it('are those of a Map, whatever comes and goes', () => {
    const random = numbers(7);
    const places = new Places();
    const map = new Map<number, number>();
    for (let step = 0; step < 40_000; step++) {
      // Full and nearly empty in turn.
      const key = keyOf(random(600));
      if (random(100) < (step % 8000 < 4000 ? 70 : 30)) {
        places.set(key, step);
        map.set(key, step);
      } else {
        places.delete(key);
        map.delete(key);
      }
      if (step % 500 > 0) continue;
      const all = Array.from({ length: 600 }, (_, n) => keyOf(n));
      expect(all.map((one) => places.get(one))).toEqual(all.map((one) => map.get(one)));
      expect(places.size).toBe(map.size);
    }
  });

  it('make no difference to what a table with a bound forgets, and in which order it lists the rest', () => {
    const random = numbers(11);
    type One = { key: number; standing: number };
    const tables = [undefined, new Places()].map((places) => new Bounded<number, One>(300, (one) => one.standing, places));
    for (let step = 0; step < 20_000; step++) {
      const key = keyOf(random(2000));
      const [standing, what] = [random(4), random(10)];
      for (const table of tables) {
        const known = table.get(key);
        if (what === 0) table.delete(key);
        else if (known === undefined) {
          const one = table.room() ?? { key, standing };
          one.key = key;
          one.standing = standing;
          table.add(key, one);
        } else known.standing = standing;
      }
      if (step % 100 === 0) expect(tables[1]!.values()).toEqual(tables[0]!.values());
    }
    expect([...tables[1]!.entries()]).toEqual([...tables[0]!.entries()]);
    expect(tables[0]!.forgotten).toBeGreaterThan(1000);
    expect(tables[1]!.forgotten).toBe(tables[0]!.forgotten);
  });
});
