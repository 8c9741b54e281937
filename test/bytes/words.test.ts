// Words of a printed text, instead of the addresses that stand for them.
import { describe, expect, it } from 'vitest';
import { Words } from '../../src/bytes/words.js';

const names = new Map([
  ['250.248.255.21', ['client-a']],
  ['254.237.51.226', ['192.0.2.x']],
]);
const words = new Words();
words.take(names);

describe('words of a printed text', () => {
  it('stand wherever their addresses would, also those of IPv6, and nowhere else', () => {
    expect(words.spelt('250.248.255.21.443 > 254.237.51.226: 100::faf8:ff15, 250.248.255.22, 1250.248.255.21, 10.0.0.1')).toBe(
      'client-a.443 > 192.0.2.x: client-a, 250.248.255.22, 1250.248.255.21, 10.0.0.1',
    );
    expect([words.of('250.248.255.21'), words.of('10.0.0.1')]).toEqual(['client-a', null]);
    expect(new Words().spelt('250.248.255.21')).toBe('250.248.255.21');
  });

  it('keep the columns of a line, as far as there are blanks to make room', () => {
    const long = new Words();
    long.take(new Map([['250.0.0.1', ['a-host-with-a-long-name']]]));
    expect(words.inColumns('in eth0   250.248.255.21 \u2192 254.237.51.226  TCP')).toBe(
      'in eth0         client-a \u2192 192.0.2.x       TCP',
    );
    expect(words.inColumns('Who has 250.248.255.21? Tell 254.237.51.226')).toBe('Who has client-a? Tell 192.0.2.x');
    expect(long.inColumns('in eth0                250.0.0.1 \u2192 x')).toBe('in eth0  a-host-with-a-long-name \u2192 x');
    expect(long.inColumns('in eth0  250.0.0.1 \u2192 x')).toBe('in eth0  a-host-with-a-long-name \u2192 x');
  });

  it('are taken while a text is read, once each', () => {
    const growing = new Map([['250.0.0.1', ['a']]]);
    const found = new Words();
    found.take(growing);
    growing.set('250.0.0.2', ['b']);
    found.take(growing);
    expect(found.spelt('250.0.0.1 250.0.0.2')).toBe('a b');
  });

  it('act on no terminal', () => {
    const hostile = new Words();
    hostile.take(new Map([['250.0.0.1', ['\x1b[2J\u202e']]]));
    expect(hostile.inColumns('250.0.0.1')).not.toMatch(/[\x1b\u202e]/);
  });
});
