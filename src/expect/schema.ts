// The shape of an expectation file, made from the keys. The JSON Schema that editors complete from is made from it in turn
// (schema/expectations.schema.json), and so are the tables of docs/expectations.md.
import * as z from 'zod';
import { GROUPS } from './groups.js';
import { isSubject, type Key, type Subject } from './key.js';
import { keys } from './keys/index.js';
import { blocks, list, text, yesOrNo } from './shapes.js';

export const expectationShape = z.strictObject(
  Object.fromEntries(keys.map(({ key, shape }) => [key, shape.optional()])) as Record<string, z.ZodOptional<z.ZodType>>,
);

const captureMap = z
  .record(z.string().min(1), list(text))
  .refine((map) => Object.keys(map).length > 0, { error: 'it is empty; write captures: { POINT: FILE }' });

export const fileShape = z.strictObject({
  version: z.literal(1, { error: 'the version of this language is 1' }),
  name: text.optional(),
  topology: list(text).optional().describe('Path from this file'),
  captures: z
    .union([text, captureMap, z.array(z.union([text, captureMap])).min(1)], {
      error: 'captures are { POINT: FILE, ... } for one run, or a list of runs; a FILE may be a pattern such as *.pcap',
    })
    .optional()
    .describe('{ POINT: FILE } of one run, paths from this file; a list: each run by itself'),
  ifmap: z
    .union([z.string(), z.record(z.string(), text)])
    .optional()
    .describe('Names of interfaces by number: { 2: eth0 }'),
  decodeAs: list(text).optional().describe('udp.port==8472,vxlan'),
  variables: z
    .record(z.string(), z.union([text, z.number(), z.array(z.union([text, z.number()]))]))
    .optional()
    .describe('Texts that a dollar sign and braces with the name stand for'),
  blocks: blocks.optional().describe('Keys that several expectations take over: { NAME: { ... } }, by use: "#NAME"'),
  strict: yesOrNo.optional().describe('A conversation that no expectation matched fails'),
  expect: z.array(expectationShape).min(1, 'it is empty; write at least one expectation'),
});

export type ExpectationFile = z.infer<typeof fileShape>;

type JsonSchema = Record<string, unknown> & { properties?: Record<string, JsonSchema>; items?: JsonSchema };

/** JSON Schema (draft 2020-12) of an expectation file. */
export function expectationJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(fileShape, { io: 'input' }) as JsonSchema;
  const { items } = schema.properties?.['expect'] ?? {};
  const member = { $ref: '#/properties/expect/items' };
  for (const key of GROUPS) Object.assign(items?.properties?.[key] ?? {}, { items: member });
  Object.assign(schema.properties?.['blocks'] ?? {}, { additionalProperties: member });
  return { $schema, $id: 'expectations.schema.json', title: 'hopscope expectations', ...schema };
}

/** What an expectation can be about; each is about one of them. */
export const SUBJECTS: readonly Subject[] = keys.filter(isSubject);
export const KINDS: readonly string[] = SUBJECTS.map(({ key }) => key);

const mayStand = (one: Key, subject: string): boolean => one.beside === 'all' || one.beside.includes(subject);

/** Names of the keys that may stand beside each subject. */
export const BESIDE: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  KINDS.map((kind) => [kind, keys.filter((one) => one.key !== kind && mayStand(one, kind)).map(({ key }) => key)]),
);

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const usageOf = ({ key, usage }: Key): string => usage ?? `\`${key}\``;

/** The table of what an expectation can be about, in Markdown. */
export const subjectTable = (): string =>
  [row('key', 'holds when'), '|---|---|', ...SUBJECTS.map((one) => row(usageOf(one), one.means))].join('\n');

/** The table of what may stand beside it. */
export function keyTable(): string {
  // What may stand beside flow may stand beside nat: the text says so once.
  const beside = (one: Key) =>
    one.beside === 'all' ? 'all' : one.beside.filter((name) => name !== 'nat' || !one.beside.includes('flow')).join(', ');
  const others = keys.filter((one) => !isSubject(one));
  return [
    row('key', 'beside', 'meaning'),
    '|---|---|---|',
    ...others.map((one) => row(usageOf(one), beside(one), one.means)),
  ].join('\n');
}
