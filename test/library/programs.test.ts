// The programs of docs/library.md run, and the matchers work, as a user has them: by the name of the package, from the packed tarball.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/library/index.js';
import { unpackInto } from '../packed.js';
import { thoroughly } from '../thorough.js';

const ROOT = resolve(import.meta.dirname, '..', '..');
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
const programs = new Map(
  [...readFileSync(join(ROOT, 'docs', 'library.md'), 'utf8').matchAll(/```js\n\/\/ ([\w.-]+): [^\n]*\n(.*?)```/gs)].map(
    ([, name, text]) => [name!, text!],
  ),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-programs-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  unpackInto(modules);
  // What npm would install with it, and what the programs import beside it.
  for (const name of [...Object.keys(dependencies), 'vitest', 'vite', 'hyparquet-writer'])
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  symlinkSync(join(ROOT, 'captures'), join(folder, 'captures'));
  for (const [name, text] of programs) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (name: string, ...args: string[]) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, name), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return { lines: stdout.trim().split('\n'), status };
};

describe('the programs of the guide', () => {
  it('are all run here', () => {
    expect([...programs.keys()].sort()).toEqual(
      // That of the browser runs in browser.test.ts.
      [
        'cut.mjs',
        'in-a-page.js',
        'lab.test.mjs',
        'nightly.mjs',
        'no-dns.mjs',
        'outer-and-inner.mjs',
        'own-rule.mjs',
        'plain-http.mjs',
        'to-parquet.mjs',
        'watch.mjs',
        'which-path.mjs',
      ].sort(),
    );
  });

  it('which-path', () => {
    const { lines } = run('which-path.mjs');
    expect(lines[0]).toBe('fail Packets to 172.20.2.0/24 leave router by eth0 instead of eth2');
    expect(lines.slice(1)).toContain('172.20.0.96 -> 172.20.2.1:80 in eth1 > out eth0');
  });

  thoroughly('no-dns', () => {
    expect(run('no-dns.mjs').lines).toEqual(['default/curl-pod']);
  });

  it('own-rule, with the plug-in plain-http', () => {
    expect(run('own-rule.mjs').lines).toEqual([
      'plain-http: 172.20.2.1 (default/webpod-w0) is asked over plain HTTP (frame 20)',
      'plain-http: 172.20.0.66 (default/webpod-ctr) is asked over plain HTTP (frame 60)',
      'plain-http: 172.20.1.126 (default/webpod-w1) is asked over plain HTTP (frame 80)',
    ]);
  });

  it('to-parquet', async () => {
    const { lines } = run('to-parquet.mjs', 'captures/native-healthy.pcap', 'flows.parquet');
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'flows.parquet')) });
    const { conversations } = await analyze(join(ROOT, 'captures', 'native-healthy.pcap'));
    expect(lines).toEqual([`${conversations.length} rows`]);
    expect(rows).toEqual(
      conversations.map(({ src, dst, dstPort, forth, back, seconds }) => ({
        ...{ src, dst, dst_port: dstPort, path: forth.path, seconds, bytes: BigInt(forth.bytes + back.bytes) },
      })),
    );
  });

  thoroughly('outer-and-inner', () => {
    const { lines } = run('outer-and-inner.mjs');
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) expect(line).toMatch(/^\d+: 192\.168\.\d+\.\d+ carries 172\.20\.\d+\.\d+, VNI \d+$/);
  });

  thoroughly('cut', () => {
    const { lines } = run('cut.mjs', 'captures/native-healthy.pcap', 'web.pcapng');
    const args = ['dump', 'captures/native-healthy.pcap', '-Y', 'tcp.port == 80', '-T', 'fields', '-e', 'frame.number'];
    const listed = spawnSync(process.execPath, [join(ROOT, 'dist', 'cli.js'), ...args], { cwd: ROOT, encoding: 'utf8' }).stdout;
    expect(lines).toEqual([`${listed.trim().split('\n').length} frames`]);
    expect(readFileSync(join(folder, 'web.pcapng')).includes('of captures/native-healthy.pcap')).toBe(true);
  });

  thoroughly('watch', () => {
    const { lines } = run('watch.mjs', 'captures/native-missing-route.pcap');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.at(-1)).toBe('fail');
  });

  it('nightly', () => {
    const { lines, status } = run('nightly.mjs');
    expect(lines[0]).toMatch(/^<\?xml /);
    expect(status).toBe(0);
  });

  thoroughly(
    'lab.test, by vitest; a test that forgets to wait fails',
    () => {
      const forgets = `import { expect, it } from 'vitest';
import { lab } from 'hopscope/vitest';
it('forgets', async () => {
  const run = await lab('captures/native-healthy.pcap');
  expect(run).toBeHealthy();
});\n`;
      writeFileSync(join(folder, 'forgets.test.mjs'), forgets);
      const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
      const env = { ...process.env, NO_COLOR: '1', VITEST: undefined, VITEST_POOL_ID: undefined, VITEST_WORKER_ID: undefined };
      const args = [vitest, 'run', '--root', folder, '--reporter=tap-flat', '--maxWorkers=1'];
      const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env });
      expect(stdout.match(/^ok .*lab\.test\.mjs/gm)).toHaveLength(4);
      expect(stdout).toMatch(/^not ok .*forgets\.test\.mjs/m);
      expect(stdout).toContain('the test ended before toBeHealthy() did');
    },
    120_000,
  );

  it('the reporter leaves an HTML report of each matcher that fails, and names it', () => {
    const fails = `import { expect, it } from 'vitest';
import { lab } from 'hopscope/vitest';
it('is healthy', async () => {
  await expect(await lab('captures/native-healthy.pcap')).toBeHealthy();
});
it('is broken', async () => {
  const run = await lab({ router: 'captures/native-missing-route.pcap' }, { topology: 'captures/lab.topology.yaml' });
  await expect(run).toDeliver({ proto: 'tcp', port: 80, from: 'pods of k8s-ctr', to: 'pods of k8s-w0' });
});\n`;
    writeFileSync(join(folder, 'fails.test.mjs'), fails);
    writeFileSync(
      join(folder, 'reporting.config.mjs'),
      "export default { test: { reporters: ['tap-flat', ['hopscope/reporter', { folder: 'reports' }]] } };\n",
    );
    const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
    const env = { ...process.env, NO_COLOR: '1', VITEST: undefined, VITEST_POOL_ID: undefined, VITEST_WORKER_ID: undefined };
    const args = [vitest, 'run', 'fails', '--root', folder, '--config', 'reporting.config.mjs', '--maxWorkers=1'];
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env });
    const [, named] = /hopscope reports of what failed:\n {2}is broken: (reports\/\S+\.html)\n/.exec(stdout) ?? [];
    expect(named, stdout).toBeDefined();
    expect(readdirSync(join(folder, 'reports'))).toHaveLength(1);
    expect(readFileSync(join(folder, named!), 'utf8')).toMatch(/^<!doctype html>/i);
  }, 120_000);
});

