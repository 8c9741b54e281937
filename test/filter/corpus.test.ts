// Third-party captures: as many frames and bytes match each filter as tshark says. HOPSCOPE_CORPUS names their folder.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { protocolStack } from '../../src/dissect/extra.js';
import { compileFilter } from '../../src/filter/filter.js';
import { frameFields } from '../../src/filter/frame-fields.js';
import { times } from '../thorough.js';
import { everyFrame, registry } from './help.js';

interface Entry {
  readonly file: string;
  readonly frames: number;
  readonly oracle: string | null;
  readonly protocols: readonly string[];
  readonly tshark: { readonly rc: number };
}

const CAPTURES = times(8, 60);
const corpus = process.env.HOPSCOPE_CORPUS ?? resolve(import.meta.dirname, '../../../shared/corpus');
const index = join(corpus, 'index.json');
const there = existsSync(index) && spawnSync('tshark', ['-v']).status === 0;
if (!there) console.log(`filters are not compared with tshark: no ${index}, or no tshark`);

/** Captures whose protocols hopscope knows, each of another mix. */
function chosen(): Entry[] {
  const known = new Set(registry.protocols.flatMap((d) => [d.name, d.self.name]).concat('ethertype', 'frame'));
  const { files } = JSON.parse(readFileSync(index, 'utf8')) as { files: Entry[] };
  const seen = new Set<string>();
  return files
    .filter((f) => !f.file.startsWith('malformed/') && f.oracle && f.tshark.rc === 0 && f.frames > 1 && f.frames <= 3000)
    .filter((f) => f.protocols.every((p) => known.has(p)))
    .filter((f) => {
      const mix = [...f.protocols].sort().join(' ');
      return !seen.has(mix) && seen.add(mix);
    })
    .slice(0, CAPTURES);
}

// tshark counts for many filters in one run, told apart by commas: filters with commas are left to the recorded answers.
const filters = readFileSync(join(import.meta.dirname, 'filters.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#') && !line.includes(','));

const OPTIONS = [
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.no_subdissector_on_error:FALSE',
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
].flatMap((option) => ['-o', option]);

/** frame.protocols of every frame. */
function stacks(oracle: string): string[] {
  const bytes = readFileSync(join(corpus, oracle));
  const lines = (oracle.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n');
  return lines.filter((line) => line !== '').map((line) => (JSON.parse(line) as { protocols: string }).protocols);
}

/** `frames/bytes` that match each filter; null where tshark makes no table, as for a capture without duration. */
function counted(path: string): string[] | null {
  const args = ['-n', '-q', '-d', 'udp.port==8472,vxlan', ...OPTIONS, '-r', path, '-z', `io,stat,0,${filters.join(',')}`];
  const text = execFileSync('tshark', args, {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
    maxBuffer: 1 << 28,
    stdio: 'pipe',
  });
  const row = text.split('\n').findLast((line) => line.includes('<>'));
  if (row === undefined) return null;
  const cells = row
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
  return filters.map((_, k) => `${cells[2 * k]}/${cells[2 * k + 1]}`);
}

/** Numbers of the frames that match, one run of tshark for one filter. */
function listed(path: string, filter: string): number[] {
  const args = ['-n', '-d', 'udp.port==8472,vxlan', ...OPTIONS, '-r', path, '-Y', filter, '-T', 'fields', '-e', 'frame.number'];
  const text = execFileSync('tshark', args, {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
    maxBuffer: 1 << 28,
    stdio: 'pipe',
  });
  return text.split('\n').filter(Boolean).map(Number);
}

describe.runIf(there)('captures of the corpus', () => {
  it.for(there ? chosen() : [])('$file', async ({ file, oracle }, { skip }) => {
    const path = join(corpus, file);
    const found = filters.map(() => ({ frames: [] as number[], bytes: 0 }));
    const read: string[] = [];
    await everyFrame(path, (times) => {
      const compiled = filters.map((text) => compileFilter(text, registry, frameFields(times)).matches);
      return (frame, layers) => {
        read.push(protocolStack(layers));
        compiled.forEach((matches, k) => {
          if (!matches(layers)) return;
          found[k]!.frames.push(frame.number);
          found[k]!.bytes += frame.wireLength;
        });
      };
    });
    // Where the layers differ (tshark guesses some by their look), filters must.
    skip(read.join('\n') !== stacks(oracle!).join('\n'));
    const tshark = counted(path);
    skip(tshark === null);
    // Counting, tshark 4.0 takes some values otherwise than listing (the length of TCP, the last layer): the list has the word.
    const suspects = filters
      .map((text, k) => ({ text, k }))
      .filter(({ k }) => `${found[k]!.frames.length}/${found[k]!.bytes}` !== tshark![k]);
    for (const { text, k } of suspects) expect({ text, frames: found[k]!.frames }).toEqual({ text, frames: listed(path, text) });
  });
});
