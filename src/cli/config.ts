// The config file of a project: read, checked, and laid under the options of a command.
import { readFileSync } from 'node:fs';
import { dirname, extname, isAbsolute, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import * as z from 'zod';
import { nearest } from '../bytes/nearest.js';
import { UsageError } from '../errors.js';
import { addMacros } from '../filter/macros.js';
import { defaultOf } from '../plugin/load.js';
import { ifmapText } from '../topology/ifmap.js';
import { THEMES } from '../tui/screen/theme.js';
import { firstWords, REPORT_FORMATS } from './options.js';

const text = z.string().min(1);
const one = z.union([text, z.array(text)]).transform((value) => (typeof value === 'string' ? [value] : value));

/** What a project may say. docs/plugins.md explains each. */
const schema = z.strictObject({
  plugins: one.optional(),
  topology: one.optional(),
  ifmap: z.union([text, z.record(z.string().regex(/^\d+$/), text)]).optional(),
  decodeAs: one.optional(),
  expectations: one.optional(),
  formats: one.optional(),
  macros: z.record(z.string().regex(/^[\w-]+$/), text).optional(),
  theme: z.enum(THEMES as [string, ...string[]]).optional(),
  rules: z
    .strictObject({
      only: one.optional(),
      except: one.optional(),
      set: z.record(z.string(), z.union([text, z.number()])).optional(),
    })
    .optional(),
});

export interface Config {
  readonly said: z.infer<typeof schema>;
  /** Paths as the working folder has them. */
  readonly plugins: readonly string[];
  readonly topology: readonly string[];
  readonly expectations: readonly string[];
}

/** Throws UsageError with all that is wrong, a line each. */
export async function loadConfig(path: string): Promise<Config> {
  const read = schema.safeParse((await contentOf(path)) ?? {});
  if (!read.success)
    throw new UsageError(read.error.issues.flatMap((issue) => saysOf(issue).map((says) => `${path}: ${says}`)).join('\n'));
  const { data: said } = read;
  const from = dirname(resolve(path));
  const placed = (paths: readonly string[] = []) =>
    paths.map((one) => (isAbsolute(one) ? one : relative(process.cwd(), resolve(from, one)) || '.'));
  return { said, plugins: placed(said.plugins), topology: placed(said.topology), expectations: placed(said.expectations) };
}

async function contentOf(path: string): Promise<unknown> {
  if (!/^\.ya?ml$/.test(extname(path))) return defaultOf(path);
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${(error as Error).message.split('\n')[0]}`);
  }
}

function saysOf(issue: z.core.$ZodIssue): string[] {
  const place = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [`${place === '' ? '' : `${place}: `}${issue.message}`];
  const known = Object.keys(place === 'rules' ? { only: 0, except: 0, set: 0 } : schema.shape);
  return issue.keys.map((key) => {
    const meant = nearest(key, known);
    return `${place === '' ? '' : `${place}.`}${key} is no setting; ${meant === null ? `there are ${known.join(', ')}` : `did you mean '${meant}'?`}`;
  });
}

/** Puts what the project says where the command line says nothing. */
export function applyConfig(command: Command, { said, topology, expectations }: Config): void {
  const put = (name: string, value: unknown) => {
    const takes = command.options.some((option) => option.attributeName() === name);
    if (takes && command.getOptionValue(name) === undefined) command.setOptionValueWithSource(name, value, 'config');
  };
  const list = (name: string, values: readonly string[] | undefined) => {
    if (values !== undefined && values.length > 0) put(name, [...values]);
  };
  list('topology', topology);
  list('decodeAs', said.decodeAs);
  list('expect', expectations);
  if (said.ifmap !== undefined) put('ifmap', ifmapText(said.ifmap));
  const { only = [], except = [], set = {} } = said.rules ?? {};
  list('rule', [...only, ...except.map((id) => `-${id}`)]);
  list(
    'set',
    Object.entries(set).map(([name, value]) => `${name}=${value}`),
  );
  // Only where all formats of reports are to be had.
  const format = command.options.find((option) => option.attributeName() === 'format');
  const offered = format === undefined ? [] : (firstWords.get(format) ?? []);
  if (REPORT_FORMATS.every((name) => offered.includes(name))) list('format', said.formats);
  addMacros(Object.entries(said.macros ?? {}));
  if (said.theme !== undefined) process.env['HOPSCOPE_THEME'] ??= said.theme;
  if (command.name() === 'verify' && command.args.length === 0 && expectations.length > 0)
    command.processedArgs[0] = [...expectations];
}
