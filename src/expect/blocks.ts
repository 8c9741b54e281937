// `use: FILE#NAME`: expectations that take over the keys of a block, of their own file or of another one.
import * as z from 'zod';
import { Checked, type Kind, type Path, Problems, type SourceText, suggest } from '../topology/document.js';
import { GROUPS } from './groups.js';
import { blocks as blocksShape } from './shapes.js';

/** Gives the text of a file that `from` names; throws an Error that says why it cannot be read. */
export type Load = (path: string, from: string) => SourceText;

type Block = Readonly<Record<string, unknown>>;
type Blocks = Readonly<Record<string, Block>>;
type Tell = (path: Path, text: string) => void;

/** A block may use another one; deeper than this nobody finds it again. */
const MAX_NESTED = 8;

const FILE: Kind<{ blocks: Blocks }> = { shape: z.looseObject({ blocks: blocksShape }), what: 'a file of blocks' };

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The file with its blocks put in where they are used; `used`: takes the names of the other files that were read. */
export function withBlocks(plain: unknown, source: SourceText, load: Load | null, used: Set<string>, tell: Tell): unknown {
  if (!isMap(plain) || !Array.isArray(plain['expect'])) return plain;
  const known = new Map<string, Blocks | string>();
  const own = isMap(plain['blocks']) ? (plain['blocks'] as Blocks) : {};
  known.set(source.name, own);

  /** The blocks of a file, or why there are none. */
  const blocksOf = (path: string, from: string): [file: string, blocks: Blocks | string] => {
    if (path === '') return [from, known.get(from) ?? {}];
    if (load === null) return [path, 'a block of another file can only be used by a file'];
    try {
      const text = load(path, from);
      used.add(text.name);
      let found = known.get(text.name);
      if (found === undefined) {
        const problems = new Problems();
        found = new Checked(text, FILE, problems).file?.blocks ?? problems.text();
        known.set(text.name, found);
      }
      return [text.name, found];
    } catch (error) {
      return [path, (error as Error).message];
    }
  };

  const put = (spec: unknown, from: string, path: Path, depth: number): unknown => {
    if (!isMap(spec)) return spec;
    const { use, ...rest } = spec;
    let whole: Record<string, unknown> = rest;
    if (typeof use === 'string') {
      const at = use.lastIndexOf('#');
      const name = use.slice(at + 1);
      const wrong = (text: string) => {
        tell([...path, 'use'], text);
        return rest;
      };
      if (at < 0) return wrong(`'${use}' names no block; write FILE#NAME, or #NAME of this file`);
      if (depth >= MAX_NESTED) return wrong(`blocks use each other more than ${MAX_NESTED} deep, or in a circle`);
      const [file, blocks] = blocksOf(use.slice(0, at), from);
      if (typeof blocks === 'string') return wrong(`no block is taken from ${file}: ${blocks}`);
      if (!Object.hasOwn(blocks, name))
        return wrong(`${file} has no block '${name}'; ${suggest(name, Object.keys(blocks), 'name it under blocks')}`);
      const block = put(blocks[name], file, path, depth + 1);
      whole = { ...(isMap(block) ? block : {}), ...rest };
    } else if (use !== undefined) whole = spec;
    for (const key of GROUPS) {
      const members = whole[key];
      if (Array.isArray(members)) whole = { ...whole, [key]: members.map((one, i) => put(one, from, [...path, key, i], depth)) };
    }
    return whole;
  };
  return { ...plain, expect: plain['expect'].map((one, i) => put(one, source.name, ['expect', i], 0)) };
}
