import { describe, expect, it } from 'vitest';
import { checksum } from '../../src/bytes/checksum.js';
import { diagnose, encodePacket, forward, ipv4, ipv6, type Sight, sll2, type TestFrame, tcp, udp } from './lab.js';

const only = ['checksum-bad'];
const syn = (src: number, sum?: number, sight: Sight = {}): TestFrame =>
  sll2(
    { if: 2, ...sight },
    ipv4({ src: '10.1.1.10', dst: '10.1.2.20' }, tcp({ src, dst: 80, flags: 'S', seq: 1, checksum: sum })),
  );

/** What is left in the field when the card is to finish the sum: the pseudo header alone, not complemented. */
function partial(frame: TestFrame): number {
  const bytes = encodePacket(frame.packet);
  const words = [...bytes.subarray(12, 20), 0, 6, 0, bytes.length - 20];
  return ~checksum(Uint8Array.from(words), 0, words.length) & 0xffff;
}

describe('checksum-bad', () => {
  it('finds wrong checksums of what arrives', () => {
    const [finding] = diagnose([syn(1, 0x1234), syn(2, 0x1234)], { only, ifmap: { 2: 'eth1' } });
    expect(finding).toMatchObject({ verdict: 'fail', title: 'Packets arrive at router with a wrong TCP checksum', count: 2 });
    expect(finding.subject.interfaceIn).toBe('eth1');
  });

  it('claims no loss of what is answered all the same', () => {
    const both = (n: number): TestFrame[] =>
      [true, false].map((isQuestion) => {
        const [src, dst] = isQuestion ? ['10.1.1.10', '10.1.2.20'] : ['10.1.2.20', '10.1.1.10'];
        const ports = isQuestion ? { src: n, dst: 123 } : { src: 123, dst: n };
        return sll2({ if: 2 }, ipv4({ src, dst }, udp({ ...ports, data: 48, checksum: 0x1234 })));
      });
    const [finding] = diagnose([...both(1), ...both(2)], { only });
    expect(finding).toMatchObject({ severity: 'info', count: 4 });
    expect(finding.message).toContain('they are answered');
    const [lost] = diagnose([...both(1).slice(0, 1), ...both(2)], { only });
    expect(lost.severity).toBe('warning');
    expect(lost.message).toContain('their receiver drops them');
  });

  it('checks UDP over IPv6 and the IPv4 header', () => {
    const six = [1, 2].map((src) =>
      sll2({}, ipv6({ src: 'fd00::1', dst: 'fd00::2' }, udp({ src, dst: 5000, data: 8, checksum: 0x1234 }))),
    );
    expect(diagnose(six, { only })[0].title).toContain('UDP checksum');
    const header = [1, 2].map((src) =>
      sll2({}, ipv4({ src: '10.1.1.1', dst: '10.1.1.2', checksum: 0x1234 }, udp({ src, dst: 5000 }))),
    );
    expect(diagnose(header, { only })[0].title).toContain('IPv4 header checksum');
  });

  it('leaves offload, right sums, bit errors and cut packets alone', () => {
    expect(diagnose([syn(1), syn(2), forward(syn(3), { if: 3 })], { only })).toEqual([]);
    const sum = partial(syn(1));
    expect(diagnose([syn(1, sum), syn(2, sum)], { only })).toEqual([]);
    expect(diagnose([syn(1, 0x1234, { dir: 'out' }), syn(2, 0x1234, { dir: 'out' })], { only })).toEqual([]);
    expect(diagnose([syn(1, 0x1234), syn(2)], { only })).toEqual([]);
    expect(diagnose([syn(1, 0x1234, { snap: 56 }), syn(2, 0x1234, { snap: 56 })], { only })).toEqual([]);
    expect(
      diagnose(
        [1, 2].map((src) => sll2({}, ipv4({ src: '10.1.1.1', dst: '10.1.1.2' }, udp({ src, dst: 5000, checksum: 0 })))),
        { only },
      ),
    ).toEqual([]);
  });

  it('leaves tunnels on ports of their own alone: their sum covers one that the card fills in', () => {
    const inner = encodePacket(ipv4({ src: '10.244.1.5', dst: '10.244.2.7' }, tcp({ src: 40000, dst: 80, flags: 'S', seq: 1 })));
    const ethernet = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, ...inner];
    const carried = (header: number[]): TestFrame[] =>
      [1, 2].map((src) =>
        sll2(
          {},
          ipv4(
            { src: '10.1.1.1', dst: '10.1.1.2' },
            udp({ src, dst: 14789, data: Uint8Array.from([...header, ...ethernet]), checksum: 0x1234 }),
          ),
        ),
      );
    const vxlan = [8, 0, 0, 0, 0, 0, 42, 0];
    const geneve = [1, 0, 0x65, 0x58, 0, 0, 42, 0, 1, 0x4b, 1, 0];
    expect(diagnose(carried(vxlan), { only })).toEqual([]);
    expect(diagnose(carried(geneve), { only })).toEqual([]);
    expect(diagnose(carried([8, 0, 0, 1, 0, 0, 42, 0]), { only })[0].title).toContain('UDP checksum');
  });
});
