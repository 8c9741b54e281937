// bundle.json as it is written, and its schema.
import { expect, it } from 'vitest';
import { Taking } from '../../src/collect/taking.js';
import { bundleJsonSchema, bundleShape } from '../../src/main/bundle-schema.js';
import { sheetText } from '../../src/main/collect-sheet.js';
import type { Point } from '../../src/points/point.js';

it('has a schema, which is that of schema/', async () => {
  await expect(`${JSON.stringify(bundleJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../schema/bundle.schema.json');
});

it('is valid from its first version on', () => {
  const point: Point = {
    name: 'router',
    way: { method: 'ssh', user: 'vagrant', host: 'router', port: 22, config: null },
    ...{ sudo: true, interfaces: ['eth1', 'eth2'], filter: 'icmp', image: null },
  };
  const taking = new Taking(point, { filter: null, snapLength: 96, bufferMiB: 32, ring: null, maxBytes: 1e9 });
  const parts = { startedMs: 1e12, endedMs: 1e12, takings: [taking], leftOut: null, changes: [], missing: [], aside: {} };
  const first = sheetText({ ...parts, isWhole: false, endedBy: null, ran: [], clusterCommands: [] });
  expect(bundleShape.parse(JSON.parse(first))).toMatchObject({ state: 'unfinished', points: { router: { state: 'waiting' } } });
  const ran = { point: null, command: 'ping', output: 'command.txt', end: 'ENOENT', startedMs: 1e12, endedMs: 1e12 };
  const last = sheetText({ ...parts, isWhole: true, endedBy: 'command', ran: [ran], clusterCommands: ['kubectl get nodes'] });
  expect(bundleShape.parse(JSON.parse(last))).toMatchObject({ state: 'whole', started: '2001-09-09T01:46:40.000Z' });
  expect(bundleShape.safeParse({ ...JSON.parse(last), secret: 1 }).success).toBe(false);
});
