// The project's text speaks of the project: no path of somebody's machine, and no host that only one network can reach.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';

const tracked = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0');
const OWN = 'test/pack-text.test.ts';

const texts = tracked
  .filter((name) => name !== '' && name !== OWN && !/\.(pcap|pcapng|gz|zst)$/.test(name))
  .flatMap((name) => {
    try {
      return [{ name, text: readFileSync(name, 'utf8') }];
    } catch {
      return []; // taken away, and not committed yet
    }
  });

/** `file:line: what stands there` of every match. */
function found(pattern: RegExp, among = texts): string[] {
  return among.flatMap(({ name, text }) =>
    text.split('\n').flatMap((line, i) => {
      const hit = pattern.exec(line);
      return hit === null ? [] : [`${name}:${i + 1}: ${hit[0]}`];
    }),
  );
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('the text of the project', () => {
  it('is all read', () => {
    expect(texts.length).toBeGreaterThan(300);
  });

  it('names no folder of a machine', () => {
    expect(found(/(?<![\w.*$-])\/(?:root|home|Users|srv|mnt)\/\w[\w./-]*|[A-Z]:\\Users\\(?!me\b)/)).toEqual([]);
    // The folder that the checkout lies in, and the name of the machine, where they are no everyday words.
    const parent = dirname(process.cwd());
    const isOwn = tracked.some((name) => name.startsWith(`${basename(parent)}/`));
    if (parent !== '/' && parent !== tmpdir() && !isOwn) expect(found(new RegExp(`(?<![\\w.])${escaped(parent)}/`))).toEqual([]);
    if (hostname().length > 8) expect(found(new RegExp(`\\b${escaped(hostname())}\\b`))).toEqual([]);
  });

  it('names no registry and no other host of a private network', () => {
    const lock = texts.filter(({ name }) => name === 'package-lock.json');
    expect(lock.length).toBe(1);
    expect(found(/"resolved"|\/\/registry|_authToken/, lock)).toEqual([]);
    expect(
      found(
        // A curl in a log of a lab asks a host of that lab.
        /https?:\/\/(?:registry\.|localhost\b|[\w.-]+\.(?:internal|local|lan|corp)\b|(?<!\bcurl .*)(?:127\.|10\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.))/,
      ),
    ).toEqual([]);
    expect(tracked).not.toContain('.npmrc');
  });
});
