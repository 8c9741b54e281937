// The page in a browser: the same answers as the command line, nothing asked of a network, no script run for a capture.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { json } from '../../src/report/json.js';
import { PLAIN } from '../main/options.js';
import { zip } from '../main/zips.js';
import { some } from '../thorough.js';
import { analyzed, executable, openTab, PAGE, saved, startChromium, type Tab, violations } from './chromium.js';

const ROOT = resolve(import.meta.dirname, '../..');
const CAPTURES = join(ROOT, 'captures');
const captures = readdirSync(CAPTURES).filter((name) => /\.(pcap|pcapng)$/.test(name));
const corpus = join(process.env['HOPSCOPE_CORPUS'] ?? resolve(ROOT, '../shared/corpus'), 'malformed');
const malformed = existsSync(corpus) ? readdirSync(corpus).filter((name) => !name.endsWith('.tcpdump.txt')) : [];
/** Captures of the corpus that are dropped at once. */
const BATCH = 35;

it('is at most 600 kB', () => {
  expect(statSync(join(ROOT, 'dist/hopscope.html')).size).toBeLessThanOrEqual(600_000);
});

it('is written out by hopscope page', () => {
  const page = spawnSync(process.execPath, ['dist/cli.js', 'page'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 24 });
  expect(page.status).toBe(0);
  expect(page.stdout).toBe(readFileSync(join(ROOT, 'dist/hopscope.html'), 'utf8'));
});

