// All capture points of each scenario of a lab analysed together, held against what is known to be wrong in it.
//
//   HOPSCOPE_LABS=FOLDER npx vitest run test/labs
//
// The folder holds NAME.POINT.pcap (or .pcapng) with NAME.POINT.truth.json beside each; all files of one NAME are of one run. A truth
// file has `capture.host`, `health` (healthy, info, faulty), `expected_findings` (kind, severity, text), the lab's `nodes`, `pods`,
// `tunnel`, `services`, and `ip_addr`, `ip_route`, `ip6_route` of the capturing host as `ip -j` prints them.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import type { Run } from '../../src/report/run.js';
import { PLAIN } from '../main/options.js';

const NO_ANSWER = ['return-missing', 'tcp-no-answer', 'icmp-echo-no-reply', 'udp-no-answer', 'dns-no-answer'];
/** Words of an expected fault, and the rules that may name it. */
const KINDS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/wrong egress|wrong interface|node-to-node traffic is hit/i, ['egress-wrong-interface']],
  [/reply bounces|routing loop|hairpin/i, ['routing-loop', 'egress-wrong-interface', 'icmp-redirect']],
  [/never answered|does not answer ARP|address unanswered/i, ['arp-no-reply', 'ndp-no-reply']],
  [/DNS|ICMP comes from/i, ['dns-no-answer', 'icmp-unreachable', 'egress-wrong-interface', ...NO_ANSWER]],
  [/tunnel (port blocked|end point not listening)|unreachable|prohibited|rejects/i, ['tunnel-blocked', 'icmp-unreachable']],
  [
    /too big|fragment|MTU|stalls|full-size|no data|1500-byte/i,
    ['mtu-exceeded', 'mtu-blackhole', 'tunnel-fragmented', 'forward-missing'],
  ],
  [/ICMP redirect/i, ['icmp-redirect']],
  [/moved to another MAC|time out during the gap/i, ['arp-takeover', 'arp-no-reply', 'ndp-takeover', ...NO_ANSWER]],
  [/duplicate address|two MACs/i, ['arp-duplicate', 'ndp-duplicate']],
  [/VNI mismatch/i, ['tunnel-vni-mismatch']],
  [/asymmetric encapsulation/i, ['tunnel-missing', 'tunnel-unexpected']],
  [/asymmetric path|another MAC|replies only|one direction only|another interface/i, ['return-asymmetric', ...NO_ANSWER]],
  [/did not ask|bypassed|translated/i, ['nat-unexpected', 'nat-missing']],
  [/not masqueraded|address leaving|service address/i, ['nat-missing', 'egress-wrong-interface']],
  [/connection refused/i, ['tcp-refused']],
  [/connection reset/i, ['tcp-reset']],
  [/zero window/i, ['tcp-zero-window']],
  [/wrong node|replies to the client pod also/i, ['tunnel-wrong-endpoint']],
  [
    /one-way|far node|nothing on the tunnel device/i,
    ['tunnel-one-way', 'tunnel-missing', 'tunnel-vni-mismatch', 'forward-missing'],
  ],
  [/not forwarded|never out/i, ['forward-missing', 'icmp-unreachable', 'tunnel-blocked', 'mtu-exceeded']],
  [/time exceeded/i, ['icmp-ttl-exceeded', 'routing-loop']],
  [/retransmitted|retries|no reply|never an answer/i, NO_ANSWER],
];

interface Link {
  ifname: string;
  ifindex: number;
  link_type: string;
  address?: string;
  addr_info?: { local?: string; prefixlen: number }[];
}
interface LabNode {
  name: string;
  ip?: string;
  ip6?: string;
  mac?: string;
  interface?: string;
  podCIDR?: string;
  podCIDR6?: string;
  interfaces?: { name: string; ip?: string; ip6?: string; mac?: string; ifindex?: number }[] | string;
}
interface Truth {
  capture: { host: string };
  health: 'healthy' | 'info' | 'faulty';
  expected_findings: { kind: string; severity: string }[];
  nodes?: LabNode[];
  pods?: { name: string; node: string; ip?: string; ip6?: string }[];
  tunnel?: { type: string; port: number; vni_mode?: string } | string | null;
  services?: Record<string, unknown> | null;
  ip_addr?: Link[];
  ip_route?: object[] | null;
  ip6_route?: object[] | null;
  pod_network?: string;
  pod_network6?: string;
  service_network?: string;
}

type Interfaces = Record<string, { index?: number; mac?: string; addresses?: string[] }>;
const present = (...values: (string | undefined)[]): string[] => values.filter((v): v is string => v !== undefined && v !== '');

