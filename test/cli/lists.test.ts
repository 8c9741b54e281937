// `hopscope protocols` and `hopscope fields`: lists for people and for scripts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register as fields } from '../../src/cli/fields.js';
import { register as protocols } from '../../src/cli/protocols.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-lists-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(register: (program: Command) => void, ...args: string[]): Promise<string> {
  const program = new Command();
  register(program);
  const file = join(folder, 'out');
  await program.parseAsync([...args, '-o', file], { from: 'user' });
  return readFileSync(file, 'utf8');
}

describe('protocols', () => {
  it('lists each protocol on a line, with what leads to it', async () => {
    const text = await run(protocols, 'protocols');
    expect(text).toMatch(/^vxlan +Virtual eXtensible Local Area Network +udp\.port 4789, 8472$/m);
    expect(text).toMatch(/^lldp +.* ethertype 0x88cc$/m);
  });
  it('is sorted, and the same as JSON', async () => {
    const list = JSON.parse(await run(protocols, 'protocols', '-f', 'json')) as { name: string; spec: string }[];
    const names = list.map((p) => p.name);
    expect(names).toEqual([...names].sort());
    expect(new Set(names).size).toBe(names.length);
    expect(list.filter((p) => p.spec === '')).toEqual([]);
    const text = await run(protocols, 'protocols');
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(names);
  });
});

describe('fields', () => {
  it('lists a protocol with the fields under it', async () => {
    const text = await run(fields, 'fields', 'vxlan');
    expect(text).toMatch(/^vxlan +none /m);
    expect(text).toMatch(/^vxlan\.vni +uint24 +VXLAN network identifier$/m);
    expect(text.split('\n').every((line) => line === '' || line.startsWith('vxlan'))).toBe(true);
  });
  it('finds fields by a generic name', async () => {
    const list = JSON.parse(await run(fields, 'fields', 'ip.addr', '-f', 'json')) as { name: string }[];
    expect(list.map((f) => f.name)).toEqual(['ip.dst', 'ip.src']);
  });
  it('knows what belongs to a frame and to no header', async () => {
    expect(await run(fields, 'fields', 'frame')).toMatch(/^frame\.number /m);
  });
  it('lists every name once', async () => {
    const names = (JSON.parse(await run(fields, 'fields', '-f', 'json')) as { name: string }[]).map((f) => f.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual([...names].sort());
  });
  it('says which name is near a wrong one', async () => {
    await expect(run(fields, 'fields', 'vxlan.vnii')).rejects.toThrow("did you mean 'vxlan.vni'?");
  });
});
