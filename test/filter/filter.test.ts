import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExtraField } from '../../src/dissect/extra.js';
import { field } from '../../src/dissect/fields.js';
import { FilterError } from '../../src/errors.js';
import { completions } from '../../src/filter/complete.js';
import { namedFields } from '../../src/filter/dictionary.js';
import { compileFilter } from '../../src/filter/filter.js';
import { frameFields } from '../../src/filter/frame-fields.js';
import { times } from '../thorough.js';
import { everyFrame, ranges, registry, Times } from './help.js';

const captures = join(import.meta.dirname, '../../captures');

/** Frame numbers, as `1-4 7`, that match. */
async function matching(capture: string, text: string, extras: readonly ExtraField[] = []): Promise<string> {
  const found: number[] = [];
  await everyFrame(join(captures, capture), (times) => {
    const { matches } = compileFilter(text, registry, [...frameFields(times), ...extras]);
    return (frame, layers) => {
      if (matches(layers)) found.push(frame.number);
    };
  });
  return ranges(found);
}

const fault = (text: string): FilterError => {
  try {
    compileFilter(text, registry);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  return expect.fail(`${text} is no fault`);
};

describe('faults', () => {
  it('shows the line, the place and the nearest names', () => {
    expect(fault('ip.src == 10.0.0.0/8 and ip.dts == 1.2.3.4').message).toBe(
      [
        'there is no field or protocol "ip.dts" (column 26)',
        '  ip.src == 10.0.0.0/8 and ip.dts == 1.2.3.4',
        '                           ^^^^^^',
        'did you mean ip.dst, ip.ttl?',
      ].join('\n'),
    );
  });

  it('says where in a text of several lines', () => {
    const error = fault('ip.src == 10.0.0.0/8\n  and tcp.port == 80000\n  and udp');
    expect(error.message).toBe(
      '"80000" is too large for tcp.port (line 2, column 19)\n    and tcp.port == 80000\n                    ^^^^^\nits largest value is 65535',
    );
    expect([error.start, error.end]).toEqual([39, 44]);
  });

  it.each([
    ['tcp.prot == 80', /did you mean tcp\.port/],
    ['bootp.option.hostname', /Wireshark, too, calls it dhcp\.option\.hostname now/],
    ['ssl', /calls it tls now/],
    ['vxlan.vnid == 1', /vxlan\.vni/],
    ['ip.src == 10.0.0.256', /no IPv4 address/],
    ['ip.src == 10/8', /all four numbers/],
    ['ip.src == fe80::1', /of IPv6, not of IPv4/],
    ['ip.src == 10.0.0.0/33', /longer than 32 bits/],
    ['ipv6.src == fe80::/129', /longer than 128 bits/],
    ['ip.src == example.org', /not looked up/],
    ['eth.src == 08:00:27', /no MAC address/],
    ['ip.ttl == 256', /largest value is 255/],
    ['ip.ttl == -1', /never negative/],
    ['ip.ttl == 64.0', /no number/],
    ['ip.ttl == "64"', /without quotes/],
    ['ip.ttl == ip.src', /cannot be compared/],
    ['ip.ttl contains 1', /for text and bytes/],
    ['ip.src contains "10"', /ip\.src == 10\.0\.0\.0\/8/],
    ['ip.ttl[0] == 40', /no bytes to cut/],
    ['eth.src[0:0] == 08', /length 0/],
    ['eth.src[2-1] == 08', /cannot end/],
    ['eth.src[x]', /is no range/],
    ['eth.src[0', /not closed/],
    ['ip.src#', /a layer is a number/],
    ['frame.number#1 == 1', /no field/],
    ['len(ip.src)', /compare it with something/],
    ['lenn(ip.src) == 1', /did you mean len/],
    ['len(ip.src, ip.dst) == 1', /takes one argument/],
    ['lower(ip.ttl) == "a"', /is for text/],
    ['ip.ttl in {}', /unexpected/],
    ['ip.ttl in 64', /stands in braces/],
    ['ip.ttl in {1..}', /unexpected/],
    ['(ip', /parenthesis is not closed/],
    ['ip)', /unexpected/],
    ['ip and', /too early/],
    ['ip AND tcp', /small letters: and/],
    ['ip.src = 1.2.3.4', /equal is written ==/],
    ['64 == 64', /a field stands on the left/],
    ['any ip.ttl', /needs a comparison/],
    ['ip.ttl == (64)', /braces/],
    ['frame contains "abc', /not closed/],
    ['frame contains "\\q"', /no escape sequence/],
    ['frame contains "\\777"', /octal/],
    ["ip.ttl == 'ab'", /one byte/],
    ['frame matches "["', /pattern has a \[/],
    ['frame matches "(a"', /pattern has a \(/],
    ['frame matches "(?=a)"', /not supported/],
    ['frame matches r"(a)\\1"', /refers back/],
    ['frame matches "a++"', /possessive/],
    ['frame matches "(((a{1,100}){1,100}){1,100})"', /too large/],
    ['frame matches abc', /double quotes/],
    ['1 < ip.ttl < 5', /joined with and/],
  ])('%s', (text, message) => {
    expect(fault(text).message).toMatch(message);
  });

  it('is bounded in length, depth and members', () => {
    expect(fault('ip'.padEnd(70_000, ' or ip')).message).toMatch(/longer than/);
    expect(fault(`${'('.repeat(300)}ip${')'.repeat(300)}`).message).toMatch(/levels of nesting/);
    expect(fault(`${'!'.repeat(30_000)}ip`).message).toMatch(/levels of nesting/);
    expect(fault(`ip.ttl ${'+ 1 '.repeat(300)} == 5`).message).toMatch(/in a row/);
    expect(fault(`ip.ttl in {${'1,'.repeat(20_000)}1}`).message).toMatch(/members in a set/);
    expect(fault(`${'max('.repeat(300)}ip.ttl${')'.repeat(300)} == 1`).message).toMatch(/levels of nesting/);
    // A long chain is no nesting.
    expect(() => compileFilter('ip.ttl == 1 or '.repeat(4000).concat('ip'), registry)).not.toThrow();
  });

  it('is never anything but a FilterError', () => {
    const words = fc.constantFrom(
      ...[
        'ip.src',
        'tcp',
        'eth.src',
        'frame',
        'dns.qry.name',
        'tcp.flags',
        'ip',
        'nofield',
        'outer.ip.src',
        'inner.tcp.port',
        'frame.time',
      ],
      ...[
        '==',
        '!=',
        '~=',
        '===',
        '<',
        '>=',
        'contains',
        'matches',
        '~',
        'in',
        '{',
        '}',
        '(',
        ')',
        '[',
        ']',
        '#',
        ',',
        '..',
        '&',
        '+',
        '-',
      ],
      ...[
        '*',
        '/',
        '%',
        '!',
        'not',
        'and',
        'or',
        'xor',
        '^^',
        'any',
        'all',
        'len',
        'count',
        'max',
        'string',
        'lower',
        '[0:3]',
        '[-4:]',
      ],
      ...[
        '#2',
        '#[-1]',
        '1',
        '0x1f',
        '017',
        '10.0.0.0/8',
        'fe80::/10',
        '::',
        '08:00:27',
        '"a"',
        'r"a.*"',
        "'a'",
        '"\\x41"',
        '1.5',
        '64..65',
      ],
    );
    const check = (text: string): void => {
      try {
        compileFilter(text, registry, namedFields());
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
        expect(error.start).toBeLessThanOrEqual(error.end);
        expect(error.end).toBeLessThanOrEqual(text.length);
        expect(error.message).toContain('^');
      }
    };
    fc.assert(
      fc.property(fc.array(words, { maxLength: 14 }), fc.constantFrom('', ' '), (list, gap) => check(list.join(gap))),
      { numRuns: times(1500, 6000) },
    );
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), check), { numRuns: times(750, 3000) });
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (s) => check(`frame matches r"${s}"`)),
      { numRuns: times(750, 3000) },
    );
  });
});

