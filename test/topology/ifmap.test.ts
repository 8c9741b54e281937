import { describe, expect, it } from 'vitest';
import { TopologyError, UsageError } from '../../src/errors.js';
import { InterfaceNames, parseIfmap, parseIfmapFile } from '../../src/topology/ifmap.js';
import { readTopology } from '../../src/topology/read.js';

describe('--ifmap', () => {
  it('reads', () => {
    expect([...parseIfmap('2=eth0, 3=eth1.20')]).toEqual([
      [2, 'eth0'],
      [3, 'eth1.20'],
    ]);
  });

  it.each(['', '2', '2=', 'eth0=2', '2=eth0,', '2:eth0', '2=a,2=b'])('refuses %j', (text) => {
    expect(() => parseIfmap(text)).toThrow(UsageError);
  });
});

describe('side file', () => {
  it('reads', () => {
    expect(parseIfmapFile('x.pcap.ifmap.json', '{"2": "eth0"}').get(2)).toBe('eth0');
  });

  it.each(['', '[]', 'null', '{"eth0": 2}', '{"2": 3}', '{"2": ""}', '{"2": "eth0"'])('refuses %j', (text) => {
    expect(() => parseIfmapFile('x.ifmap.json', text)).toThrow(TopologyError);
    expect(() => parseIfmapFile('x.ifmap.json', text)).toThrow(/^x\.ifmap\.json:1:1: .*write \{"2": "eth0"/);
  });
});

it('names come from the first source that has one', () => {
  const text = 'nodes: { r: { interfaces: { t2: { index: 2 }, t3: { index: 3 } } } }';
  const sources = {
    ifmap: parseIfmap('2=m2'),
    topology: readTopology([{ name: 't', text }]),
    capture: new Map([2, 3, 4].map((i) => [i, `c${i}`])),
    sideFile: new Map([2, 3, 4, 5].map((i) => [i, `s${i}`])),
  };
  const names = new InterfaceNames({ ...sources, node: 'r' });
  expect([2, 3, 4, 5, 6, 3].map((i) => names.of(i))).toEqual([
    { name: 'm2', nameFrom: 'ifmap' },
    { name: 't3', nameFrom: 'topology' },
    { name: 'c4', nameFrom: 'capture' },
    { name: 's5', nameFrom: 'side file' },
    { name: 'if6', nameFrom: 'none' },
    { name: 't3', nameFrom: 'topology' },
  ]);
  expect(new InterfaceNames(sources).of(3)).toEqual({ name: 'c3', nameFrom: 'capture' });
});

it('an Ethernet capture has its name from the MAC in its frames, unless the file tells it', () => {
  const byMac = new Map([
    [0, 'eth2'],
    [1, 'eth3'],
  ]);
  const names = new InterfaceNames({ capture: new Map([[1, 'wan']]), byMac });
  expect(names.of(0)).toEqual({ name: 'eth2', nameFrom: 'topology' });
  expect(names.of(1)).toEqual({ name: 'wan', nameFrom: 'capture' });
  expect(names.of(2)).toEqual({ name: 'if2', nameFrom: 'none' });
});
