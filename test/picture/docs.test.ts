// The pictures of docs/pictures.md and of the README are those that hopscope draws. UPDATE_PICTURES=1 makes them anew.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import type { Picture } from '../../src/picture/model.js';
import { paintSvg } from '../../src/picture/paint/svg.js';
import { paintText } from '../../src/picture/paint/text.js';
import { causes } from '../../src/report/causes.js';
import { PLAIN } from '../main/options.js';

const UPDATE = process.env['UPDATE_PICTURES'] === '1';
const PAGE = 'docs/pictures.md';

/** By the name of its file, the capture and the picture of its first root cause. */
const DRAWN = [
  ['ladder', 'native-missing-route', 'ladder'],
  ['map', 'native-missing-route', 'map'],
  ['tunnel', 'vxlan-wrong-node', 'ladder'],
  ['arp', 'arp-flap', 'ladder'],
  ['timeline', 'lb-failover', 'timeline'],
] as const;

async function draw(capture: string, kind: 'ladder' | 'map' | 'timeline'): Promise<Picture> {
  const topology = `captures/${capture}.topology.yaml`;
  const run = await analyze({
    ...PLAIN,
    files: [{ point: null, path: `captures/${capture}.pcap` }],
    topology: existsSync(topology) ? [topology] : [],
    workers: 0,
  });
  const picture = run.pictures?.[kind](causes(run)[0]!.finding.id);
  if (picture == null) throw new Error(`there is no ${kind} of ${capture}`);
  return picture;
}

it.each(DRAWN)('docs/pictures/%s.svg', async (name, capture, kind) => {
  const path = `docs/pictures/${name}.svg`;
  const svg = paintSvg(await draw(capture, kind), { id: name, standalone: true });
  if (UPDATE) writeFileSync(path, svg);
  expect(svg).toBe(readFileSync(path, 'utf8'));
  expect(readFileSync(PAGE, 'utf8')).toContain(`](pictures/${name}.svg)`);
});

it('the texts of docs/pictures.md', async () => {
  const texts = [await draw('native-missing-route', 'ladder'), await draw('native-missing-route', 'map')].map(
    (picture) => `\`\`\`\n${paintText(picture, { width: 130 })!.join('\n')}\n\`\`\``,
  );
  const before = readFileSync(PAGE, 'utf8');
  let n = 0;
  const after = before.replace(/^```\n(?:[^`\n].*\n|\n)*```$/gm, () => texts[n++] ?? 'a block too many');
  expect(n).toBe(texts.length);
  if (UPDATE) writeFileSync(PAGE, after);
  else expect(before).toBe(after);
});
