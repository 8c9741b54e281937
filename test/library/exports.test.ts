// What the package offers by name, frozen: a name that goes is a new major version, and one that comes is looked at here first.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..', '..');
type Target = string | { readonly [condition: string]: Target };
const { exports, peerDependencies, peerDependenciesMeta, sideEffects } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
) as {
  exports: Record<string, Target>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  sideEffects: readonly string[];
};

const pathsOf = (target: Target): string[] => (typeof target === 'string' ? [target] : Object.values(target).flatMap(pathsOf));

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'index.mjs': [
    ...['CaptureError', 'ExpectationError', 'FilterError', 'HopscopeError', 'InterruptedError', 'Result', 'Run'],
    ...['TopologyError', 'UsageError', 'Verification', 'analyze', 'compileFilter', 'dissect', 'follow', 'importTopology'],
    ...['live', 'loadTopology', 'openCapture', 'usePlugins', 'verify', 'writePcapng'],
  ],
  'browser/index.mjs': [
    ...['CaptureError', 'FilterError', 'HopscopeError', 'TopologyError', 'UsageError'],
    ...['analyze', 'compileFilter', 'dissect', 'openCapture'],
  ],
  'plugin.mjs': [
    ...['PLUGIN_API', 'atLeast', 'bits', 'bytes', 'dissector', 'field', 'flag', 'ipv4', 'ipv6', 'layout', 'mac', 'plugin'],
    ...['protocol', 'rsv', 'rule', 'scaled', 'seconds', 'table', 'uint'],
  ],
  'matchers.mjs': ['Lab', 'conversationWith', 'findingOf', 'lab', 'matchers'],
  'reporter.mjs': ['default'],
};

describe('the package', () => {
  it('offers these entries, and each is there with its types first', () => {
    expect(Object.keys(exports)).toEqual([
      ...['.', './vitest', './matchers', './plugin', './reporter', './schema/*', './package.json'],
    ]);
    for (const path of Object.values(exports).flatMap(pathsOf))
      expect(path.includes('*') || existsSync(join(ROOT, path)), path).toBe(true);
    const conditions = (target: Target): void => {
      if (typeof target === 'string') return;
      // The first condition that fits counts: what stands after `default` is never reached.
      expect(Object.keys(target).at(-1)).toBe('default');
      if ('types' in target) expect(Object.keys(target).find((name) => name !== 'browser')).toBe('types');
      Object.values(target).forEach(conditions);
    };
    for (const name of ['.', './vitest', './matchers', './plugin', './reporter']) conditions(exports[name]!);
  });

  it.each(Object.entries(NAMES))('%s has these names', async (file, names) => {
    const module = (await import(pathToFileURL(join(ROOT, 'dist', 'library', file)).href)) as object;
    expect(Object.keys(module).sort()).toEqual([...names].sort());
  });

  it('builds nothing at installation, and is free of side effects but for the matchers', () => {
    expect(Object.keys(peerDependencies)).toEqual(['cap', 'vitest']);
    for (const name of Object.keys(peerDependencies)) expect(peerDependenciesMeta[name], name).toEqual({ optional: true });
    expect(sideEffects).toEqual(['./dist/library/vitest.mjs']);
  });
});
