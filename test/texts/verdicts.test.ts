// What is said of printed texts, and what is not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { captureInputs } from '../../src/cli/options.js';
import { analyze } from '../../src/main/analyze.js';
import type { Run } from '../../src/report/run.js';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-texts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function judged(text: string): Promise<Run> {
  const path = join(folder, 'paste.txt');
  writeFileSync(path, text);
  return analyze({
    files: captureInputs([path]),
    topology: [],
    ifmap: null,
    decodeAs: [],
    filter: null,
    at: null,
    rules: { only: [], except: [], settings: [] },
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

  it('says nothing of checksums', async () => {
    const run = await judged(
      lines(
        3,
        (n) =>
          `${at(n * 1000)} IP (tos 0x0, ttl 64, id ${n + 1}, offset 0, flags [DF], proto UDP (17), length 36)\n    10.0.0.1.5000 > 10.0.0.2.6000: [bad udp cksum 0x1234 -> 0x5678!] UDP, length 8\n`,
      ),
    );
    expect(said(run).filter((text) => text.includes('checksum'))).toEqual([]);
  });
});
