// Every field of the dictionary, in every command that takes a filter: each keeps the frames that the values of the field call for.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { PipeFeed } from '../../src/capture/live/stdin.js';
import { Registry } from '../../src/dissect/registry.js';
import { namedFields } from '../../src/filter/dictionary.js';
import { namesOf } from '../../src/filter/names.js';
import { analyze } from '../../src/main/analyze.js';
import { exportTables } from '../../src/main/export.js';
import { collectFlows } from '../../src/main/flows.js';
import { follow } from '../../src/main/follow.js';
import { runLive } from '../../src/main/live.js';
import type { AnalyzeOptions } from '../../src/main/options.js';
import { record } from '../../src/main/record.js';
import { verify } from '../../src/main/verify.js';
import { loaded as program } from '../cli/loaded.js';
import { printed } from '../dump/print.js';
import { PLAIN_VERIFY } from '../main/options.js';
import { loaded, open, shown } from '../tui/session/help.js';

const PATIENT_MS = 120_000;
const run = program();
const hopscope = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(...args);
  expect(code, stderr).toBe(0);
  return stdout;
};

interface Asked {
  readonly field: string;
  readonly filter: string;
  /** Numbers of the frames that it keeps. */
  readonly frames: readonly number[];
}

/** A filter for each field that no header holds, made from the values that `dump` prints. */
async function askedOf(capture: string): Promise<Asked[]> {
  const names = namedFields().map(({ def }) => def.name);
  const columns = names.flatMap((name) => ['-e', name]);
  const at = ['--at', 'router', '--ifmap', '2=eth0,3=eth1,4=eth2'];
  const rows = (await hopscope('dump', capture, ...at, '-T', 'fields', ...columns)).trimEnd().split('\n');
  const table = rows.map((row) => row.split('\t'));
  return namedFields().map(({ def: { name, type } }, k): Asked => {
    const values = table.map((row) => row[k] ?? '');
    // The value that half of the frames have at most, so that some are kept and some are not.
    const value =
      values.find((v) => v !== '' && values.filter((w) => w === v).length * 2 <= values.length) ?? values.find(Boolean);
    const isText = type === 'string';
    const filter = value === undefined || type === 'time' ? name : `${name} == ${isText ? JSON.stringify(value) : value}`;
    const keeps = (v: string) => (filter === name ? v !== '' : v === value);
    return { field: name, filter, frames: values.flatMap((v, i) => (keeps(v) ? [i + 1] : [])) };
  });
}

const optionsFor = (capture: string, filter: string | null): AnalyzeOptions => ({
  files: [{ point: 'router', path: capture }],
  topology: [],
  ifmap: '2=eth0,3=eth1,4=eth2',
  decodeAs: [],
  filter,
  at: null,
  rules: { only: [], except: [], settings: [] },
});

