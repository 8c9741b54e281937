// Names of a topology never become arguments: a command that is printed for pasting has only names that Linux takes, and none that is
// quoted, reads like an option or brings a second word.
import { describe, expect, it } from 'vitest';
import { commandLine, deviceWord, printedCommand, REFUSED } from '../../src/bytes/command.js';
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

describe('the name of an interface in a command', () => {
  it.each(HOSTILE)('%j is refused, and a comment says why', (name) => {
    expect(deviceWord(name)).toBeNull();
    expect(commandLine(['ip route replace 10.0.0.0/24 dev', deviceWord(name)])).toBeNull();
    expect(printedCommand(['ip route replace 10.0.0.0/24 dev', deviceWord(name)])).toBe(REFUSED);
  });

  it.each(['eth0', 'lo', 'enp0s31f6', 'veth1234ab@if5', 'br-lan', 'bond0.100', 'wg_home', 'größe'])('%s is taken', (name) => {
    expect(deviceWord(name)).toBe(name);
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
    expect(out).not.toContain('repair:');
  });
});

describe('names that mean something to JavaScript or YAML', () => {
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
