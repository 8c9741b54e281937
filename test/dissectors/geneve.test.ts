// Geneve and its options.
import { describe, expect, it } from 'vitest';
import { geneve } from '../../dissectors/geneve.js';
import { dissectors } from '../../dissectors/index.js';
import { Registry } from '../../src/dissect/registry.js';
import { treeOf } from '../../src/dissect/tree.js';
import { Layers } from '../../src/dissect/walk.js';
import { vectors } from './vectors.js';

vectors(
  'geneve',
  ['geneve'],
  [
    {
      name: 'without options',
      hex:
        '02000000000b02000000000a080045000050123400004011e465c0000201c0000202c00017c1003c00000000655800a1b200' +
        '02000000010b02000000010a08004500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:udp:geneve:eth:ethertype:ip:udp:data',
      fields: {
        'geneve.flags.critical': '0',
        'geneve.flags.oam': '0',
        'geneve.option.length': '0',
        'geneve.options_length': '0',
        'geneve.proto_type': '0x6558',
        'geneve.version': '0',
        'geneve.vni': '0x00a1b2',
      },
    },
    {
      name: 'options, one of them critical',
      hex:
        '02000000000b02000000000a080045000064123400004011e451c0000201c0000202c00017c1005000000540655800a1b200' +
        '014b81020a0000011f900000010201010000000702000000010b02000000010a08004500001e00030000401166ca0a000001' +
        '0a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:udp:geneve:eth:ethertype:ip:udp:data',
      fields: {
        'geneve.flags.critical': '1',
        'geneve.flags.oam': '0',
        'geneve.option': '014b81020a0000011f900000;0102010100000007',
        'geneve.option.class': '0x014b;0x0102',
        'geneve.option.length': '20;12;8',
        'geneve.option.type': '0x81;0x01',
        'geneve.option.type.critical': '1;0',
        'geneve.options_length': '20',
        'geneve.proto_type': '0x6558',
        'geneve.version': '0',
        'geneve.vni': '0x00a1b2',
      },
    },
    {
      name: 'IPv4 without Ethernet',
      hex:
        '02000000000b02000000000a080045000042123400004011e473c0000201c0000202c00017c1002e00000080080000000700' +
        '4500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:udp:geneve:ip:udp:data',
      fields: {
        'geneve.flags.critical': '0',
        'geneve.flags.oam': '1',
        'geneve.option.length': '0',
        'geneve.options_length': '0',
        'geneve.proto_type': '0x0800',
        'geneve.version': '0',
        'geneve.vni': '0x000007',
      },
    },
    {
      name: 'an option that is longer than all of them',
      hex:
        '02000000000b02000000000a080045000054123400004011e461c0000201c0000202c00017c1004000000100655800a1b200' +
        '0102010502000000010b02000000010a08004500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:udp:geneve:eth:ethertype:ip:udp:data',
      fields: {
        'geneve.flags.critical': '0',
        'geneve.flags.oam': '0',
        'geneve.option.length': '4',
        'geneve.options_length': '4',
        'geneve.proto_type': '0x6558',
        'geneve.version': '0',
        'geneve.vni': '0x00a1b2',
      },
    },
  ],
);

describe('the option of direct server return', () => {
  /** A Geneve header without payload, with one option of Cilium's class, type 0x81. */
  const optionLine = (data: string): string | null => {
    const words = data.length / 8;
    const hex = `${(words + 1).toString(16).padStart(2, '0')}40080000000b00014b81${words.toString(16).padStart(2, '0')}${data}`;
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
    const layers = new Layers(new Registry(dissectors));
    layers.walkFrom(geneve.ref.id, bytes, 0, bytes.length, bytes.length);
    return treeOf(layers)[0].children.find((node) => node.def.name === 'geneve.option')?.text ?? null;
  };

  it('is shown by name, with the service it carries', () => {
    expect(optionLine('0a0000011f900000')).toBe('Cilium DSR: service 10.0.0.1 port 8080');
    expect(optionLine('fd0000000000000000000000000000d300500000')).toBe('Cilium DSR: service fd00::d3 port 80');
    expect(optionLine('0a000001')).toBe('Cilium DSR');
  });
});
