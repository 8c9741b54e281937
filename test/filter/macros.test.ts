// Macros of filters, the bytes of fields, and the names of values.
import { describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { Registry } from '../../src/dissect/registry.js';
import { namedFields } from '../../src/filter/dictionary.js';
import { compileFilter } from '../../src/filter/filter.js';
import { addMacros, expanded, parseMacros } from '../../src/filter/macros.js';
import { printed } from '../dump/print.js';
import { captureFile, ipv4, sll2, tcp, udp } from '../rules/lab.js';

addMacros([
  ['web', 'tcp.port in {80, 443}'],
  ['to', 'ip.dst == $1 and tcp.dstport == $2'],
  ['both', '($web) and $to($1, 80)'],
  ['loop', 'ip and $loop'],
]);
const registry = new Registry(dissectors, []);
const A = '10.0.1.5';
const B = '10.0.2.5';
const frames = captureFile([
  sll2({}, ipv4({ src: A, dst: B }, tcp({ src: 5000, dst: 80, flags: 'S' }))),
  sll2({}, ipv4({ src: B, dst: A }, tcp({ src: 80, dst: 5000, flags: 'SA' }))),
  sll2({}, ipv4({ src: A, dst: B }, udp({ src: 5000, dst: 9 }))),
]);
const numbers = async (filter: string): Promise<string> =>
  (await printed(frames, { filter, type: 'fields', field: ['frame.number'] })).text.trim().replaceAll('\n', ' ');

describe('macros', () => {
  it.each([
    ['$web', '1 2'],
    [`\${web} and udp`, ''],
    [`$to(${B}, 80)`, '1'],
    [`\${to:${B};80}`, '1'],
    [`\${to;${A};5000}`, '2'],
    [`$both(${B}) or udp`, '1 3'],
    ['frame contains "$web" or udp', '3'],
  ])('%s', async (filter, expected) => {
    expect(await numbers(filter)).toBe(expected);
  });

  it.each([
    ['$webb', 'there is no macro "webb" (column 1)', 'did you mean web?'],
    ['udp or $to(1)', 'the macro "to" takes 2 arguments, not 1 (column 8)', 'it is ip.dst == $1'],
    [`ip.dst == \${ip.src}`, 'no frame is selected whose ip.src could be meant', 'write the value'],
    ['$loop', 'macros stand in macros', 'more than 16 deep'],
  ])('%s is an error that says what to do', (filter, what, hint) => {
    const compile = () => compileFilter(filter, registry);
    expect(compile).toThrow(what);
    expect(compile).toThrow(hint);
  });

  it('of Wireshark are read from its file', () => {
    expect(
      parseMacros('# a remark\n"web","tcp.port == 80"\n"host","ip.host == \\x22a\\x22"\n"new" ip.addr == $1\nwrong\n'),
    ).toEqual({
      macros: [
        ['web', 'tcp.port == 80'],
        ['host', 'ip.host == "a"'],
        ['new', 'ip.addr == $1'],
      ],
      wrong: [5],
    });
  });

  it('do not grow without end', () => {
    addMacros([['much', 'x'.repeat(1000)]]);
    expect(() => expanded('$much '.repeat(100))).toThrow('more than 65536 characters');
  });
});

describe('bytes and names of values', () => {
  it.each([
    ['@ip.src == 0a:00:01:05', '1 3'],
    ['@ip.src[0:2] == 0a:00', '1 2 3'],
    ['@udp.dstport == 00:09', '3'],
    ['tcp.flags == SYN', '1'],
    ['tcp.flags == "syn, ack"', '2'],
    ['sll.etype == IPv4', '1 2 3'],
    ['ip.src#1 == 10.0.2.5', '2'],
  ])('%s', async (filter, expected) => {
    expect(await numbers(filter)).toBe(expected);
  });

  it('a field that no header holds has none', () => {
    expect(() => compileFilter('@frame.number == 01', registry, namedFields())).toThrow('frame.number is in no header');
  });
});
