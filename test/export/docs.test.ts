// docs/export.md: its columns are the columns, and its SQL runs.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLE_NAMES, TABLES } from '../../src/export/schema.js';
import { at, copy, echo, forward, ipv4, sll2, type TestFrame, tcp } from '../rules/lab.js';
import { ask, exported, options, scratch } from './help.js';

const page = readFileSync('docs/export.md', 'utf8');
const blocks = [...page.matchAll(/\n([^\n]*)\n\n```sql\n([\s\S]*?)```/g)].map(([, text, sql]) => ({ text: text!, sql: sql! }));
const about = (words: string): string => {
  const found = blocks.find(({ text }) => text.includes(words));
  if (found === undefined) throw new Error(`docs/export.md has no example about '${words}'`);
  return found.sql;
};

const folder = scratch();
beforeAll(async () => {
  folder.open();
  const client = { src: '172.16.0.5', dst: '10.0.2.5', ttl: 63 };
  const server = { src: '10.0.2.5', dst: '172.16.0.5', ttl: 64 };
  const router: TestFrame[] = [];
  const node: TestFrame[] = [];
  for (let seq = 1; seq <= 5; seq++) {
    const asked = at(seq, sll2({ if: 3, dir: 'in' }, ipv4(client, echo({ seq }))));
    // One of the five leaves by another interface, and another one gets lost behind the router.
    const sent = at(seq + 0.00001, forward(asked, { if: seq === 3 ? 2 : 4 }));
    router.push(asked, sent);
    if (seq === 3 || seq === 4) continue;
    node.push(at(seq + 0.0001, copy(sent, { if: 2, dir: 'in' })));
    const answer = at(seq + 0.0102, sll2({ if: 4, dir: 'in' }, ipv4({ ...server, ttl: 64 }, echo({ seq, reply: true }))));
    node.push(at(seq + 0.01, copy(answer, { if: 2, dir: 'out' })));
    router.push(answer, at(seq + 0.01021, forward(answer, { if: 3 })));
  }
  const syn = at(6, sll2({ if: 3, dir: 'in' }, ipv4(client, tcp({ src: 4000, dst: 80, flags: 'S', seq: 1 }))));
  const ack = at(6.004, sll2({ if: 4, dir: 'in' }, ipv4(server, tcp({ src: 80, dst: 4000, flags: 'SA', seq: 9, ack: 2 }))));
  router.push(syn, at(6.00001, forward(syn, { if: 4 })), ack, at(6.00401, forward(ack, { if: 3 })));
  const given = [`router=${folder.capture('router.pcap', router)}`, `k8s-w0=${folder.capture('k8s-w0.pcap', node)}`];
  await exported(folder.at('monday'), options(...given), 'monday');
  const lab = { ...options('captures/native-missing-route.pcap'), ifmap: null };
  await exported(folder.at('tuesday'), { ...lab, topology: ['captures/native-missing-route.topology.yaml'] }, 'tuesday');
});
afterAll(folder.close);

describe('docs/export.md', () => {
  it('has every column of every table, and no other', () => {
    const types = {
      STRING: 'STRING',
      INT32: 'INT32',
      INT64: 'INT64',
      BOOLEAN: 'BOOLEAN',
      TIMESTAMP: 'TIMESTAMP(NANOS, UTC)',
      EPOCH: 'INT64',
    } as const;
    for (const table of TABLE_NAMES) {
      const section = page.split(`\n### ${table}\n`)[1]?.split('\n### ')[0] ?? '';
      const listed = section.split('\n').filter((line) => line.startsWith('| `'));
      const expected = Object.entries(TABLES[table]).map(([name, { type, nullable, about: text, field }]) => {
        const fields = field === '' ? '' : field.split(', ').map((one) => `\`${one}\``);
        return `| \`${name}\` | ${types[type]} | ${nullable ? 'yes' : 'no'} | ${text} | ${String(fields).replaceAll(',', ', ')} |`;
      });
      expect(listed, table).toEqual(expected);
    }
  });

  it('has examples that run, on several exports together', async () => {
    expect(blocks.length).toBeGreaterThanOrEqual(12);
    const answers = await ask(folder.at('*'), ...blocks.map(({ sql }) => sql));
    for (const [i, rows] of answers.entries()) expect(rows.length, blocks[i]!.sql).toBeGreaterThan(0);
  });

  it('has examples that find what is there', async () => {
    const [talkers, other, loss, shown, pings, shakes] = await ask(
      folder.at('*'),
      about('Who talks most'),
      about('by another interface'),
      about('Loss between two points'),
      about('Findings with the packets'),
      // The line above the example is the end of a paragraph.
      about('in place of `quantile_cont`'),
      about('Round trips of TCP handshakes'),
    );
    expect(talkers!.map(({ who }) => who)).toContain('default/curl-pod');
    expect(other).toContainEqual(
      expect.objectContaining({ run: 'monday', point: 'router', interface: 'eth0', packets: 1n, first_frame: 10n }),
    );
    expect(loss).toContainEqual({ ip_src: '172.16.0.5', ip_dst: '10.0.2.5', sent: 6n, lost: 3n });
    expect(shown!.find(({ run }) => run === 'tuesday')).toMatchObject({
      position: 1,
      frame_number: 3n,
      interface: 'eth1',
      note: 'in eth1, ttl 63',
    });
    expect(pings).toContainEqual(expect.objectContaining({ ip_src: '172.16.0.5', answers: 3n }));
    const ping = pings!.find(({ ip_src }) => ip_src === '172.16.0.5')!;
    expect(ping['median_ms']).toBeCloseTo(10, 0);
    const shake = shakes!.find(({ ip_dst }) => ip_dst === '10.0.2.5')!;
    expect(shake).toMatchObject({ dst_port: 80, tried: 1n, answered: 1n, most_syns: 1n });
    expect(shake['median_ms']).toBeCloseTo(4, 6);
  });
});
