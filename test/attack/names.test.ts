// Names of a topology never become arguments: a command that is printed for pasting has only names that Linux takes, and none that is
// quoted, reads like an option or brings a second word.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { command, isLine, shown, words } from '../../src/bytes/command.js';
import { file, hopscope } from './help.js';

const HOSTILE = [
  '$(id)',
  '`id`',
  'eth0 --modprobe=/tmp/x',
  '--modprobe=x',
  '-D',
  'eth0;reboot',
  "e'0",
  'e"0',
  'a|b',
  'a>b',
  'a&b',
  'a\nb',
  'a/b',
  'a:b',
  '.',
  '..',
  'sixteen_letters_',
  '*',
  '~',
  '#x',
  '!x',
  'a\u202eb',
  '\u001b[2J',
];

describe('a name in a command', () => {
  it.each(HOSTILE)('%j is no interface, and a comment says why', (name) => {
    const refused = /^# no command: the interface has a name that no Linux kernel takes, or that reads like an option$/;
    for (const line of [
      command`ip route replace 10.0.0.0/24 dev ${name}`,
      command`ip link set ${name} up`,
      command`iptables -t nat -A POSTROUTING ${words`-o ${name}`} -j MASQUERADE`,
    ]) {
      expect(line).toMatch(refused);
      expect(isLine(line)).toBe(false);
    }
    expect(shown`ip route get 10.0.0.1 iif ${name}`).toBe('ip route get 10.0.0.1 iif INTERFACE');
  });

  it.each([...HOSTILE.filter((name) => !['a/b', 'a:b', 'sixteen_letters_'].includes(name)), ''])('%j is no word', (name) => {
    expect(command`ip route show table ${name}`).toMatch(
      /^# no command: a name in it reads like an option, or would have to be quoted$/,
    );
    expect(shown`ip route show table ${name}`).toBe('ip route show table NAME');
  });

  it.each(['eth0', 'lo', 'enp0s31f6', 'veth1234ab@if5', 'br-lan', 'bond0.100', 'wg_home', 'größe'])('%s is taken', (name) => {
    expect(command`ip link set ${name} up`).toBe(`ip link set ${name} up`);
  });

  it('what may be missing leaves no gap', () => {
    expect(command`ip route replace ${'10.0.0.0/24'} ${words``} dev ${'eth0'} ${words`mtu ${1400}`}`).toBe(
      'ip route replace 10.0.0.0/24 dev eth0 mtu 1400',
    );
  });

  it.each(HOSTILE.slice(0, 7))('topology show prints no command with %j', (name) => {
    const lab = {
      nodes: {
        router: {
          interfaces: { [name]: { addresses: ['10.0.1.1/24'] }, eth1: { addresses: ['10.0.2.1/24'] } },
          routes: ['default via 10.0.2.2 dev eth1'],
        },
        w0: { interfaces: { eth0: { addresses: ['10.0.1.10/24'] } }, podCIDRs: ['172.20.0.0/24'] },
      },
    };
    const { out } = hopscope(['topology', 'show', '-t', file('lab.json', JSON.stringify(lab)), '172.20.0.5']);
    expect(out).toMatch(/repair: # no command: /);
  });
});

/** Words that some YAML takes for something else: a truth, nothing, numbers of several bases, base 60, a date, a merge. */
const YAML_WORDS =
  'yes no on off y n Yes ON true False null 1 12 0x10 0o7 0b1 010 1e3 1_000 1.5 1:30 .inf .nan 2001-01-01 << constructor toString'.split(
    ' ',
  );

describe('names that mean something to JavaScript or YAML', () => {
  it('are the same names after an import, for all readers', () => {
    const address = file(
      'address.txt',
      '2: eth0: <UP> mtu 1500 qdisc noqueue state UP\n    inet 10.0.1.1/24 scope global eth0\n',
    );
    const { out, status, err } = hopscope(['topology', 'import', ...YAML_WORDS.map((name) => `${name}=${address}`)]);
    expect(status, err).toBe(0);
    for (const version of ['1.1', '1.2'] as const) {
      const made = (parse(out, { version, mapAsMap: true, merge: true }) as Map<string, Map<unknown, unknown>>).get('nodes')!;
      expect([...made.keys()].sort()).toEqual([...YAML_WORDS].sort());
    }
  });

  it.each(['constructor', 'toString', 'yes', 'no', 'null', 'true', '1', '0x10', '1e3'])('%s is a node', (name) => {
    const text = (quoted: string) =>
      `nodes:\n  ${quoted}: { interfaces: { ${quoted}: { addresses: [10.0.1.1/24] } } }\n  other: { interfaces: { eth0: { addresses: [10.0.1.2/24] } } }\n`;
    const json = `{"nodes":{${JSON.stringify(name)}:{"interfaces":{${JSON.stringify(name)}:{"addresses":["10.0.1.1/24"]}}},"other":{"interfaces":{"eth0":{"addresses":["10.0.1.2/24"]}}}}}`;
    for (const [file_, content] of [
      ['lab.yaml', text(JSON.stringify(name))],
      ['lab.json', json],
    ] as const) {
      const { out, err, status } = hopscope(['topology', 'show', '-t', file(file_, content), '10.0.1.1']);
      expect(status, err).toBe(0);
      expect(out).toContain(name);
    }
  });

  it('__proto__ is refused, and not passed over', () => {
    const yaml = file('proto.yaml', 'nodes: { a: { interfaces: { __proto__: { addresses: [10.0.1.1/24] } } } }\n');
    const json = file('proto.json', '{"nodes":{"__proto__":{},"a":{}}}');
    for (const path of [yaml, json]) {
      const { err, status } = hopscope(['topology', 'show', '-t', path, '10.0.1.1']);
      expect(status).toBe(2);
      expect(err).toContain("nothing can be called '__proto__'");
    }
  });
});
