// docs/pictures: the report and the page, as Chromium shows them, made of a bundled capture.
//   npm run pictures
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const CAPTURE = ['captures/native-missing-route.pcap', 'captures/native-missing-route.topology.yaml'];
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim())
  .find(Boolean);
if (executablePath === undefined) throw new Error('no Chromium is installed (apt-get install chromium)');

const folder = mkdtempSync(join(tmpdir(), 'hopscope-pictures-'));
const report = join(folder, 'report.html');
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
try {
  const [capture, topology] = CAPTURE;
  const made = spawnSync(process.execPath, ['dist/cli.js', capture, '-t', topology, '-f', 'html', '-o', report], {
    stdio: 'inherit',
  });
  // A fault was found: that is what the picture is of.
  if (made.status !== 1) throw new Error('the report could not be made; npm run build first');
  for (const [size, viewport] of Object.entries(SIZES))
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ viewport, colorScheme });
      const page = await context.newPage();
      const picture = (name) => page.screenshot({ path: `docs/pictures/${name}-${size}-${colorScheme}.png` });
      await page.goto(pathToFileURL(report).href);
      await picture('report');
      await page.goto(pathToFileURL(resolve('dist/hopscope.html')).href);
      await page.setInputFiles('#files', CAPTURE);
      await page.waitForSelector('body[data-state=done]');
      await page.click('#show-packets');
      await page.waitForSelector('#list .line');
      await page.focus('#list');
      for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
      await page.waitForSelector('#detail .frame');
      await picture('page');
      await context.close();
    }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
