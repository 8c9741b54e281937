// Loads plug-ins from files: for commands, their threads, and programs that use the library.
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../errors.js';
import { pluginFiles } from './added.js';
import { checked, type PluginSpec } from './spec.js';

/** `import` of the program, which is no module itself (src/cli/compiled.ts). */
declare const importModule: ((url: string) => Promise<unknown>) | undefined;

/** Imports a module by its address, wherever this code runs. */
export const importUrl = (url: string): Promise<Record<string, unknown>> =>
  (typeof importModule === 'function' ? importModule(url) : import(/* @vite-ignore */ url)) as Promise<Record<string, unknown>>;

/** The module that plug-ins import as `hopscope/plugin`: this hopscope's own, so that a file anywhere finds it. */
function apiUrl(): string | null {
  for (const place of ['./library/plugin.mjs', './plugin.mjs', '../../dist/library/plugin.mjs']) {
    const url = new URL(place, import.meta.url);
    if (existsSync(url)) return url.href;
  }
  return null;
}

let isHooked = false;

/** Lets modules of this thread find `hopscope/plugin`, wherever they lie. */
export function hookApi(): void {
  const url = apiUrl();
  if (isHooked || url === null) return;
  isHooked = true;
  const { registerHooks, register } = modules as unknown as {
    readonly registerHooks?: (hooks: object) => void;
    readonly register?: (url: string) => void;
  };
  const found = { url, format: 'module', shortCircuit: true };
  if (registerHooks !== undefined)
    registerHooks({
      resolve: (name: string, context: unknown, next: (name: string, context: unknown) => unknown) =>
        name === 'hopscope/plugin' ? found : next(name, context),
    });
  else
    register?.(
      `data:text/javascript,${encodeURIComponent(
        `export const resolve = (name, context, next) => name === 'hopscope/plugin' ? ${JSON.stringify(found)} : next(name, context);`,
      )}`,
    );
}

/** What a file exports as its default. Throws UsageError with what the file says. */
export async function defaultOf(path: string): Promise<unknown> {
  const file = resolve(path);
  if (!existsSync(file)) throw new UsageError(`${path}: there is no such file; name the file of a plug-in`);
  hookApi();
  try {
    return (await importUrl(pathToFileURL(file).href))['default'];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const hint =
      code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? ` (this Node.js, ${process.version}, reads no TypeScript: from 22.18 on, or compile it)`
        : '';
    throw new UsageError(`${path}: cannot be loaded: ${String(message ?? error).split('\n')[0]}${hint}`);
  }
}

/** The plug-ins of these files, each once in this thread. Throws UsageError. */
export async function pluginsIn(paths: readonly string[]): Promise<PluginSpec[]> {
  const specs: PluginSpec[] = [];
  for (const path of paths) {
    const file = resolve(path);
    if (pluginFiles.includes(file)) continue;
    specs.push(checked(await defaultOf(path), path));
    pluginFiles.push(file);
  }
  return specs;
}
