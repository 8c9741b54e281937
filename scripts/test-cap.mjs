// Installs the optional package `cap` from the registry, which compiles it, and runs the tests that capture with it. Where there is no
// compiler, no libpcap with its headers, or no registry, it says so and ends well.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const UNREACHABLE = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTCACHED|E40[13]|network/i;

/** What cap cannot be compiled without, or null. */
function lacking() {
  const compiles = spawnSync('c++', ['-x', 'c++', '-fsyntax-only', '-'], { input: '#include <pcap.h>\n', encoding: 'utf8' });
  if (compiles.error !== undefined) return 'there is no C++ compiler';
  if (compiles.status !== 0) return 'the headers of libpcap are not installed';
  return ['make', 'python3']
    .map((name) => (spawnSync(name, ['--version']).status === 0 ? null : `there is no ${name}`))
    .find(Boolean);
}

const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const why = lacking();
if (why) console.log(`cap was not tested: ${why}`);
else {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-cap-'));
  try {
    // npm from version 12 on compiles only what is named.
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "allowScripts": { "cap": true } }\n');
    // Headers of this Node.js: those that lie beside it need not be fetched.
    const beside = dirname(dirname(process.execPath));
    const nodedir = existsSync(join(beside, 'include', 'node', 'node.h')) ? { npm_config_nodedir: beside } : {};
    const install = spawnSync(
      'npm',
      [
        ...['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts=false', '--prefer-offline'],
        `cap@${peerDependencies.cap}`,
      ],
      { encoding: 'utf8', env: { ...process.env, ...nodedir } },
    );
    const modules = join(folder, 'node_modules');
    const built = existsSync(join(modules, 'cap', 'build', 'Release', 'cap.node'));
    if (!built && UNREACHABLE.test(install.stderr))
      console.log(`cap was not tested: the registry cannot be reached: ${install.stderr.trim().split('\n')[0]}`);
    else if (!built) {
      console.error(`cap could not be built:\n${install.stdout}${install.stderr}`);
      process.exitCode = 1;
    } else {
      console.log(`cap ${JSON.parse(readFileSync(join(modules, 'cap', 'package.json'), 'utf8')).version} was built`);
      const { status } = spawnSync(
        process.execPath,
        [join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--maxWorkers=1', join('test', 'live', 'cap.test.ts')],
        { stdio: 'inherit', env: { ...process.env, NODE_PATH: modules } },
      );
      process.exitCode = status ?? 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
