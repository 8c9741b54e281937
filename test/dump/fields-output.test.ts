// `dump -T fields`: columns, occurrences, levels of a tunnelled packet, and what a user gets wrong.
import { describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { Registry } from '../../src/dissect/registry.js';
import { Layers } from '../../src/dissect/walk.js';
import { FieldsPrinter, fieldsHeader, parseFieldsOptions } from '../../src/dump/fields-output.js';

const registry = new Registry(dissectors);

// VXLAN with VNI 63446: 192.0.2.1 -> 192.0.2.2 carries UDP 10.0.0.1 -> 10.0.0.2.
const tunnelled =
  '02000000000b02000000000a080045000050000100004011f696c0000201c0000202c00012b5003c00000800000000f7d600' +
  '02000000010b02000000010a08004500001e0003000040116 6ca0a0000010a00000203e807d0000a85e66162'.replace(' ', '');

function line(fields: readonly string[], settings: readonly string[] = [], hex = tunnelled): string {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
  const layers = new Layers(registry);
  layers.walkFrom(registry.linkProto(1), bytes, 0, bytes.length, bytes.length);
  return new FieldsPrinter(registry, fields, [], parseFieldsOptions(settings)).line(layers);
}

describe('columns', () => {
  it('hold all occurrences, outer first', () => {
    expect(line(['ip.src', 'vxlan.vni', 'udp.dstport'])).toBe('192.0.2.1,10.0.0.1\t63446\t4789,2000\n');
  });
  it('of a generic name hold every field it stands for, in header order', () => {
    expect(line(['ip.addr'])).toBe('192.0.2.1,192.0.2.2,10.0.0.1,10.0.0.2\n');
  });
  it('of a field that is not there are empty', () => {
    expect(line(['tcp.port', 'eth.src', 'arp.opcode'])).toBe('\t02:00:00:00:00:0a,02:00:00:00:01:0a\t\n');
  });
  it('may be one field twice', () => {
    expect(line(['vxlan.vni', 'vxlan.vni'])).toBe('63446\t63446\n');
  });
});

describe('occurrences', () => {
  it('first and last', () => {
    expect(line(['ip.src'], ['occurrence=f'])).toBe('192.0.2.1\n');
    expect(line(['ip.src'], ['occurrence=l'])).toBe('10.0.0.1\n');
  });
  it('by number', () => {
    expect(line(['ip.src#1', 'ip.src#2', 'ip.src#3'])).toBe('192.0.2.1\t10.0.0.1\t\n');
  });
  it('of one level', () => {
    expect(line(['outer.ip.src', 'inner.ip.src', 'inner.udp.dstport', 'outer.udp.dstport'])).toBe(
      '192.0.2.1\t10.0.0.1\t2000\t4789\n',
    );
  });
  it('without a tunnel there is one level, which is both', () => {
    expect(line(['outer.ip.src', 'inner.ip.src'], [], tunnelled.slice(100))).toBe('10.0.0.1\t10.0.0.1\n');
  });
});

describe('settings', () => {
  it('separator, aggregator and quotes', () => {
    expect(line(['ip.src', 'tcp.port', 'vxlan.vni'], ['separator=,', 'aggregator=;', 'quote=d'])).toBe(
      '"192.0.2.1;10.0.0.1",,"63446"\n',
    );
    expect(line(['ip.src', 'vxlan.vni'], ['separator=/s', 'quote=s', 'occurrence=f'])).toBe("'192.0.2.1' '63446'\n");
  });
  it('header', () => {
    expect(
      fieldsHeader(new FieldsPrinter(registry, ['ip.src', 'udp.port'], [], parseFieldsOptions(['header=y', 'quote=d']))),
    ).toBe('ip.src\tudp.port\n');
  });
  it.each(['header', 'header=maybe', 'colour=red', 'separator=', 'occurrence=x', ''])('"%s" is refused', (setting) => {
    expect(() => parseFieldsOptions([setting])).toThrow(/^-E /);
  });
});

describe('a field that nobody declares', () => {
  it('is answered with the nearest names', () => {
    expect(() => line(['ip.scr'])).toThrow('there is no field "ip.scr"; did you mean ip.src');
    expect(() => line(['bootp.type'])).toThrow('there is no field "bootp.type"; Wireshark, too, calls it dhcp.type now');
    expect(() => line(['vni'])).toThrow(/geneve\.vni|vxlan\.vni/);
  });
  it('or with where to look', () => {
    expect(() => line(['no.such.thing.at.all'])).toThrow('hopscope fields lists them');
  });
});

it('text of a packet cannot steer the terminal', () => {
  // An HTTP request whose host name holds ESC [ 2 J, a tab, and bytes that are no ASCII.
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: a\u001b[2Jb\tc\u202ed\r\n\r\n');
  const ip = Buffer.from('4500000000010000400600000a0000010a000002', 'hex');
  ip.writeUInt16BE(40 + request.length, 2);
  const tcp = Buffer.from('9c4000500000000100000001501820000000 0000'.replace(' ', ''), 'hex');
  const hex = Buffer.concat([Buffer.from('02000000000b02000000000a0800', 'hex'), ip, tcp, request]).toString('hex');
  expect(line(['http.host'], [], hex)).toBe('a\\x1b[2Jb\\tc\ufffd\ufffd\ufffdd\n');
});