describe.skipIf(executable === undefined)('the page', { timeout: 600_000 }, () => {
  let browser: Browser;
  let tab: Tab;
  beforeAll(async () => {
    browser = await startChromium();
    tab = await openTab(browser, PAGE);
    // Names of files in reports are those that were dropped.
    process.chdir(CAPTURES);
  });
  afterAll(async () => {
    process.chdir(ROOT);
    await browser?.close();
  });

  /** Nothing was asked for, and nothing complained. */
  const isQuiet = (): void => {
    expect(tab.requests).toEqual([]);
    expect(tab.complaints).toEqual([]);
  };

  it('says of bundled captures what the command line says', async () => {
    for (const name of some(captures, 12)) {
      const topology = `${name.replace(/\.\w+$/, '')}.topology.yaml`;
      const known = existsSync(topology) ? [topology] : [];
      const run = await analyze({ ...PLAIN, files: [{ point: null, path: name }], topology: known });
      expect(
        await analyzed(
          tab.page,
          [name, ...known].map((file) => join(CAPTURES, file)),
        ),
        name,
      ).toBe('done');
      expect(await saved(tab.page, '#save-json'), name).toBe(json(run));
      // An engine that is still at work would be ended for the next capture; one that has listed the packets is used again.
      await tab.page.waitForSelector('#filter-says >> text=/packets$/', { state: 'attached' });
    }
    isQuiet();
  });

  it('takes captures at several points, compressed ones, and pasted text', async () => {
    const { page } = tab;
    const capture = readFileSync('native-missing-route.pcap');
    const packed = { name: 'router.pcap.gz', mimeType: 'application/gzip', buffer: gzipSync(capture) };
    const topology = { name: 'lab.yaml', mimeType: 'text/yaml', buffer: readFileSync('native-missing-route.topology.yaml') };
    expect(await analyzed(page, [packed, topology])).toBe('done');
    expect(await page.title()).toBe('hopscope: 1 fault with 3 symptoms');
    await page.click('#show-packets');
    await page.waitForSelector('text=61 packets');
    await page.locator('#given input').first().fill('gateway');
    await page.locator('#given input').first().press('Enter');
    await page.waitForSelector('#report h2 >> text=leave gateway by');

    // A folder of evidence as a zip archive: what lies beside the capture is read with it.
    const members = [
      { name: 'run7/router.pcap', content: capture },
      { name: 'run7/lab.yaml', content: topology.buffer },
    ];
    expect(await analyzed(page, [{ name: 'run7.zip', mimeType: 'application/zip', buffer: zip(members) }])).toBe('done');
    expect(await page.title()).toBe('hopscope: 1 fault with 3 symptoms');
    await page.waitForSelector('#report >> text=ip route add 172.20.2.0/24 via 192.168.20.100 dev eth2');

    await page.click('#remove-all');
    await page.click('#show-paste');
    await page.fill(
      '#paste',
      ['1', '2', '3']
        .map((n) => `12:00:0${n}.000000 IP 10.0.0.1.4${n}000 > 10.0.0.2.80: Flags [S], seq ${n}, win 64240, length 0`)
        .join('\n'),
    );
    await page.click('#read-paste');
    await page.waitForSelector('body[data-state=done]');
    await page.waitForSelector('#report >> text=3 frames');
    isQuiet();
  });

  it('lists packets, filters them, and shows their bytes by keys alone', async () => {
    const { page } = tab;
    await analyzed(page, [join(CAPTURES, 'native-missing-route.pcap')]);
    await page.focus('#show-packets');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#filter-says >> text=61 packets');
    await page.fill('#filter', 'icmp');
    await page.waitForSelector('#filter-says >> text=18 of 61 packets');
    await page.focus('#list');
    await page.keyboard.press('ArrowDown');
    await page.waitForSelector('#detail >> text=Internet Control Message Protocol');
    await page.click('#detail >> text=/^Frame 3/');
    await page.fill('#filter', 'icmpx');
    await page.waitForSelector('#filter-says >> text=did you mean icmp');
    expect(await page.getAttribute('#filter', 'aria-invalid')).toBe('true');
    isQuiet();
  });

  it('says what is wrong with a file as the command line does', async () => {
    const { page } = tab;
    const broken = { name: 'lab.yaml', mimeType: 'text/yaml', buffer: Buffer.from('nodes:\n  router: { interfacs: {} }\n') };
    const capture = { name: 'a.pcap', mimeType: '', buffer: readFileSync('native-missing-route.pcap') };
    expect(await analyzed(page, [capture, broken])).toBe('failed');
    expect(await page.textContent('#alert')).toMatch(/^lab\.yaml:2.*interfaces/s);
    expect(await analyzed(page, [{ name: 'a.bin', mimeType: '', buffer: Buffer.from('\x7fELF\x02\x01\x01') }])).toBe('failed');
    expect(await page.textContent('#alert')).toMatch(/^a\.bin: .*drop a capture/);
    isQuiet();
  });

  it('holds captures against expectations that are dropped with them', async () => {
    const { page } = tab;
    const expectation = {
      name: 'lab.yaml',
      mimeType: 'text/yaml',
      buffer: Buffer.from(
        'version: 1\nname: lab\nexpect:\n  - name: pods are reached through eth2\n    flow: { src: 172.20.0.0/24, dst: 172.20.2.0/24 }\n    answered: true\n',
      ),
    };
    expect(
      await analyzed(page, [{ name: 'r.pcap', mimeType: '', buffer: readFileSync('native-missing-route.pcap') }, expectation]),
    ).toBe('done');
    expect(await page.title()).toBe('hopscope: 1 failed');
    isQuiet();
  });

  it('is read by a screen reader', async () => {
    const { page } = tab;
    expect(await violations(page)).toEqual([]);
    await analyzed(page, [join(CAPTURES, 'native-missing-route.pcap')]);
    expect(await violations(page)).toEqual([]);
    await page.click('#show-packets');
    await page.waitForSelector('#list .line');
    expect(await violations(page)).toEqual([]);
    isQuiet();
  });

  it('reads a long capture at a bounded pace, and scrolls to its end', async () => {
    const { page } = tab;
    const one = readFileSync('native-missing-route.pcap');
    const many = Buffer.concat([one, ...Array.from({ length: 800 }, () => one.subarray(24))]);
    const startMs = performance.now();
    await analyzed(page, [{ name: 'long.pcap', mimeType: '', buffer: many }]);
    // 48 861 frames: a second or so; the bound is for a machine with ten times the work to do.
    expect(performance.now() - startMs).toBeLessThan(60_000);
    await page.click('#show-packets');
    await page.waitForSelector('#filter-says >> text=48,861 packets');
    await page.focus('#list');
    await page.keyboard.press('End');
    await page.waitForSelector('#list .line[aria-selected=true] >> text=48861');
    isQuiet();
  });

  it.skipIf(malformed.length === 0)('is not harmed by malformed captures', async () => {
    const tried = some(malformed, 6);
    for (let i = 0; i < tried.length; i += BATCH) {
      await analyzed(
        tab.page,
        tried.slice(i, i + BATCH).map((name) => join(corpus, name)),
      );
      isQuiet();
    }
  });
});
