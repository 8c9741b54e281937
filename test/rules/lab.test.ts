// The builder against an independent reader of headers: wrong lengths or checksums would make every rule's test worthless.
import { describe, expect, it } from 'vitest';
import { checksum } from '../../src/bytes/checksum.js';
import {
  arp,
  at,
  diagnose,
  dnat,
  dns,
  echo,
  encode,
  encodePacket,
  ethernet,
  forward,
  icmpError,
  ipv4,
  ipv6,
  observe,
  sll2,
  snat,
  solicitation,
  solicitedNode,
  summary,
  tcp,
  udp,
  vlan,
  vxlan,
} from './lab.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the test packet builder', () => {
  it('fills in lengths and checksums of IPv4 and ICMP', () => {
    const bytes = encodePacket(ipv4({ src: '10.0.0.1', dst: '10.0.0.2', id: 1, ttl: 64 }, echo({ id: 1, seq: 2, data: 4 })));
    expect(hex(bytes.subarray(0, 10))).toBe('45000020000140004001');
    expect(checksum(bytes, 0, 20)).toBe(0);
    expect(checksum(bytes, 20, bytes.length)).toBe(0);
  });

  it('fills in the checksum of TCP, also after translation', () => {
    const frame = ethernet({}, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, tcp({ src: 1000, dst: 80, flags: 'S', mss: 1460 })));
    for (const f of [frame, snat(frame, '192.0.2.1', 4000), dnat(frame, '10.9.9.9', 8080)]) {
      const b = encode(f).subarray(14);
      const words = [...b.subarray(12, 20), 0, 6, 0, b.length - 20, ...b.subarray(20)];
      expect(checksum(Uint8Array.from(words), 0, words.length)).toBe(0);
    }
    expect(hex(encode(snat(frame, '192.0.2.1', 4000)).subarray(26, 36))).toBe('c00002010a0000020fa0');
  });

  it('writes fields that share bytes', () => {
    const b = encode(ethernet({}, vlan(20, arp({ sender: '10.0.0.1', senderMac: '02:00:00:00:00:01', target: '10.0.0.2' }))));
    expect(hex(b.subarray(12, 18))).toBe('810000140806');
    const v = encodePacket(
      vxlan(
        { src: '10.0.0.1', dst: '10.0.0.2', vni: 0x123456 },
        ipv6({ src: 'fd00::1', dst: 'fd00::2' }, udp({ src: 1, dst: 2 })),
      ),
    );
    expect(hex(v.subarray(28, 36))).toBe('0800000012345600');
  });

  it('knows the solicited-node address (RFC 4291 section 2.7.1)', () => {
    expect(solicitedNode('4037::01:800:200e:8c6c')).toBe('ff02::1:ff0e:8c6c');
    expect(solicitation('fd00::1', '02:00:00:00:00:01', 'fd00::2').values.hlim).toBe(255);
  });

  it('is read as it was written', () => {
    const ping = sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, echo()));
    const query = sll2(
      { if: 3 },
      ipv4({ src: '10.0.1.5', dst: '10.0.2.6' }, udp({ src: 999, dst: 53, data: dns({ name: 'a.example' }) })),
    );
    const facts = observe([ping, forward(ping, { if: 4 }), query], { ifmap: { 3: 'eth1', 4: 'eth2' } });
    const [c, d] = [...facts.conversations()];
    expect(c.request.paths[0].path.hops.map((h) => facts.interfaces.name(h.port))).toEqual(['eth1', 'eth2']);
    expect(c.request.paths[0].hops.map((h) => h.ttl)).toEqual([64, 63]);
    expect(d.protoName).toBe('udp');
    expect([...facts.dns.list][0].asked).toBe(1);
  });

  it('quotes packets in ICMP errors', () => {
    const probe = ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, udp({ src: 999, dst: 5000 }));
    const facts = observe([sll2({}, ipv4({ src: '10.0.0.1', dst: '10.0.1.5' }, icmpError({ type: 3, code: 3 }, probe)))]);
    const [error] = [...facts.errors.list];
    expect([error.kind, `${error.dst}`, error.dstPort]).toEqual(['unreachable', '10.0.2.5', 5000]);
  });

  it('runs the rules', () => {
    const ping = (seq: number) => sll2({ if: 2, dir: 'out', at: seq }, ipv4({ src: '10.0.1.1', dst: '10.0.1.5' }, echo({ seq })));
    expect(summary(diagnose([ping(1), ping(2), ping(3), at(9, ping(4))]))).toContain('fail icmp-echo-no-reply');
  });
});