const NOBODY = { begin: () => {}, data: () => {}, gap: () => {}, drain: async () => true };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-everywhere-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['captures/vxlan-router.pcap', 'captures/cooked-v1.pcapng'])(
  'each field that no header holds, in %s',
  (capture) => {
    let asked: readonly Asked[];
    let total = 0;
    beforeAll(async () => {
      asked = await askedOf(capture);
      total = (await hopscope('dump', capture, '-T', 'fields', '-e', 'frame.number')).trimEnd().split('\n').length;
    }, PATIENT_MS);

    it('is asked so that some frames are kept and some are not', () => {
      const telling = asked.filter(({ frames }) => frames.length > 0 && frames.length < total).map(({ field }) => field);
      expect(telling).toEqual(
        expect.arrayContaining(
          ['frame.number', 'frame.time_delta', 'hop.interface', 'hop.direction', 'hop.path', 'conversation'].filter(
            (name) => !capture.includes('cooked') || !/interface|path/.test(name),
          ),
        ),
      );
    });

    it(
      'dump -Y',
      async () => {
        for (const { filter, frames } of asked) {
          const { text } = await printed(capture, {
            at: 'router',
            ifmap: { 2: 'eth0', 3: 'eth1', 4: 'eth2' },
            type: 'fields',
            field: ['frame.number'],
            filter,
          });
          expect(text.split('\n').filter(Boolean).map(Number), filter).toEqual(frames);
        }
      },
      PATIENT_MS,
    );

    it(
      'diagnose -Y',
      async () => {
        for (const { filter, frames } of asked) {
          const { captures } = await analyze(optionsFor(capture, filter));
          expect(captures[0].frames, filter).toBe(frames.length);
        }
      },
      PATIENT_MS,
    );

    it(
      'flows -Y, with the numbers that it has without',
      async () => {
        const whole = new Map((await collectFlows(optionsFor(capture, null))).flows.map((flow) => [flow.id, flow]));
        for (const { filter } of asked) {
          const { flows } = await collectFlows(optionsFor(capture, filter));
          for (const { id, proto, src, dst, forth, back } of flows) {
            const all = whole.get(id)!;
            expect([proto, [src, dst].sort()], filter).toEqual([all.proto, [all.src, all.dst].sort()]);
            expect(forth.frames + back.frames, filter).toBeLessThanOrEqual(all.forth.frames + all.back.frames);
          }
        }
      },
      PATIENT_MS,
    );

    it(
      'follow',
      async () => {
        const out = await hopscope(
          'dump',
          capture,
          '-T',
          'fields',
          '-e',
          'frame.number',
          '-e',
          'conversation',
          '-Y',
          '(inner.tcp or inner.udp) and !icmp and !icmpv6',
        );
        const streams = out
          .split('\n')
          .filter(Boolean)
          .map((row) => row.split('\t').map(Number));
        for (const { filter, frames } of asked) {
          const first = streams.find(([number]) => frames.includes(number));
          const { id } = await follow(optionsFor(capture, null), filter, NOBODY);
          expect(id, filter).toBe(first?.[1] ?? null);
        }
      },
      PATIENT_MS,
    );

    it(
      'export -Y',
      async () => {
        for (const { filter, frames } of asked) {
          const { rows } = await exportTables(optionsFor(capture, filter), {
            run: 'all',
            tables: ['packets'],
            make: () => ({ write: () => {}, close: () => {} }),
          });
          expect(rows.packets, filter).toBe(frames.length);
        }
      },
      PATIENT_MS,
    );

    it(
      'record -Y',
      async () => {
        for (const { filter } of asked) {
          const said = await record(optionsFor(capture, filter), null).then(
            ({ text }) => text,
            (error: Error) => error.message,
          );
          // Few frames may show nothing that a draft could expect.
          expect(said, filter).toMatch(/^version: 1\n|^nothing can be expected of this capture/);
        }
      },
      PATIENT_MS,
    );

    const sheet = (list: readonly Asked[]): string =>
      [
        'version: 1',
        `captures: { router: ${JSON.stringify(join(process.cwd(), capture))} }`,
        'ifmap: "2=eth0,3=eth1,4=eth2"',
        'expect:',
        ...list.flatMap(({ field, filter, frames }) => [
          `  - { name: "where ${field}", where: ${JSON.stringify(filter)}, count: ${frames.length} }`,
          `  - { name: "never ${field}", never: ${JSON.stringify(filter)} }`,
        ]),
      ].join('\n');

    it(
      'where and never of verify',
      async () => {
        const { suites } = await verify({
          ...PLAIN_VERIFY,
          paths: [],
          texts: [{ name: 'sheet.yaml', text: sheet(asked) }],
        });
        for (const { name, count, verdict, seen } of suites![0].expectations) {
          const { frames } = asked.find(({ field }) => name.endsWith(` ${field}`))!;
          const isWhere = name.startsWith('where');
          // What was never seen counts the frames that were looked at.
          if (isWhere || frames.length > 0) expect(count, `${name}: ${seen}`).toBe(frames.length);
          expect(verdict, `${name}: ${seen}`).toBe(isWhere || frames.length === 0 ? 'pass' : 'fail');
        }
      },
      PATIENT_MS,
    );

    it(
      'live -Y',
      async () => {
        for (const { filter, frames } of asked) {
          let printed = 0;
          await runLive({
            feed: new PipeFeed(capture),
            lab: { ...optionsFor(capture, filter), at: 'router' },
            captureFilter: null,
            keep: null,
            durationMs: null,
            count: null,
            untilFinding: false,
            expect: [],
            signal: new AbortController().signal,
            onEvent: () => {},
            tail: () => ({ print: () => void printed++, flush: () => {} }),
          });
          expect(printed, filter).toBe(frames.length);
        }
      },
      PATIENT_MS,
    );

    it(
      'the filter and the search of the full screen',
      async () => {
        const session = await open(capture, { at: 'router', ifmap: '2=eth0,3=eth1,4=eth2' });
        try {
          await loaded(session);
          for (const { filter, frames } of asked) {
            expect(session.checkFilter(filter), filter).toBe(null);
            expect(await shown(session, filter), filter).toEqual(frames);
          }
          await shown(session, '');
          for (const { filter, frames } of asked) {
            const found = await session.find(
              { kind: 'filter', text: filter, target: 'list', matchCase: false },
              -1,
              false,
              new AbortController().signal,
            );
            expect(found + 1, filter).toBe(frames[0] ?? 0);
          }
        } finally {
          await session.close();
        }
      },
      PATIENT_MS,
    );
  },
);

describe('fields', () => {
  it(
    'lists what every filter takes, and each command takes all of it',
    async () => {
      const listed = JSON.parse(await hopscope('fields', '-f', 'json')) as { name: string; aliases: string[] }[];
      const names = namesOf(new Registry(dissectors)).all(namedFields().map(({ def }) => def.name));
      const said = new Set(listed.flatMap(({ name, aliases }) => [name, ...aliases]));
      expect(names.filter((name) => !said.has(name))).toEqual([]);
      // One word of the command line holds 128 KiB.
      const filter = listed.map(({ name }) => name).join(' or ');
      const capture = 'captures/vxlan-router.pcap';
      expect(filter.length).toBeLessThan(1 << 16);
      for (const args of [
        ['diagnose', capture, '-Y', filter, '-q'],
        ['dump', capture, '-Y', filter],
        ['flows', capture, '-Y', filter],
        ['follow', capture, filter],
        ['export', '--parquet', join(folder, 'tables'), capture, '-Y', filter, '-q'],
        ['record', capture, '-Y', filter, '--no-progress'],
        ['sql', 'SELECT count(*) FROM packets', capture, '-Y', filter, '--no-progress'],
      ]) {
        const { code } = await run(...args);
        // 1: findings. 2 would be a field that is not known.
        expect([0, 1, 3], args[0]).toContain(code);
      }
    },
    PATIENT_MS,
  );
});
