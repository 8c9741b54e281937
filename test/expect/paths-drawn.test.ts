// The ladder of an expectation that did not hold: the path that was asked for, dashed, beside the one that was taken.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { diff } from '../../src/main/diff.js';
import { verify } from '../../src/main/verify.js';
import type { LadderPicture } from '../../src/picture/model.js';
import { htmlReport } from '../../src/report/html/report.js';
import { PLAIN, PLAIN_VERIFY } from '../main/options.js';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-paths-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** `from>to tone` of the arrows that are dashed or wrong, by the labels of their places. */
const oddArrows = ({ places, rows }: LadderPicture): string[] =>
  rows.flatMap((row) =>
    row.kind === 'arrow' && (row.tone === 'expected' || row.tone === 'wrong')
      ? [`${places[row.from]!.label}>${places[row.to]!.label} ${row.tone}`]
      : [],
  );

const HEALTHY = 'captures/native-healthy.pcap';
const BROKEN = 'captures/native-missing-route.pcap';

it.each([
  ['path: [in if3, out if9]', ['if3>if4 wrong', '172.20.0.96>if3 expected', 'if3>if9 expected', 'if9>172.20.2.1 expected']],
  [
    'returnPath: [in if7, out if3]',
    ['172.20.2.1>if4 wrong', '172.20.2.1>if7 expected', 'if7>if3 expected', 'if3>172.20.0.96 expected'],
  ],
  // Any interface will do.
  ['path: [in if3, ..., "out *"]', []],
])('%s', async (key, arrows) => {
  const file = join(folder, 'paths.yaml');
  writeFileSync(
    file,
    `version: 1\nname: paths\nexpect:\n  - name: one\n    flow: { src: 172.20.0.0/24, dst: 172.20.2.0/24 }\n    ${key}\n`,
  );
  const run = await verify({ ...PLAIN_VERIFY, paths: [file], captures: [{ point: 'router', path: HEALTHY }] });
  const [finding] = run.findings;
  expect(finding!.verdict).toBe(arrows.length === 0 ? 'pass' : 'fail');
  const ladder = run.pictures?.ladder(finding!.id) ?? null;
  expect(ladder === null ? [] : oddArrows(ladder)).toEqual(arrows);
});

it('of a difference is that of the good side', async () => {
  const side = (path: string) => ({ files: [{ point: 'router', path }] });
  // Without a rule that says what is wrong with it, the other path is only another one.
  const rules = { ...PLAIN.rules, only: ['arp-no-reply'] };
  const run = await diff(side(HEALTHY), side(BROKEN), { ...PLAIN, files: [], rules });
  const finding = run.findings.find(({ title }) => title.endsWith('icmp: takes another path'))!;
  expect(finding.message).toBe('Good: in if3 → out if4. Bad: in if3 → out if2.');
  expect(oddArrows(run.pictures!.ladder(finding.id)!)).toEqual([
    'if3>if2 wrong',
    '172.20.0.96>if3 expected',
    'if3>if4 expected',
    'if4>172.20.2.1 expected',
  ]);
  // The two sides were captured at different times: nothing begins late, or ends early.
  expect(await htmlReport(run, { color: false, width: 100, verbose: false })).not.toMatch(/after the first|before the last/);
});