/** What is known of the lab: each capturing host knows itself best. */
function topologyOf(truths: readonly Truth[]): object {
  const nodes: Record<string, { interfaces: Interfaces; podCIDRs?: string[]; routes?: object[] }> = {};
  const node = (name: string) => (nodes[name] ??= { interfaces: {} });
  for (const truth of truths)
    for (const n of truth.nodes ?? []) {
      const { interfaces } = node(n.name);
      const add = (dev: string, mac: string | undefined, addresses: string[], index?: number) => {
        interfaces[dev] ??= { ...(mac ? { mac } : {}), ...(index ? { index } : {}), addresses };
      };
      for (const i of Array.isArray(n.interfaces) ? n.interfaces : []) add(i.name, i.mac, present(i.ip, i.ip6), i.ifindex);
      if (n.interface) add(n.interface, n.mac, present(n.ip, n.ip6));
      const cidrs = present(n.podCIDR, n.podCIDR6);
      if (cidrs.length > 0) node(n.name).podCIDRs = cidrs;
    }
  for (const truth of truths) {
    const own = node(truth.capture.host);
    for (const link of truth.ip_addr ?? [])
      own.interfaces[link.ifname] = {
        index: link.ifindex,
        ...(link.link_type === 'ether' && link.address ? { mac: link.address } : {}),
        addresses: (link.addr_info ?? []).flatMap((a) => (a.local ? [`${a.local}/${a.prefixlen}`] : [])),
      };
    const routes = [...(truth.ip_route ?? []), ...(truth.ip6_route ?? [])];
    if (routes.length > 0) own.routes = routes;
  }
  const [first] = truths;
  const pods = (first.pods ?? []).flatMap(({ name, node, ip, ip6 }) => present(ip, ip6).map((a) => [a, { name, node }] as const));
  const services = Object.entries(first.services ?? {}).filter(([key, v]) => key.startsWith('lb') && typeof v === 'string');
  const inside = present(first.pod_network, first.pod_network6, first.service_network);
  const { tunnel } = first;
  return {
    nodes,
    pods: Object.fromEntries(pods),
    ...(typeof tunnel === 'object' && tunnel !== null
      ? { tunnel: { type: tunnel.type, port: tunnel.port, ...(tunnel.vni_mode === 'identity' ? { vni: 'identity' } : {}) } }
      : {}),
    ...(services.length > 0
      ? { addresses: Object.fromEntries(services.map(([, v]) => [v, { service: String(first.services?.['webname'] ?? 'lb') }])) }
      : {}),
    ...(inside.length > 0 ? { masquerade: { inside } } : {}),
  };
}

const labs = process.env['HOPSCOPE_LABS'] ?? '';
const scenarios = new Map<string, string[]>();
if (labs !== '' && existsSync(labs))
  for (const file of readdirSync(labs).sort()) {
    const name = /^(.+)\.pcap(?:ng)?$/.exec(file)?.[1];
    if (name === undefined || !existsSync(join(labs, `${name}.truth.json`))) continue;
    const scenario = name.split('.')[0];
    scenarios.set(scenario, [...(scenarios.get(scenario) ?? []), file]);
  }
if (scenarios.size === 0) console.warn('test/labs: skipped, HOPSCOPE_LABS names no folder with captures and truth files');

describe.skipIf(scenarios.size === 0)('all points of a scenario together', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-labs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function diagnose(name: string): Promise<{ truths: Truth[]; run: Run }> {
    const files = scenarios.get(name) ?? [];
    const truths = files.map(
      (file) => JSON.parse(readFileSync(join(labs, `${file.replace(/\.pcap(ng)?$/, '')}.truth.json`), 'utf8')) as Truth,
    );
    const topology = join(folder, `${name}.json`);
    writeFileSync(topology, JSON.stringify(topologyOf(truths)));
    const run = await analyze({
      ...PLAIN,
      files: files.map((file, i) => ({ point: truths[i].capture.host, path: join(labs, file) })),
      topology: [topology],
    });
    return { truths, run };
  }

  it('is quiet on health, and names an acceptable root cause first', async () => {
    const alarms: string[] = [];
    const missed: string[] = [];
    let faulty = 0;
    for (const name of scenarios.keys()) {
      const { truths, run } = await diagnose(name);
      const top = run.findings.filter((f) => f.verdict === 'fail' && f.foldedUnder === null && f.severity !== 'info');
      const expected = truths.flatMap((t) => t.expected_findings);
      const acceptable = new Set(
        expected.flatMap(({ kind }) => KINDS.flatMap(([words, rules]) => (words.test(kind) ? rules : []))),
      );
      if (truths.every((t) => t.health !== 'faulty')) {
        const extra = top.filter((f) => !acceptable.has(f.rule) && !f.rule.startsWith('capture-'));
        for (const f of extra) alarms.push(`${name}: ${f.rule}: ${f.message}`);
      } else if (expected.some((e) => e.severity === 'fault')) {
        faulty++;
        if (top.length === 0 || !acceptable.has(top[0].rule)) missed.push(`${name}: ${top[0]?.rule ?? 'nothing'}`);
      }
    }
    expect(alarms).toEqual([]);
    expect(missed.length / Math.max(1, faulty), missed.join('\n')).toBeLessThanOrEqual(0.05);
  }, 300_000);
});
