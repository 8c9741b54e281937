// JSON and YAML: which tool printed a value is recognised by its members.
import { isSeq, parseAllDocuments } from 'yaml';
import { takesTooMuch } from '../document.js';
import { importCiliumMap, importConfig, importIdentities, looksLikeConfig } from './cilium.js';
import { importCiliumObjects } from './cilium-objects.js';
import { importIpJson, ipJsonKind } from './ip.js';
import { importKubernetes } from './kubernetes.js';
import type { Scope } from './listing.js';

/** What became of a value. */
export interface Outcome {
  readonly what: string;
  /** Why nothing of it was used; null when something was. */
  readonly why: string | null;
  readonly unknown?: boolean;
}

export const WHOSE = 'it does not say which node it is of; write NODE=FILE, for example router=addr.json';
const UNKNOWN = { what: 'JSON', why: 'JSON of none of the tools that are known', unknown: true };

export function importValue(scope: Scope, value: unknown): Outcome {
  const { draft, node, from } = scope;
  if (Array.isArray(value)) {
    const items = (value as unknown[]).filter(isObject);
    if (items.length === 0) return { what: 'an empty list', why: 'it does not say of what' };
    if (items.every(isKubernetes))
      return { what: 'kubectl get', why: items.map((item) => importKubernetes(draft, item, from)).includes(true) ? null : KINDS };
    const kind = ipJsonKind(items);
    if (kind !== null)
      return { what: kind, why: node === null && kind !== 'ip neigh' ? WHOSE : importIpJson(scope, kind, items) };
    if (items.every(isIdentity)) {
      importIdentities(draft, items, from);
      return { what: 'cilium identity list', why: null };
    }
    return importCiliumObjects(scope, items) ?? UNKNOWN;
  }
  if (!isObject(value)) return UNKNOWN;
  if (isKubernetes(value))
    return { what: `kubectl get (${value.kind})`, why: importKubernetes(draft, value, from) ? null : KINDS };
  if (looksLikeConfig(value)) {
    importConfig(draft, Object.entries(value), from);
    return { what: 'cilium config', why: null };
  }
  if (isObject(value['flow']) || typeof value['verdict'] === 'string')
    return { what: 'hubble observe', why: 'flows are evidence of a run, not of the topology' };
  if (Object.keys(value).length === 0) return { what: 'an empty object', why: 'it does not say of what' };
  if (isMapOfLists(value) && importCiliumMap(draft, node, value, from)) return { what: 'cilium-dbg bpf ... list', why: null };
  return importCiliumObjects(scope, [value]) ?? UNKNOWN;
}

const KINDS = 'objects of this kind say nothing about the topology';

/** YAML of kubectl, one document or several. */
export function importYaml(scope: Scope, text: string): Outcome {
  const what = 'kubectl get -o yaml';
  if (takesTooMuch(text))
    return { what, why: 'it is too large for YAML; `kubectl get ... -o json` has no such bound', unknown: true };
  try {
    const documents = parseAllDocuments(text, { prettyErrors: false, schema: 'core', uniqueKeys: false, logLevel: 'silent' });
    if (!Array.isArray(documents)) return { what, why: 'it is empty' };
    const broken = documents.find((document) => document.errors.length > 0);
    if (broken !== undefined)
      return { what, why: `it is not whole (${broken.errors[0].message.split('\n')[0]}); was it cut?`, unknown: true };
    const outcomes = documents
      .filter((document) => document.contents !== null && !isSeq(document.contents))
      .map((document) => importValue(scope, document.toJS({ maxAliasCount: 100 })));
    return outcomes.find(({ why }) => why === null) ?? outcomes[0] ?? { what, why: 'it is empty' };
  } catch (error) {
    return { what, why: `it cannot be read (${(error as Error).message.split('\n')[0].slice(0, 200)})`, unknown: true };
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKubernetes(value: Record<string, unknown>): value is Record<string, unknown> & { kind: string } {
  return typeof value['kind'] === 'string';
}

function isIdentity(value: Record<string, unknown>): value is { id: number; labels: string[] } {
  return typeof value['id'] === 'number' && isTexts(value['labels']);
}

function isMapOfLists(value: Record<string, unknown>): value is Record<string, string[]> {
  return Object.values(value).every(isTexts);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