describe('the types', () => {
  it('lead to nothing that is not installed, and to no part of the engine but its records', () => {
    const files = (readdirSync(join(ROOT, 'dist', 'types'), { recursive: true }) as string[]).filter((name) =>
      name.endsWith('.ts'),
    );
    expect(
      files
        .map((name) => name.replace('src/', '').split('/')[0])
        .filter((room) => room !== 'library')
        .sort(),
    ).toEqual(['dissect', 'dissect', 'errors.d.ts', 'facts', 'main', 'plugin', 'report', 'rules'].sort());
  });

  it('are those of the programs', () => {
    const program = `import { analyze, dissect, type Finding, type Run } from 'hopscope';
import { expect } from 'vitest';
import { lab } from 'hopscope/vitest';
const run: Run = await analyze({ router: 'r.pcap' }, { topology: { nodes: {} }, rules: { only: ['arp-no-reply'] } });
const first: Finding | undefined = run.findings[0];
console.log(first?.subject.dst, run.conversations[0]?.forth.path, dissect(new Uint8Array(3)).values('ip.src'));
await expect(await lab('r.pcap')).toDeliver({ to: 'default/webpod', port: 80 });
// @ts-expect-error a port is a number
await expect(await lab('r.pcap')).toDeliver({ port: '80' });
// @ts-expect-error no such option
await analyze('r.pcap', { topologie: 'lab.yaml' });
`;
    writeFileSync(join(folder, 'typed.mts'), program);
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node', '--typeRoots'];
    const { stdout } = spawnSync(process.execPath, [tsc, ...flags, join(ROOT, 'node_modules', '@types'), 'typed.mts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
  });
});
