// The package as a user gets it: packed, installed without running any script, and used from another folder by another user.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Packed, packInto } from './packed.js';

const KILO = 1000;
const ROOT = resolve(import.meta.dirname, '..');

/** The names of the packages whose code is in the program, as the source map of the bundle has them. */
function bundledPackages(): string[] {
  const { sources } = JSON.parse(readFileSync(join(ROOT, 'dist', 'main.js.map'), 'utf8')) as { sources: string[] };
  return [...new Set(sources.flatMap((one) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(one)?.[1] ?? []))];
}

let folder: string;
let packed: Packed;
/** Where it was installed; null where the registry cannot be reached. */
let installed: string | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-pack-'));
  // Another user is to read it.
  chmodSync(folder, 0o755);
  packed = packInto(folder);
  const prefix = join(folder, 'prefix');
  const install = spawnSync(
    'npm',
    [
      ...['install', '--global', '--prefix', prefix, '--ignore-scripts', '--prefer-offline'],
      ...['--fetch-retries', '0', '--no-audit', '--no-fund', join(folder, packed.filename)],
    ],
    { cwd: folder, encoding: 'utf8', timeout: 150_000 },
  );
  if (install.status === 0) installed = prefix;
  else if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTCACHED|network/i.test(install.stderr))
    console.log(`the installed package was not tested: the registry cannot be reached (${install.stderr.split('\n')[0]})`);
  else throw new Error(`npm install failed: ${install.stderr}`);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what users need and nothing else', () => {
    const known = [
      /^(package\.json|README\.md|LICENSE)$/,
      /^dist\/[\w-]+\.js$/,
      /^dist\/(capture|live|progress)-view\.mjs$/,
      /^dist\/library\/(index|matchers|plugin|reporter|vitest|[\w-]+-[A-Z0-9]{8})\.mjs$/,
      /^dist\/library\/browser\/(index|[\w-]+-[A-Z0-9]{8})\.mjs$/,
      /^dist\/types\/(package\.json|src\/[\w/-]+\.d\.ts)$/,
      /^dist\/(package\.json|licenses\.txt|hopscope\.html)$/,
      /^dist\/hopscope\.1$/,
      /^dist\/completions\/(hopscope\.bash|_hopscope|hopscope\.fish)$/,
      /^captures\/native-missing-route\.(pcap|md|topology\.yaml)$/,
      /^schema\/(bundle|expectations|points|report|topology)\.schema\.json$/,
      /^docs\/[\w-]+\.(md|svg)$/,
    ];
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => !known.some((pattern) => pattern.test(path)))).toEqual([]);
    const unmet = known.filter((pattern) => !paths.some((path) => pattern.test(path)));
    expect(unmet, 'is missing; dist/ is made by npm run build').toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining(['dist/cli.js', 'dist/reader.js', 'dist/tui-checks.js', 'dist/tui-loader.js', 'dist/tui-query.js']),
    );
    // What nobody reads to use it, what `hopscope protocols` prints, set-ups of others, and drawings that are not in it.
    for (const page of [
      'capture-labs',
      'fuzzing',
      'gitlab-ci',
      'pictures',
      'protocols',
      'speed',
      'tshark-differences',
      'verdicts',
    ])
      expect(paths).not.toContain(`docs/${page}.md`);
  });

  it('holds the licence of every package whose code it holds', () => {
    const text = readFileSync(join(ROOT, 'dist', 'licenses.txt'), 'utf8');
    const named = [...text.matchAll(/^(\S+) \d\S+ \((\w+)\)$/gm)].map(([, name]) => name);
    const bundled = bundledPackages();
    expect(bundled.length).toBeGreaterThan(3);
    expect(named).toEqual(expect.arrayContaining(bundled));
    expect(text.match(/permission|redistribution/gi)?.length).toBeGreaterThanOrEqual(bundled.length);
  });

  it('makes an installation fetch no package whose code it holds', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const bundled = bundledPackages();
    expect(Object.keys(dependencies).filter((name) => bundled.includes(name))).toEqual([]);
  });

  it('is small', () => {
    // A fifth of it is the page for browsers, which is packed already; the library is another one, and as much again for browsers.
    expect(packed.size).toBeLessThan(3000 * KILO);
    expect(packed.unpackedSize).toBeLessThan(8000 * KILO);
  });

  it('has a program that may be run', () => {
    const cli = packed.files.find(({ path }) => path === 'dist/cli.js')!;
    expect(cli.mode & 0o111).toBe(0o111);
    expect(readFileSync(join(ROOT, 'dist/cli.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

/** Anybody but root and the owner of the files, where the tests run as root. */
const NOBODY = 65_534;

describe('installed with --ignore-scripts', () => {
  const home = () => join(folder, 'elsewhere');

  function hopscope(args: readonly string[], env: Record<string, string> = {}) {
    const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    if (!existsSync(home())) {
      mkdirSync(home());
      chmodSync(home(), 0o777);
    }
    const node = dirname(process.execPath);
    return spawnSync(join(installed!, 'bin', 'hopscope'), args, {
      cwd: home(),
      encoding: 'utf8',
      env: { PATH: `${node}:/usr/bin:/bin`, HOME: home(), TMPDIR: home(), COLUMNS: '100', ...env },
      ...identity,
    });
  }
  const own = (...path: string[]) => join(installed!, 'lib', 'node_modules', 'hopscope', ...path);
  const capture = () => own('captures', 'native-missing-route.pcap');
  const topology = () => own('captures', 'native-missing-route.topology.yaml');
  const nodeIsReadable = () => process.getuid?.() !== 0 || (statSync(dirname(process.execPath)).mode & 0o5) === 0o5;
  const test = (name: string, body: () => void) =>
    it(name, (context) => {
      if (installed === null) return context.skip('the registry cannot be reached');
      if (!nodeIsReadable()) return context.skip('another user cannot read this Node.js');
      body();
    });

  test('says its version', () => {
    const { stdout, stderr, status } = hopscope(['--version']);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect({ stdout, stderr, status }).toEqual({ stdout: `hopscope ${version}\n`, stderr: '', status: 0 });
  });

  test('diagnoses the capture that comes with it, as the README shows', () => {
    const { stdout, status } = hopscope([capture(), '-t', topology()]);
    expect(status).toBe(1);
    expect(readFileSync(own('README.md'), 'utf8')).toContain(`\`\`\`\n${stdout}\`\`\``);
  });

  test('starts its threads, with the same result', () => {
    const mark = join(home(), 'threads');
    const hook = join(home(), 'hook.cjs');
    writeFileSync(
      hook,
      `if (!require('node:worker_threads').isMainThread) require('node:fs').appendFileSync(${JSON.stringify(mark)}, 'x');`,
    );
    const alone = hopscope([capture(), '-f', 'json'], { HOPSCOPE_WORKERS: '0', NODE_OPTIONS: `--require=${hook}` });
    expect(existsSync(mark)).toBe(false);
    const two = hopscope([capture(), '-f', 'json'], { HOPSCOPE_WORKERS: '1', NODE_OPTIONS: `--require=${hook}` });
    expect(readFileSync(mark, 'utf8')).toBe('x');
    expect(two.stderr).toBe('');
    expect(JSON.parse(two.stdout)).toEqual(JSON.parse(alone.stdout));
  });

  test('knows its rules, protocols and fields', () => {
    for (const command of ['rules', 'protocols', 'fields']) {
      const { stdout, stderr, status } = hopscope([command]);
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      expect(stdout.split('\n').length).toBeGreaterThan(30);
    }
    expect(hopscope(['rules', 'egress-wrong-interface']).stdout).toMatch(/^# /);
  });

  test('holds the capture against expectations', () => {
    const sheet = join(home(), 'expect.yaml');
    writeFileSync(
      sheet,
      `version: 1
name: installed
captures: { router: ${JSON.stringify(capture())} }
topology: ${JSON.stringify(topology())}
expect:
  - name: packets are there
    where: icmp
    atLeast: 1
  - name: pods behind eth2 are reached through it
    flow: { src: 172.20.0.0/24, dst: 172.20.2.0/24 }
    path: [in eth1, out eth2]
`,
    );
    const { stdout, stderr, status } = hopscope(['verify', sheet]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/1 passed|passed 1|1 pass/);
    expect(status).toBe(1);
  });

  test('prints, exports and asks: what loads the other packages', () => {
    expect(hopscope(['dump', capture(), '-c', '3']).stdout.split('\n').length).toBeGreaterThan(3);
    expect(hopscope(['flows', capture(), '-f', 'csv']).stdout).toMatch(/^\w+,/);
    const exported = hopscope(['export', '--parquet', 'tables', capture()]);
    expect(exported.stderr).toBe('');
    expect(readdirSync(join(home(), 'tables')).sort()).toContain('packets');
    const asked = hopscope(['sql', 'SELECT count(*) AS n FROM packets', 'tables', '-f', 'csv']);
    // The engine is optional, and prebuilt for the usual systems only.
    if (!existsSync(own('node_modules', '@duckdb', 'node-api'))) expect(asked.stderr).toMatch(/@duckdb\/node-api/);
    else expect(asked.stdout).toMatch(/^n\r?\n61\r?\n$/);
  });

  test('brings its manual page, where man finds it', () => {
    expect(readFileSync(join(installed!, 'share', 'man', 'man1', 'hopscope.1'), 'utf8')).toMatch(/^\.TH HOPSCOPE 1 /);
  });

  test('needs no package that runs scripts on install, or that may not be used freely', () => {
    const manifests = readdirSync(own('node_modules'), { recursive: true, encoding: 'utf8' })
      .filter((path) => basename(path) === 'package.json' && /(^|node_modules\/)(@[^/]+\/)?[^/@]+\/package\.json$/.test(path))
      .map(
        (path) =>
          JSON.parse(readFileSync(own('node_modules', path), 'utf8')) as {
            name?: string;
            version?: string;
            license?: string;
            scripts?: Record<string, string>;
            gypfile?: boolean;
          },
      )
      .filter(({ name, version }) => name !== undefined && version !== undefined);
    expect(manifests.length).toBeGreaterThan(20);
    const running = manifests.filter(
      ({ scripts, gypfile }) => gypfile === true || ['preinstall', 'install', 'postinstall'].some((name) => scripts?.[name]),
    );
    expect(running.map(({ name }) => name)).toEqual([]);
    const free = /^\(?(MIT|MIT-0|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|\(MIT OR CC0-1\.0\)|MIT OR CC0-1\.0)\)?$/;
    expect(
      manifests.filter(({ license }) => !free.test(license ?? '')).map(({ name, license }) => `${name}: ${license}`),
    ).toEqual([]);
  });
});

describe('the lock file', () => {
  interface Locked {
    readonly dev?: boolean;
    readonly deprecated?: string;
    readonly hasInstallScript?: boolean;
    readonly integrity?: string;
    readonly resolved?: string;
    readonly license?: string;
  }
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  const runtime = entries.filter(([, { dev }]) => dev !== true);

  it('pins every package by its hash, and names no host', () => {
    expect(entries.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
    expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it('has no package at runtime that is deprecated or runs scripts on install', () => {
    expect(runtime.length).toBeGreaterThan(20);
    expect(runtime.filter(([, one]) => one.deprecated !== undefined || one.hasInstallScript).map(([path]) => path)).toEqual([]);
  });
});
