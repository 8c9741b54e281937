// Expectations without an end: what is kept of each conversation goes with the conversation.
import { describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { Frame } from '../../src/capture/frame.js';
import { LINKTYPE } from '../../src/capture/linktypes.js';
import { emptyInfo } from '../../src/capture/records.js';
import { Registry } from '../../src/dissect/registry.js';
import { Plan } from '../../src/expect/plan.js';
import { readSheet, type Sheet } from '../../src/expect/read.js';
import { LiveExpectations } from '../../src/main/live-expect.js';
import { inputOf, Run } from '../../src/main/run.js';
import { Problems } from '../../src/topology/document.js';
import { InterfaceNames } from '../../src/topology/ifmap.js';

const SHEET = `version: 1
name: lab
expect:
  - { name: web, where: "udp.dstport == 5001" }
  - { name: flows, flow: { where: udp } }
  - { name: never, never: "tcp" }
`;

/** A datagram from port `n` of 10.2.x.y. */
function datagram(n: number): Frame {
  const bytes = Buffer.alloc(60);
  Buffer.from('020000000002020000000001080045000020000000004011000000000000', 'hex').copy(bytes);
  bytes.writeUInt32BE(0x0a020000 + (n >> 14), 26);
  bytes.writeUInt32BE(0x0a030001, 30);
  bytes.writeUInt16BE(1024 + (n & 0x3fff), 34);
  bytes.writeUInt16BE(5001, 36);
  bytes.writeUInt16BE(12, 38);
  const ns = n * 1e6;
  const time = { hasTime: true, seconds: Math.floor(ns / 1e9), nanoseconds: ns % 1e9 };
  return Object.assign(new Frame(), { bytes, end: 46, wireLength: 46, linkType: LINKTYPE.EN10MB, number: n + 1, ...time });
}

/** What a live capture of one interface is held against, and the run that takes it in. */
function captured(text: string): { readonly sheet: Sheet; readonly run: Run } {
  const problems = new Problems();
  const sheet = readSheet({ name: 'sheet.yaml', text }, problems) as Sheet;
  const registry = new Registry(dissectors);
  const input = {
    path: '-',
    point: 'here',
    label: 'here',
    node: null,
    names: new InterfaceNames({ ifmap: new Map([[0, 'eth0']]) }),
    ownMacs: new Set<number>(),
    source: { info: emptyInfo('-', null), error: null },
  };
  const run = new Run({ inputs: [inputOf(input)], topology: null, registry }, { maxConversations: 256 });
  return { sheet, run };
}

describe('expectations of a live capture', () => {
  it('forget what the tracker forgets, and say that a flow cannot be told any more', () => {
    const { sheet, run } = captured(SHEET);
    const kept: ReturnType<Plan['uids']>[] = [];
    const { uids } = Plan.prototype;
    Plan.prototype.uids = function () {
      const set = uids.call(this);
      kept.push(set);
      return set;
    };
    let held: LiveExpectations;
    try {
      held = new LiveExpectations([sheet], run, []);
    } finally {
      Plan.prototype.uids = uids;
    }
    for (let n = 0; n < 5000; n++) held.observe(datagram(n), 0);
    expect(kept.length).toBeGreaterThan(2);
    expect(Math.max(...kept.map((set) => set.size))).toBe(256);
    const { suites } = held.finish();
    const [web, flows, never] = suites?.[0].expectations ?? [];
    expect(web).toMatchObject({ verdict: 'pass', count: 5000 });
    expect(flows).toMatchObject({
      verdict: 'inconclusive',
      seen: '256 conversations; 4744 conversations had to be given up to stay within memory',
    });
    expect(never).toMatchObject({ verdict: 'inconclusive', seen: expect.stringContaining('4744 conversations') });
  });

  it('tell nothing early of what is known to fail, nor of an interface that has not been seen yet', () => {
    const text = `version: 1
name: lab
expect:
  - { name: known, never: udp, knownIssue: LAB-1 }
  - { name: core, never: "hop.interface == core7 && tcp", witness: udp }
  - { name: news, never: "udp.dstport == 5001" }
`;
    const { sheet, run } = captured(text);
    const held = new LiveExpectations([sheet], run, []);
    for (let n = 0; n < 5; n++) held.observe(datagram(n), 0);
    expect(held.step([], 1e9).map(({ name }) => name)).toEqual(['lab: news']);
    const [known, core, news] = held.finish().suites?.[0].expectations ?? [];
    expect(known).toMatchObject({ verdict: 'skipped', seen: 'known issue (LAB-1): 5 frames' });
    expect(core).toMatchObject({ verdict: 'fail', seen: expect.stringContaining("no interface is called 'core7'") });
    expect(news?.verdict).toBe('fail');
  });
});
