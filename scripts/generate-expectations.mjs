// Writes a file of expectations of all kinds for a capture that generate-capture.mjs made; all of them hold.
//   node scripts/generate-expectations.mjs FILE CAPTURE [--count 200]
import { writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { count: { type: 'string', default: '200' } } });
const [file, capture] = positionals;
if (capture === undefined) {
  console.error('usage: generate-expectations.mjs FILE CAPTURE [--count N]');
  process.exit(2);
}

/** Pods of the generated lab: 172.20.0.0/24 asks, 172.20.2.0/24 answers. */
const pod = (n) => `172.20.2.${2 + ((n * 7) % 250)}`;
const client = (n) => `172.20.0.${2 + ((n * 11) % 250)}`;

// Each makes the expectation number n of its kind; they take turns.
const KINDS = [
  (n) => `flow: { dst: ${pod(n)}, dstPort: 80 }\n    path: [in eth1, out eth2]\n    answered: true`,
  (n) => `flow: { src: ${client(n)} }\n    returnPath: [in eth2, out eth1]\n    answered: true\n    within: 1s`,
  (n) => `where: "ip.dst == ${pod(n)} && tcp.flags.syn == 1"\n    atLeast: 1`,
  (n) => `where: "ip.src == ${client(n)} && hop.interface == eth2"\n    atLeast: 2`,
  (n) =>
    `never: "ip.dst == ${pod(n)} && hop.direction == \\"in\\" && hop.interface == eth2"\n    witness: "hop.interface == eth2"`,
  (n) => `never: "ip.src == ${client(n)} && tcp.flags.reset == 1"\n    witness: tcp`,
  (n) =>
    `where: "udp.dstport == 8472 && ip.dst == ${pod(n)}"\n    tunnel: { type: vxlan, outer: { src: 192.168.10.100, dst: 192.168.20.100 }, inner: { dst: 172.20.2.0/24 }, vni: [63446, 8469] }`,
  (n) => `flow: { dst: ${pod(n)} }\n    tunnel: { type: vxlan, outer: { src: 192.168.10.100, dst: 192.168.20.100 } }`,
  (n) =>
    `sequence: ["ip.dst == ${pod(n)} && tcp.flags.syn == 1 && tcp.flags.ack == 0", "tcp.flags.syn == 1 && tcp.flags.ack == 1"]`,
  (n) =>
    `flow: { src: 172.20.0.0/24, dst: "\${pod}" }\n    each: { pod: [${pod(n)}, ${pod(n + 1)}, ${pod(n + 2)}] }\n    answered: true`,
  (n) => `flow: { dst: ${pod(n)} }\n    rtt: 1s\n    loss: 5%`,
  (n) => `flow: { src: ${client(n)} }\n    ttl: { outer: "60-64", unchanged: inner }\n    mtu: { outer: 1500, inner: 1450 }`,
  (n) => `where: "ip.src == ${pod(n)} && vxlan.vni == 8469"\n    same: { field: inner.ip.ttl, between: [in eth2, out eth1] }`,
  (n) => `arp: { target: 192.168.10.${100 + (n % 100)} }\n    atLeast: 0`,
  (n) => `where: "tcp.dstport == 80 && frame.len > ${200 + n} && ip.dst == ${pod(n)}"\n    size: "<= 1600"\n    atLeast: 0`,
  (n) => `flow: { either: ${pod(n)} }\n    nat: none\n    except: { dstPort: 443 }`,
];

const count = Number(values.count);
const items = Array.from({ length: count }, (_, i) => {
  const n = Math.floor(i / KINDS.length);
  return `  - name: number ${i + 1}\n    ${KINDS[i % KINDS.length](n)}`;
});
const captures = JSON.stringify(relative(dirname(file), capture));
writeFileSync(
  file,
  `version: 1\nname: bench\nifmap: { 3: eth1, 4: eth2 }\ncaptures: { router: ${captures} }\nexpect:\n${items.join('\n')}\n`,
);
