// Chromium, for the tests of what a browser shows. One is started for all tests of a file.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];
export const executable = names.map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()).find(Boolean);
if (executable === undefined)
  console.log(`pages in a browser: none of ${names.join(', ')} is installed; those tests are skipped`);

/** As root, as in a container, it has no sandbox. */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: executable!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });

export const PAGE = pathToFileURL(resolve('dist/hopscope.html')).href;

/** A tab, and what went wrong in it. */
export interface Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the console, errors of scripts, dialogs. */
  readonly complaints: string[];
  /** Whatever was asked for, but for the file itself and its own worker. */
  readonly requests: string[];
}

export async function openTab(browser: Browser, url: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Tab> {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('request', (request) => {
    const asked = request.url();
    if (asked !== url && !asked.startsWith('blob:') && !asked.startsWith('data:')) requests.push(asked);
  });
  await page.goto(url);
  return { page, context, complaints, requests };
}

/** What axe-core finds wrong: one line a rule. */
export async function violations(page: Page): Promise<string[]> {
  // Scripts that are put in by the debugger are not asked for by the page, so its policy lets them be.
  await page.evaluate(axe.source);
  const result = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
  );
  return result.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
}

/** Gives the page files, and waits for the end of the analysis. */
export async function analyzed(
  page: Page,
  files: readonly string[] | readonly { name: string; mimeType: string; buffer: Buffer }[],
): Promise<'done' | 'failed'> {
  if (await page.isVisible('#remove-all')) await page.click('#remove-all');
  await page.setInputFiles('#files', files as string[]);
  await page.waitForSelector('body[data-state=done], body[data-state=failed]', { timeout: 50_000 });
  return (await page.getAttribute('body', 'data-state')) as 'done' | 'failed';
}

/** What a button of the page saves. */
export async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
