// What is said of printed texts, and what is not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { inputsOf } from '../../src/cli/options.js';
import { analyze } from '../../src/main/analyze.js';
import type { Run } from '../../src/report/run.js';
import { PLAIN } from '../main/options.js';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-texts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function judged(text: string): Promise<Run> {
  const path = join(folder, 'paste.txt');
  writeFileSync(path, text);
  return analyze({
    ...PLAIN,
    ...(await inputsOf([path])),
    workers: 0,
  });
}
const said = (run: Run): string[] =>
  run.findings.filter(({ severity }) => severity !== 'info').map(({ rule, title }) => `${rule}: ${title}`);
const at = (ms: number): string =>
  `09:00:${String(Math.floor(ms / 1000)).padStart(2, '0')}.${String(ms % 1000).padStart(3, '0')}000`;
const lines = (count: number, line: (n: number) => string): string => Array.from({ length: count }, (_, n) => line(n)).join('');

describe('a text', () => {
  it('names interfaces and the machine of its prompt', async () => {
    const run = await judged(
      `root@r1:~# tcpdump -ni any icmp\n${lines(4, (n) => `${at(n * 1000)} eth1  In  IP 172.20.0.96 > 172.20.2.1: ICMP echo request, id 7, seq ${n}, length 64\n${at(n * 1000)} eth0  Out IP 172.20.0.96 > 172.20.2.1: ICMP echo request, id 7, seq ${n}, length 64\n`)}`,
    );
    expect(run.captures).toMatchObject([{ point: 'r1', frames: 8 }]);
    expect(run.captures[0].interfaces.map(({ name, in: came, out }) => `${name} ${came} ${out}`)).toEqual([
      'eth1 4 0',
      'eth0 0 4',
    ]);
  });

  it('of two machines is two captures, and journeys run across them', async () => {
    const ping = (n: number, what: string) => `ICMP echo ${what}, id 7, seq ${n}, length 64\n`;
    const a = lines(
      3,
      (n) =>
        `${at(n * 1000)} eth0  Out IP 10.0.0.1 > 10.0.0.2: ${ping(n, 'request')}${at(n * 1000 + 2)} eth0  In  IP 10.0.0.2 > 10.0.0.1: ${ping(n, 'reply')}`,
    );
    const b = lines(
      3,
      (n) =>
        `${at(n * 1000 + 1)} eth0  In  IP 10.0.0.1 > 10.0.0.2: ${ping(n, 'request')}${at(n * 1000 + 1)} eth0  Out IP 10.0.0.2 > 10.0.0.1: ${ping(n, 'reply')}`,
    );
    const run = await judged(`root@a:~# tcpdump -ni any\n${a}root@b:~# tcpdump -ni any\n${b}`);
    expect(run.captures.map(({ point, frames }) => `${point} ${frames}`)).toEqual(['a 6', 'b 6']);
    expect(said(run)).toEqual([]);
  });

  it('without MACs: nobody has to answer pings of the broadcast address of the sender’s own network', async () => {
    const asks = (to: string) =>
      lines(3, (n) => `${at(n * 1000)} IP 192.168.1.5 > ${to}: ICMP echo request, id 7, seq ${n}, length 64\n`) +
      lines(
        3,
        (n) =>
          `${at(9000 + n)} IP 192.168.1.${n % 2 === 0 ? '5 > 192.168.1.7: ICMP echo request' : '7 > 192.168.1.5: ICMP echo reply'}, id 8, seq ${n >> 1}, length 64\n`,
      );
    expect(said(await judged(asks('192.168.1.255')))).toEqual([]);
    for (const host of ['192.168.1.254', '192.168.2.255'])
      expect(said(await judged(asks(host)))).toEqual([`icmp-echo-no-reply: No reply to pings of ${host}`]);
  });

  it('without TTLs is not told to lose what a traceroute lets expire', async () => {
    const run = await judged(
      lines(
        3,
        (n) =>
          `${at(n * 10)} eth1  In  IP 172.20.0.96.4000${n} > 172.20.2.1.3343${4 + n}: UDP, length 32\n${at(n * 10)} eth1  Out IP 192.168.10.200 > 172.20.0.96: ICMP time exceeded in-transit, length 68\n`,
      ) +
        lines(
          4,
          (n) =>
            `${at(100 + n * 10)} eth1  In  IP 172.20.0.96.5000${n} > 172.20.2.1.33440: UDP, length 32\n${at(100 + n * 10)} eth2  Out IP 172.20.0.96.5000${n} > 172.20.2.1.33440: UDP, length 32\n`,
        ),
    );
    expect(said(run)).toEqual([]);
  });

  it('shows a loop where the same packet passes many times at once', async () => {
    const round = (n: number) =>
      lines(
        8,
        () =>
          `${at(n * 1000)} eth1  In  IP 172.20.0.96 > 172.20.2.1: ICMP echo request, id 7, seq ${n}, length 64\n${at(n * 1000)} eth1  Out IP 172.20.0.96 > 172.20.2.1: ICMP echo request, id 7, seq ${n}, length 64\n`,
      );
    const run = await judged(lines(3, round));
    expect(said(run)[0]).toMatch(/^routing-loop: .* go round in a loop through eth1/);
    expect(run.findings[0].message).not.toMatch(/ttl/);
  });

  it('of messages that it does not print is no pass', async () => {
    const run = await judged(
      lines(
        5,
        (n) => `${at(n * 1000)} IP 10.20.0.11 > 224.0.0.18: VRRPv3, Advertisement, vrid 7, prio 100, intvl 100cs, length 12\n`,
      ),
    );
    expect(run.findings).toMatchObject([
      {
        rule: 'capture-clipped',
        verdict: 'inconclusive',
        title: 'The text at paste does not print what its VRRP messages say',
        count: 5,
      },
    ]);
  });

  describe('says of checksums what tcpdump -v has checked', () => {
    const syn = (n: number, sum: string): string =>
      `${at(n * 1000)} eth1  In  IP (tos 0x0, ttl 63, id ${n + 1}, offset 0, flags [DF], proto TCP (6), length 60)\n    10.0.1.5.4000${n} > 10.0.2.6.80: Flags [S], cksum ${sum}, seq 1, win 64240, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0\n`;
    const tunnelled = (n: number, outer: string, inner: string): string =>
      `${at(n * 1000)} eth1  In  IP (tos 0x0, ttl 64, id ${n + 1}, offset 0, flags [none], proto UDP (17), length 110)\n    192.168.10.100.40000 > 192.168.20.100.8472: [${outer}] OTV, flags [I] (0x08), overlay 0, instance 5\n${syn(n, inner).replace(/^.* In {2}/, '')}`;
    const sums = async (text: string): Promise<string[]> => said(await judged(text)).filter((one) => one.includes('checksum'));

    it('a wrong one that came in, once is a bit error', async () => {
      expect(await sums(lines(2, (n) => syn(n, '0x1234 (incorrect -> 0x4321)')))).toEqual([
        expect.stringMatching(/^checksum-bad: Packets arrive at .* with a wrong TCP checksum$/),
      ]);
      expect(await sums(syn(0, '0x1234 (incorrect -> 0x4321)'))).toEqual([]);
      expect(await sums(lines(2, (n) => syn(n, '0x4321 (correct)')))).toEqual([]);
    });

    it('none that is left to the card: the sum of the pseudo header, or nothing', async () => {
      // 10.0.1.5 + 10.0.2.6 + 6 + 40, by hand: 0x0a00 + 0x0105 + 0x0a00 + 0x0206 + 0x06 + 0x28.
      expect(await sums(lines(2, (n) => syn(n, '0x1739 (incorrect -> 0x4321)')))).toEqual([]);
      expect(await sums(lines(2, (n) => syn(n, '0x0000 (incorrect -> 0x4321)')))).toEqual([]);
    });

    it('the one outside a tunnel where that inside is right', async () => {
      const wrong = 'bad udp cksum 0x1c2d -> 0x9a3b!';
      expect((await sums(lines(2, (n) => tunnelled(n, wrong, '0x4321 (correct)'))))[0]).toMatch(
        /VXLAN packets from 192\.168\.10\.100 arrive with a wrong outer UDP checksum/,
      );
      // The card finishes both at once.
      expect(await sums(lines(2, (n) => tunnelled(n, wrong, '0x1739 (incorrect -> 0x4321)')))).toEqual([]);
      expect(await sums(lines(2, (n) => tunnelled(n, 'udp sum ok', '0x4321 (correct)')))).toEqual([]);
    });

    it('none of a datagram whose content is not printed: it may be a tunnel', async () => {
      const datagram = (n: number): string =>
        `${at(n * 1000)} IP (tos 0x0, ttl 64, id ${n + 1}, offset 0, flags [DF], proto UDP (17), length 36)\n    10.0.0.1.5000 > 10.0.0.2.6000: [bad udp cksum 0x1234 -> 0x5678!] UDP, length 8\n`;
      expect(await sums(lines(3, datagram))).toEqual([]);
    });
  });

  it('with interfaces that have no name misses no answer that was handed past them', async () => {
    const run = await judged(
      lines(
        6,
        (n) =>
          `${at(n * 1000)} ?     In  IP 10.50.0.7.3670${n} > 10.9.8.3.53: ${n + 1}+ A? example.com. (29)\n` +
          `${at(n * 1000)} eth0  Out IP 10.9.8.15.5000${n} > 10.9.8.3.53: ${n + 1}+ A? example.com. (29)\n` +
          `${at(n * 1000 + 20)} eth0  In  IP 10.9.8.3.53 > 10.9.8.15.5000${n}: ${n + 1}- 1/0/0 A 198.51.100.34 (56)\n`,
      ),
    );
    expect(said(run).map((text) => text.split(':')[0])).toEqual(['capture-no-interface']);
    expect(run.findings.map(({ verdict }) => verdict)).not.toContain('fail');
  });

  const syn = (ms: number, inner = 'IP 10.1.0.2.40000 > 10.2.0.2.80') =>
    `${at(ms)} ${inner}: Flags [S], seq 1000000000, win 64240, options [mss 1460], length 0\n`;
  const rest = (ms: number) =>
    `${at(ms)} IP 10.2.0.2.80 > 10.1.0.2.40000: Flags [S.], seq 2000000000, ack 1000000001, win 64240, options [mss 1460], length 0\n` +
    `${at(ms + 1)} IP 10.1.0.2.40000 > 10.2.0.2.80: Flags [.], ack 1, win 64240, length 0\n` +
    `${at(ms + 2)} IP 10.1.0.2.40000 > 10.2.0.2.80: Flags [P.], seq 1:76, ack 1, win 64240, length 75\n` +
    `${at(ms + 3)} IP 10.2.0.2.80 > 10.1.0.2.40000: Flags [P.], seq 1:158, ack 76, win 64240, length 157\n` +
    `${at(ms + 4)} IP 10.1.0.2.40000 > 10.2.0.2.80: Flags [F.], seq 76, ack 158, win 64240, length 0\n`;
  const closes = (ms: number) =>
    `${at(ms)} IP 10.2.0.2.80 > 10.1.0.2.40000: Flags [F.], seq 158, ack 77, win 64240, length 0\n` +
    `${at(ms + 1)} IP 10.1.0.2.40000 > 10.2.0.2.80: Flags [.], ack 159, win 64240, length 0\n`;

  it('does not say why SYNs were repeated until one was answered', async () => {
    const text = syn(0) + syn(1000) + syn(3000) + syn(7000) + rest(7010) + closes(7020);
    expect(said(await judged(text))).toEqual([
      'capture-clipped: The text does not say why SYNs went unanswered for a while, to 10.2.0.2 port 80',
    ]);
    expect(said(await judged(syn(0) + rest(10) + closes(20)))).toEqual([]);
  });

  it('does not say whether bytes are missing where one side never closes', async () => {
    const acks = `${at(15)} IP 10.2.0.2.80 > 10.1.0.2.40000: Flags [.], ack 77, win 64240, length 0\n`;
    const later = `${at(9000)} ARP, Request who-has 10.1.0.1 tell 10.1.0.2, length 28\n${at(9001)} ARP, Reply 10.1.0.1 is-at 02:00:00:00:00:01, length 28\n`;
    expect(said(await judged(syn(0) + rest(10) + acks + later))).toEqual([
      'capture-clipped: The text does not say whether anything is missing of connections to 10.2.0.2 port 80',
    ]);
    expect(said(await judged(syn(0) + rest(10) + closes(20) + later))).toEqual([]);
  });

  it('of cut packets does not say what was cut off', async () => {
    const cut = (syn(0) + rest(10) + closes(20)).replace(/options \[mss 1460\], length 0/g, 'options [ [|tcp]');
    expect(said(await judged(cut))).toEqual(['capture-clipped: The text at paste does not print what its cut messages say']);
    // What a stream carries ends in the middle of a message by nature.
    expect(said(await judged((syn(0) + rest(10) + closes(20)).replace(/length 75/, 'length 75: HTTP [|http]')))).toEqual([]);
  });

  it('of a device without link header is read with -e', async () => {
    const run = await judged(
      syn(0, 'ip: 192.0.2.1.51222 > 10.14.0.2.30994') +
        syn(1000, 'ip: 192.0.2.1.51222 > 10.14.0.2.30994') +
        syn(3000, 'ip: 192.0.2.1.51222 > 10.14.0.2.30994'),
    );
    expect(said(run)).toEqual(['tcp-no-answer: No answer from 10.14.0.2 port 30994']);
  });

  const banner = (device: string) =>
    `tcpdump: listening on ${device}, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n`;

  it('of two runs of tcpdump with only a banner between is two captures', async () => {
    const end = (us: number) =>
      lines(5, (n) => {
        const s = `09:00:0${n}`;
        return (
          `${s}.000${100 + us} IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq ${n}, length 64\n` +
          `${s}.000${900 - us} IP 10.0.0.2 > 10.0.0.1: ICMP echo reply, id 7, seq ${n}, length 64\n`
        );
      });
    const run = await judged(`${banner('eth0')}${end(0)}10 packets captured\n${banner('eth0')}${end(200)}`);
    expect(run.captures.map(({ point, frames }) => `${point} ${frames}`)).toEqual(['part1 10', 'part2 10']);
    expect(said(run)).toEqual([]);
    // Banners before any packet divide nothing; where prompts name the machines, they do.
    expect((await judged(`${banner('eth0')}${banner('eth1')}${end(0)}`)).captures.map(({ point }) => point)).toEqual(['paste']);
    const prompted = await judged(`root@a:~# tcpdump -ni eth0\n${banner('eth0')}${end(0)}${banner('eth0')}${end(200)}`);
    expect(prompted.captures.map(({ point, frames }) => `${point} ${frames}`)).toEqual(['a 20']);
  });

  it('tells a FIN from the acknowledgment of one byte less before it', async () => {
    // Both on their way through a node, where copies of a packet are looked for.
    const through = (text: string) =>
      text.replace(/^(\S+) (IP (\S+) .*\n)/gm, (_, time: string, packet: string, from: string) => {
        const [first, second] = from.startsWith('10.1.') ? ['eth1', 'eth2'] : ['eth2', 'eth1'];
        return `${time} ${first}  In  ${packet}${time} ${second}  Out ${packet}`;
      });
    const text = (syn(0) + rest(10)).replace(/.*Flags \[F\.\].*\n/, '');
    const half = `${at(9000)} eth1  In  ARP, Request who-has 10.1.0.1 tell 10.1.0.2, length 28\n${at(9001)} eth1  Out ARP, Reply 10.1.0.1 is-at 02:00:00:00:00:01, length 28\n`;
    // The last bit of 2000000157 is set: one less differs from it in that bit only, as a FIN does from none.
    const run = await judged(
      `${through(
        `${text}${at(14)} IP 10.1.0.2.40000 > 10.2.0.2.80: Flags [.], ack 156, win 64240, length 0\n${at(14)} IP 10.1.0.2.40000 > 10.2.0.2.80: Flags [F.], seq 76, ack 157, win 64240, length 0\n${closes(15)}`,
      )}${half}`,
    );
    expect(said(run)).toEqual([]);
  });
});