describe('beyond Wireshark', () => {
  it('inner and outer are the levels of a tunnel, and the same where there is none', async () => {
    const outer = await matching('vxlan-healthy.pcap', 'outer.ip.src == 172.20.0.0/16');
    expect(outer).toBe('');
    expect(await matching('vxlan-healthy.pcap', 'inner.ip.src == 172.20.0.0/16')).toBe(
      await matching('vxlan-healthy.pcap', 'ip.src#2 == 172.20.0.0/16'),
    );
    expect(await matching('vxlan-healthy.pcap', 'not vxlan and ip and not (inner.ip.src and outer.ip.src)')).toBe('');
    expect(await matching('vxlan-healthy.pcap', 'outer.tcp and vxlan')).toBe('');
    expect(await matching('vxlan-healthy.pcap', 'inner.eth and vxlan')).toBe(await matching('vxlan-healthy.pcap', 'vxlan'));
  });

  it('a quoted packet is neither inner nor outer', async () => {
    const quoted = await matching('vxlan-port-unreachable.pcap', 'icmp.type == 3 and vxlan');
    expect(quoted).not.toBe('');
    expect(await matching('vxlan-port-unreachable.pcap', 'icmp.type == 3 and (inner.vxlan or outer.vxlan)')).toBe('');
    expect(await matching('vxlan-port-unreachable.pcap', 'icmp.type == 3 and (inner.udp or outer.udp)')).toBe('');
  });

  it('knows the fields that the engine gives it', async () => {
    const point: ExtraField = {
      def: field('hop.interface', 'Interface', 'string'),
      read: (layers) => (layers.frame!.number % 2 === 0 ? 'eth0' : null),
    };
    expect(await matching('native-missing-route.pcap', 'hop.interface == "eth0" and frame.number < 6', [point])).toBe('2 4');
    expect(await matching('native-missing-route.pcap', 'hop.interface == eth0 and frame.number < 6', [point])).toBe('2 4');
    expect(await matching('native-missing-route.pcap', 'not hop.interface and frame.number < 6', [point])).toBe('1 3 5');
    expect(compileFilter('hop.interface matches "eth[01]"', registry, [point]).fields).toEqual([point.def]);
  });

  it.each([
    ['tcp xor vxlan', '(tcp or vxlan) and not (tcp and vxlan)'],
    ['tcp ^^ vxlan', 'tcp xor vxlan'],
    ['ip.ttl in {62 63}', 'ip.ttl in {62, 63}'],
    ['64 == ip.ttl', 'ip.ttl == 64'],
    ['63 < ip.ttl', 'ip.ttl > 63'],
    ['ip.src == "172.20.0.0/16"', 'ip.src == 172.20.0.0/16'],
    ['tcp.flags.syn == true', 'tcp.flags.syn == 1'],
    ['ip.ttl in {63 + 1}', 'ip.ttl == 64'],
    ['', 'frame'],
    ['  ', 'frame'],
  ])('%s means %s', async (a, b) => {
    expect(await matching('vxlan-healthy.pcap', a)).toBe(await matching('vxlan-healthy.pcap', b));
    expect(await matching('vxlan-healthy.pcap', b)).not.toBe('');
  });

  it('times are exact to the nanosecond', async () => {
    const exact: string[] = [];
    await everyFrame(join(captures, 'vxlan-healthy.pcap'), () => (frame) => {
      exact.push(`${frame.seconds}.${String(frame.nanoseconds).padStart(9, '0')}`);
    });
    for (const n of [2, 30]) {
      const time = exact[n - 1]!;
      expect(await matching('vxlan-healthy.pcap', `frame.time_epoch == ${time}`)).toBe(String(n));
      expect(await matching('vxlan-healthy.pcap', `frame.time_epoch < ${time}`)).toBe(n === 2 ? '1' : `1-${n - 1}`);
      const date = new Date(Number(time.split('.')[0]) * 1000).toISOString().slice(0, 19);
      expect(await matching('vxlan-healthy.pcap', `frame.time == "${date}.${time.split('.')[1]}Z"`)).toBe(String(n));
    }
  });
});

