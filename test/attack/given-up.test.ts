// What had to be given up is not passed: it is in every report, leaves undecided what it may hide, and gives exit code 3. What is open or
// failed is given up last.
import { describe, expect, it } from 'vitest';
import { Bounded } from '../../src/flows/bounded.js';
import { emptyNeighbour, type Neighbour } from '../../src/flows/neighbour.js';
import { Ip } from '../../src/topology/ip.js';
import { answered, datagrams, pcapAt, SLL2, silentNeighbour, silentServer, sweep } from './floods.js';
import { file, hopscopeInOne } from './help.js';

const env = { HOPSCOPE_CONVERSATIONS: '1000', HOPSCOPE_WORKERS: '0' };
const hopscopeSays = hopscopeInOne();
const run = (...args: string[]) => hopscopeSays(args, env);

const FORMATS = ['text', 'json', 'junit', 'sarif', 'github', 'markdown', 'tap', 'html'];
const flood = file('flood.pcap', pcapAt(datagrams(3000)));

describe('more than is kept, and no fault', () => {
  it.each(FORMATS)('%s says so, and the exit code is 3', async (format) => {
    const { out, status } = await run('diagnose', flood, '-f', format);
    expect(status).toBe(3);
    expect(out).toMatch(/2.?000 conversations/);
    expect(out).not.toContain('nothing wrong found');
  });

  it('the ledger counts it', async () => {
    const { ledger } = JSON.parse((await run('diagnose', flood, '-f', 'json')).out);
    expect(ledger.forgotten).toEqual([{ what: 'conversations', count: 2000 }]);
  });

  it('whatever rules are chosen', async () => {
    expect((await run('diagnose', flood, '--rule', 'arp-no-reply')).status).toBe(3);
    expect((await run('diagnose', flood, '--no-rule', 'run-incomplete')).status).toBe(0);
  });

  it('verify passes nothing that rests on it', async () => {
    const sheet = (expectation: string): string =>
      file('flood.yaml', `version: 1\nname: flood\ncaptures: { a: flood.pcap }\nexpect:\n  - name: x\n    ${expectation}\n`);
    for (const expectation of ['findings: { none: [error] }', 'flow: { src: 10.9.1.5, dst: 10.10.2.6, proto: udp }']) {
      const { out, status } = await run('verify', sheet(expectation));
      expect(status, expectation).toBe(3);
      expect(out).toContain('2000 conversations had to be given up');
    }
    // Frames are counted one by one.
    expect((await run('verify', sheet('where: udp'))).status).toBe(0);
  });
});

describe('one fault before a flood', () => {
  it.each([
    ['datagrams without an answer', datagrams(5000)],
    ['connections that are answered', answered(5000)],
  ])('%s', async (_, frames) => {
    const { out, status } = await run('diagnose', file('hidden.pcap', pcapAt([...silentServer(), ...frames])));
    expect(out).toContain('error: No answer from 10.0.1.6 port 80');
    expect(out).toContain('run-incomplete');
    expect(status).toBe(1);
  });

  it('a sweep over more addresses than are kept', async () => {
    const { out, status } = await run('diagnose', file('sweep.pcap', pcapAt([...silentNeighbour(), ...sweep(66_000)], SLL2)));
    expect(out).toContain('Nobody answers ARP for 10.0.1.9');
    expect(out).toMatch(/46\d neighbours/);
    expect(status).toBe(1);
  });
});

describe('a table with a bound', () => {
  it('forgets what is settled before what is open, and the oldest of those alike', () => {
    const table = new Bounded<number, { readonly key: number; readonly standing: number }>(50, ({ standing }) => standing);
    for (let key = 0; key < 50; key++) table.add(key, { key, standing: key % 5 === 0 ? 2 : key % 5 === 1 ? 0 : 1 });
    for (let key = 50; key < 60; key++) table.add(key, { key, standing: 1 });
    expect([...table.values()].filter(({ standing }) => standing === 0)).toEqual([]);
    expect(table.forgotten).toBe(10);
    for (let key = 60; key < 1000; key++) table.add(key, { key, standing: 1 });
    expect([...table.values()].filter(({ standing }) => standing === 2).map(({ key }) => key)).toEqual([
      0, 5, 10, 15, 20, 25, 30, 35, 40, 45,
    ]);
    expect(table.size).toBe(50);
    expect(table.forgotten).toBe(950);
  });

  it('hands out what made room, to be filled anew, unless someone has seen it', () => {
    const table = new Bounded<number, { key: number }>(3, () => 1);
    const made = new Set<object>();
    const add = (key: number): void => {
      const one = table.room() ?? { key };
      one.key = key;
      made.add(one);
      table.add(key, one);
    };
    for (let key = 0; key < 100; key++) add(key);
    expect(made.size).toBe(3);
    expect(table.forgotten).toBe(97);
    const seen = table.values();
    expect(seen.map(({ key }) => key)).toEqual([97, 98, 99]);
    for (let key = 100; key < 200; key++) add(key);
    expect(seen.map(({ key }) => key)).toEqual([97, 98, 99]);
    expect(table.values().map(({ key }) => key)).toEqual([197, 198, 199]);
    expect(made.size).toBe(6);
  });

  it('has nothing left over in a neighbour that is used again', () => {
    const fresh = (target: number, old?: Neighbour): Neighbour => emptyNeighbour('arp', '1', Ip.v4(target), 0, 1, false, old);
    const old: Record<string, unknown> = { ...fresh(7) };
    for (const [name, value] of Object.entries(old)) {
      if (name === 'target') continue;
      old[name] = Array.isArray(value) ? [1, 2] : typeof value === 'number' ? 5 : typeof value === 'boolean' ? !value : 'x';
    }
    expect(fresh(8, old as unknown as Neighbour)).toEqual(fresh(8));
  });

  it('has room again for what was taken out', () => {
    const table = new Bounded<number, number>(10, () => 1);
    for (let key = 0; key < 10_000; key++) {
      table.add(key, key);
      if (key >= 9) table.delete(key - 9);
    }
    expect(table.forgotten).toBe(0);
    expect([...table.values()]).toEqual([9991, 9992, 9993, 9994, 9995, 9996, 9997, 9998, 9999]);
  });
});