it('translated answers that leave where they came in, printed many times over, stop no rule', async () => {
  const out = 'options [mss 1460,sackOK,TS val 5 ecr 4,nop,wscale 7], length 0';
  const round = [
    'eth1  In  IP 10.9.2.7.42808 > 198.51.100.9.80: Flags [S], seq 100, win 64240, options [mss 1460,sackOK,TS val 4 ecr 0,nop,wscale 7], length 0',
    'eth0  Out IP 192.0.2.17.42808 > 198.51.100.9.80: Flags [S], seq 100, win 64240, options [mss 1460,sackOK,TS val 4 ecr 0,nop,wscale 7], length 0',
    `eth0  In  IP 198.51.100.9.80 > 192.0.2.17.42808: Flags [S.], seq 900, ack 101, win 65160, ${out}`,
    `eth0  Out IP 198.51.100.9.80 > 10.9.2.7.42808: Flags [S.], seq 900, ack 101, win 65160, ${out}`,
  ];
  const lines = Array.from({ length: 32 }, (_, i) => `09:00:00.${String(3 * i).padStart(6, '0')} ${round[i % 4]}`);
  const { findings } = await judged(`${lines.join('\n')}\n`);
  expect(findings.map(({ title }) => title).filter((title) => title.includes('error of its own'))).toEqual([]);
  expect(findings.find(({ rule }) => rule === 'egress-wrong-interface')).toMatchObject({
    verdict: 'fail',
    subject: { interfaceOut: 'eth0', interfaceExpected: 'eth1' },
  });
});
