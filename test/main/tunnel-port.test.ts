// A tunnel on a port of its own: what the topology says of it is enough.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectFlows } from '../../src/main/flows.js';
import { finished } from '../cli/child.js';
import { captureFile, ipv4, sll2, udp, vxlan } from '../rules/lab.js';
import { columns, loaded, open } from '../tui/session/help.js';
import { PLAIN } from './options.js';

let folder: string;
let capture: string;
let topology: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-tunnel-port-'));
  capture = join(folder, 'node.pcap');
  topology = join(folder, 'lab.yaml');
  const inner = ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, udp({ src: 4000, dst: 7000, data: Buffer.from('hello') }));
  const outer = { src: '192.168.10.100', dst: '192.168.20.100', vni: 77, dstPort: 9999 };
  writeFileSync(capture, captureFile([sll2({ if: 3, dir: 'in' }, vxlan(outer, inner))]));
  writeFileSync(topology, 'tunnel: { type: vxlan, port: 9999 }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hopscope = (...args: string[]) =>
  finished(spawn(process.execPath, [resolve('dist/cli.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] }));

describe("the topology's tunnel port", () => {
  const options = (decodeAs: readonly string[] = []) => ({
    ...PLAIN,
    files: [{ point: null, path: capture }],
    topology: [topology],
    decodeAs,
  });

  it.each([0, 1])('is known where %i threads read', async (workers) => {
    const { flows } = await collectFlows({ ...options(), workers });
    expect(flows.map(({ dst, dstPort, forth }) => [dst, dstPort, forth.tunnels])).toEqual([
      ['10.0.2.5', 7000, ['vxlan 77 192.168.10.100>192.168.20.100']],
    ]);
  });

  it('gives way to what the user says', async () => {
    const { flows } = await collectFlows(options(['udp.port==9999,data']));
    expect(flows.map(({ dstPort }) => dstPort)).toEqual([9999]);
  });

  it('is known on the screen', async () => {
    const session = await open(capture, { topology: [topology] });
    await loaded(session);
    const [row] = session.packets.rows(0, 1, columns('vxlan.vni', 'inner.ip.dst'));
    expect(row.cells).toEqual(['77', '10.0.2.5']);
    expect(session.decodedAs).toEqual([]);
    await session.close();
  });

  it.each([
    ['dump', ['-T', 'fields', '-e', 'vxlan.vni', '-Y', 'inner.ip.dst == 10.0.2.5'], /^77$/m],
    ['follow', ['inner.ip.dst == 10.0.2.5'], /hello/],
    ['live', ['-Y', 'vxlan.vni == 77'], /10\.0\.2\.5/],
  ])('is known to %s', async (command, args, shown) => {
    const files = command === 'live' ? ['--follow', capture, '--duration', '1s'] : [capture];
    const { stdout, stderr } = await hopscope(command, ...files, '-t', topology, ...args);
    expect(stdout, stderr).toMatch(shown);
  });
});
