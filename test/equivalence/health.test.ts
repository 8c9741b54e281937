// Rules leave healthy connections out, and facts learn from examples of them (src/facts/health.ts): what is found is the same as where
// every conversation is looked at.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { json } from '../../src/report/json.js';
import { PLAIN } from '../main/options.js';
import { some, times } from '../thorough.js';

const seen = vi.hoisted(() => ({ all: false, left: 0, healthy: 0 }));

vi.mock('../../src/facts/health.js', async (original) => {
  const { Health, ...rest } = await original<typeof import('../../src/facts/health.js')>();
  return {
    ...rest,
    Health: class extends Health {
      constructor(...given: ConstructorParameters<typeof Health>) {
        super(...given);
        const [{ conversations }] = given;
        seen.healthy += conversations.live - this.ailing.length;
        seen.left += conversations.live - this.examples.length;
        if (!seen.all) return;
        const slots = Array.from({ length: conversations.used }, (_, slot) => slot).filter((slot) => conversations.exists(slot));
        this.ailing.splice(0, Number.POSITIVE_INFINITY, ...slots);
        this.examples.splice(0, Number.POSITIVE_INFINITY, ...slots);
        this.opened = 0;
        this.sending = 0;
        (this as unknown as { healthy: Uint8Array }).healthy.fill(0);
      }
    },
  };
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-health-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function report(path: string, topology: readonly string[], all: boolean): Promise<string> {
  seen.all = all;
  return json(
    await analyze({
      ...PLAIN,
      files: [{ point: 'p', path }],
      topology,
      workers: 0,
    }),
  );
}

/** Captures, each alone and with each topology that may be of it. */
function* cases(): Iterable<readonly [string, readonly string[]]> {
  const lab = 'captures/lab.topology.yaml';
  for (const name of readdirSync('captures').filter((file) => /\.pcap(ng)?$/.test(file))) {
    const path = join('captures', name);
    const own = path.replace(/\.pcap(ng)?$/, '.topology.yaml');
    yield [path, []];
    yield [path, [existsSync(own) ? own : lab]];
  }
  for (const shape of some(['short', 'vxlan', 'native', 'large'], 2)) {
    const path = join(folder, `${shape}.pcap`);
    spawnSync(process.execPath, [
      'scripts/generate-capture.mjs',
      path,
      '--frames',
      String(times(4000, 20_000)),
      '--shape',
      shape,
      '--conversations',
      '300',
    ]);
    yield [path, []];
    yield [path, [lab]];
  }
}

it('finds the same whether healthy connections are looked at or not', async () => {
  for (const [path, topology] of cases())
    expect(await report(path, topology, false), `${path} ${topology}`).toBe(await report(path, topology, true));
  expect(seen.healthy).toBeGreaterThan(1000);
  expect(seen.left).toBeGreaterThan(300);
}, 180_000);
