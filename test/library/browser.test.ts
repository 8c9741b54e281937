// The library in a browser: by the name of the package and the condition `browser`, bundled as a web page's tools do it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyze, dissect, openCapture } from '../../src/library/index.js';
import { executable, startChromium } from '../page/chromium.js';

const ROOT = resolve(import.meta.dirname, '..', '..');
const CAPTURES = join(ROOT, 'captures');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-browser-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'hopscope'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function bundled(program: string): Promise<string> {
  writeFileSync(join(folder, 'program.js'), program);
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'program.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]!.text;
}

it('openCapture and dissect with all protocols take less than 120 kB packed, 320 kB unpacked', async () => {
  const text = await bundled("import { dissect, openCapture } from 'hopscope';\nglobalThis.both = { dissect, openCapture };\n");
  const packed = gzipSync(text, { level: 9 }).length;
  console.log(`openCapture + dissect for browsers: ${packed} bytes in gzip, ${text.length} minified`);
  expect(packed).toBeLessThan(120_000);
  expect(text.length).toBeLessThan(320_000);
});

if (executable === undefined) console.log('the library was not tested in a browser: Chromium is not installed');

describe.skipIf(executable === undefined)('in Chromium', () => {
  it('the program of the guide says what is wrong in a file that is chosen', { timeout: 120_000 }, async () => {
    const guide = readFileSync(join(ROOT, 'docs', 'library.md'), 'utf8');
    const [, program] = /\/\/ in-a-page\.js: [^\n]*\n(.*?)```/s.exec(guide)!;
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      await page.setContent('<input type="file"><pre></pre>');
      await page.addScriptTag({ type: 'module', content: await bundled(program!) });
      await page.setInputFiles('input', join(CAPTURES, 'tcp-refused.pcap'));
      await page.waitForFunction("document.querySelector('pre').textContent !== ''");
      expect(await page.textContent('pre')).toMatch(/^fail: .* refuses connections to port 8080/m);
    } finally {
      await browser.close();
    }
  });

  it('frames, headers, filters and findings are those of Node.js', { timeout: 120_000 }, async () => {
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      await page.setContent('<p>hopscope</p>');
      await page.addScriptTag({
        type: 'module',
        content: await bundled(`import { analyze, compileFilter, dissect, openCapture } from 'hopscope';
globalThis.run = async (base64, topology) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const protocols = [];
  const web = compileFilter('tcp.port == 80');
  let count = 0;
  for await (const frame of openCapture(new Blob([bytes]))) {
    protocols.push(dissect(frame.bytes, frame).protocols.join(':'));
    if (web.matches(frame)) count++;
  }
  const run = await analyze({ router: bytes }, { topology });
  const [journey] = await Array.fromAsync?.(run.journeys()) ?? [null];
  const html = await run.format('html');
  return { protocols, count, titles: run.findings.map(({ title }) => title), verdict: run.verdict, paths: run.conversations.map(({ forth }) => forth.path), hops: journey?.hops.length ?? 0, html: html.length };
};
globalThis.ready = true;`),
      });
      await page.waitForFunction('globalThis.ready === true');
      for (const name of ['native-missing-route.pcap', 'vxlan-healthy.pcap', 'capture-dropped.pcapng']) {
        const bytes = readFileSync(join(CAPTURES, name));
        const there = (await page.evaluate(`run(${JSON.stringify(bytes.toString('base64'))})`)) as Record<string, unknown>;
        const here = await analyze({ router: new Uint8Array(bytes) });
        const protocols: string[] = [];
        for await (const frame of openCapture(new Uint8Array(bytes)))
          protocols.push(dissect(frame.bytes, frame).protocols.join(':'));
        expect(there).toMatchObject({
          protocols,
          titles: here.findings.map(({ title }) => title),
          verdict: here.verdict,
          paths: here.conversations.map(({ forth }) => forth.path),
        });
        expect(there['html']).toBeGreaterThan(10_000);
      }
    } finally {
      await browser.close();
    }
  });
});