it('knows the names of IP protocols, in any letters', async () => {
  // tshark 4.0 takes the same names, with and without quotes.
  const pairs = [
    ['ip.proto == "TCP"', 'ip.proto == 6'],
    ['ip.proto == UDP', 'ip.proto == 17'],
    ['ip.proto in {ICMP, "OSPF IGP"}', 'ip.proto in {1, 89}'],
    ['ipv6.nxt != ICMPv6', 'ipv6.nxt != 58'],
  ] as const;
  for (const capture of ['dns-healthy.pcap', 'vxlan-over-ipv6.pcap'])
    await everyFrame(join(import.meta.dirname, '../../captures', capture), () => {
      const both = pairs.map((pair) => pair.map((text) => compileFilter(text, registry).matches));
      return (_, layers) => {
        for (const [named, numbered] of both) expect(named!(layers)).toBe(numbered!(layers));
      };
    });
  expect(() => compileFilter('ip.proto == TPC', registry)).toThrow(/TPC/);
});

it('tells which fields it asks for', () => {
  const names = (text: string) => compileFilter(text, registry).fields.map((def) => def.name);
  expect(names('ip.addr == 10.0.0.0/8 and tcp and inner.udp.srcport > 5').sort()).toEqual([
    'ip.dst',
    'ip.src',
    'tcp',
    // Of UDP and of UDP-Lite.
    'udp.srcport',
    'udp.srcport',
  ]);
});

