// The report in a browser: nothing is asked of a network, nothing a capture says is run, and keys and screen readers reach all of it.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { verify } from '../../src/main/verify.js';
import { htmlReport } from '../../src/report/html/report.js';
import { json } from '../../src/report/json.js';
import type { Run } from '../../src/report/run.js';
import { PLAIN, PLAIN_VERIFY } from '../main/options.js';
import { finding, healthy, hostile, hostileSuites, run, undecided } from '../report/runs.js';
import { some } from '../thorough.js';
import { executable, openTab, startChromium, type Tab, violations } from './chromium.js';

const OPTIONS = { color: false, width: 100, verbose: false };
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

const missingRoute = (): Promise<Run> =>
  analyze({
    ...PLAIN,
    files: [{ point: null, path: 'captures/native-missing-route.pcap' }],
    topology: ['captures/native-missing-route.topology.yaml'],
  });

const forty = run(
  Array.from({ length: 40 }, (_, i) =>
    finding({
      id: `n${i}`,
      rule: 'dns-error',
      title: `노드-${i}의 이름을 찾을 수 없습니다`,
      subject: { src: '10.0.0.1', target: `노드-${i}` },
    }),
  ),
);

/** Text that would be markup, an attribute, a script or a style, where it is not escaped. */
const ATTACK = `"><img src=x onerror=alert(1)><script>alert(2)</script><style>*{display:none}</style>' onclick='alert(3)`;
const attacked = run([
  finding({
    rule: 'dns-error',
    id: `x" onclick="alert(4)`,
    title: ATTACK,
    message: ATTACK,
    cause: ATTACK,
    hint: ATTACK,
    commands: [ATTACK],
    subject: { node: ATTACK },
  }),
]);

it('of the bundled fault is small, and costs little more than its JSON', async () => {
  const report = await missingRoute();
  await htmlReport(report, OPTIONS);
  const best = async (make: () => string | Promise<string>): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 5; i++) {
      const before = process.cpuUsage();
      await make();
      const { user, system } = process.cpuUsage(before);
      least = Math.min(least, (user + system) / 1000);
    }
    return least;
  };
  const page = await htmlReport(report, OPTIONS);
  expect(page.length).toBeLessThan(300_000);
  // Milliseconds of this process; some ten on a machine that has nothing else to do.
  expect((await best(() => htmlReport(report, OPTIONS))) - (await best(() => json(report)))).toBeLessThan(50);
});

describe.skipIf(executable === undefined)('the report', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-report-'));
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const open = async (report: Run, options: Parameters<typeof openTab>[2] = { viewport: WIDE }): Promise<Tab> => {
    const path = join(folder, 'report.html');
    writeFileSync(path, await htmlReport(report, OPTIONS));
    return openTab(browser, pathToFileURL(path).href, options);
  };

  const samples: [string, () => Promise<Run> | Run][] = [
    ['one fault', missingRoute],
    ['forty, with Korean names', () => forty],
    ['nothing wrong', () => healthy],
    ['undecided', () => undecided],
    ['hostile names', () => hostile],
    ['hostile markup', () => attacked],
    ['hostile expectations', () => hostileSuites],
    [
      'expectations that fail',
      () =>
        verify({
          ...PLAIN_VERIFY,
          paths: ['expectations/native-routing.yaml'],
          captures: [{ point: 'router', path: 'captures/native-missing-route.pcap' }],
        }),
    ],
  ];
  it.each(some(samples, 2))('of %s is quiet, fits, and is read by a screen reader', async (_, make) => {
    const report = await make();
    for (const [viewport, colorScheme] of [
      [WIDE, 'light'],
      [NARROW, 'dark'],
    ] as const) {
      const { page, context, requests, complaints } = await open(report, { viewport, colorScheme });
      expect(await page.evaluate(() => (globalThis as unknown as Dom).document.documentElement.scrollWidth)).toBe(viewport.width);
      expect(await page.locator('img, iframe, object, [onclick], [onerror]').count()).toBe(0);
      expect(await violations(page)).toEqual([]);
      expect(requests).toEqual([]);
      expect(complaints).toEqual([]);
      await context.close();
    }
  });

  it('is used by keys alone', async () => {
    const { page, context } = await open(await missingRoute());
    const names: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      names.push(
        await page.evaluate(() => (globalThis as unknown as Dom).document.activeElement?.textContent?.slice(0, 60) ?? ''),
      );
    }
    expect(names.join('\n')).toMatch(/Copy[\s\S]*frame 3[\s\S]*frame 6[\s\S]*What egress-wrong-interface means/);
    await page.locator('.frames summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.frame mark').first().isVisible()).toBe(true);
    await page.locator('button[data-copy]').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('button >> text=Copied');
    await context.close();
  });

  it('is readable with scripts off', async () => {
    const { page, context } = await open(await missingRoute(), { javaScriptEnabled: false, viewport: WIDE });
    expect(await page.locator('h1').textContent()).toBe('1 fault with 3 symptoms');
    await page.locator('.frames summary').first().click();
    expect(await page.locator('.frame mark').first().isVisible()).toBe(true);
    expect(await page.locator('button:visible').count()).toBe(0);
    await context.close();
  });

  it('finds words among forty findings', async () => {
    const { page, context } = await open(forty);
    await page.fill('#words', '노드-7의');
    expect(await page.locator('article:visible').count()).toBe(1);
    await context.close();
  });

  it('is printed on A4', async () => {
    const { page, context } = await open(await missingRoute());
    const path = join(folder, 'report.pdf');
    await page.pdf({ path, preferCSSPageSize: true });
    const pdf = readFileSync(path, 'latin1');
    expect(statSync(path).size).toBeGreaterThan(1000);
    // 210 mm by 297 mm, in points.
    expect(pdf).toMatch(/\/MediaBox \[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]/);
    const pages = pdf.match(/\/Type \/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThan(6);
    await context.close();
  });
});

/** What the tests ask of a document. */
interface Dom {
  readonly document: {
    readonly documentElement: { readonly scrollWidth: number };
    readonly activeElement: { readonly textContent: string | null } | null;
  };
}