describe('completion', () => {
  const at = (text: string) => {
    const { start, items } = completions(text, text.length, registry, frameFields(new Times({} as never)));
    return { start, texts: items.map((item) => item.text) };
  };
  it('names fields and protocols, the next part first', () => {
    expect(at('ip.s')).toMatchObject({ start: 0, texts: expect.arrayContaining(['ip.src']) });
    expect(at('ip.s').texts[0]).toBe('ip.src');
    expect(at('tcp and vxlan.v')).toEqual({ start: 8, texts: ['vxlan.vni'] });
    expect(at('').texts.length).toBe(100);
    expect(at('frame.nu').texts).toEqual(['frame.number']);
    expect(at('inner.ip.sr').texts[0]).toBe('inner.ip.src');
    expect(at('not (le').texts).toContain('len(');
  });
  it('names operators behind a field and values behind an operator', () => {
    expect(at('ip.src ').texts).toEqual(expect.arrayContaining(['==', 'in', 'contains']));
    expect(at('arp.opcode == ').texts).toEqual(expect.arrayContaining(['request', 'reply']));
    expect(at('arp.opcode in {request, re').texts).toEqual(expect.arrayContaining(['reply']));
    expect(at('tcp.flags.syn == T').texts).toContain('True');
    expect(at('ip.ttl == 64 ').texts).toContain('and');
  });
  it('offers the values of a capture first, in their order; in quotes too, and none while they are counted', () => {
    const seen = [
      ['10.0.0.2', '7 packets'],
      ['10.0.0.1', '3 packets'],
      ['"a b"', '1 packet'],
    ].map(([text, title]) => ({ text: text!, title: title!, kind: 'value' }) as const);
    const asked: string[] = [];
    const values = (text: string, known: typeof seen | null = seen) => {
      const valuesOf = (field: string) => {
        asked.push(field);
        return known;
      };
      return completions(text, text.length, registry, [], valuesOf).items.map((item) => item.text);
    };
    expect(values('ip.src == ')).toEqual(['10.0.0.2', '10.0.0.1', '"a b"']);
    expect(values('tcp && inner.ip.src in {10.0.0.1, 10.0.0')).toEqual(['10.0.0.2', '10.0.0.1']);
    expect(values('ip.src == 0.1')).toEqual(['10.0.0.1']);
    expect(values('http.host == "a')).toEqual(['"a b"']);
    expect(values('arp.opcode == ').slice(0, 1)).toEqual(['10.0.0.2']);
    expect(values('arp.opcode == ')).toContain('reply');
    expect(values('ip.src == ', null)).toEqual([]);
    // Another field may stand there too.
    expect(values('ip.src == ip.d', [])).toContain('ip.dst');
    expect(asked.slice(0, 2)).toEqual(['ip.src', 'inner.ip.src']);
  });
  it('is silent inside a string', () => {
    expect(at('frame contains "ip.s').texts).toEqual([]);
  });
});
