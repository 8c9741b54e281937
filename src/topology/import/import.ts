// A topology from what the lab's own tools print. The kind of each input is told from its content, so files may be
// given in any order and under any name.
import { Document, isCollection, isMap, isScalar, isSeq, visit, type Node as YamlNode } from 'yaml';
import { safeJson, safeText } from '../../bytes/text.js';
import { TopologyError } from '../../errors.js';
import { takesTooMuch } from '../document.js';
import type { TopologyFile } from '../schema.js';
import { ciliumTextKind, importCiliumMap, importCiliumText, importConfig, importIdentities, looksLikeConfig } from './cilium.js';
import { Draft } from './draft.js';
import { importLinks, importNeighbours, importRoutes, importText, textKind } from './ip.js';
import { importKubernetes } from './kubernetes.js';

export interface TopologyInput {
  /** Path, as it is shown in messages; `-` for standard input. */
  readonly name: string;
  readonly text: string;
  /** The node it was taken on, from `router=FILE`. */
  readonly node?: string | undefined;
}

export interface ImportedTopology {
  readonly topology: TopologyFile;
  /** What two inputs say differently; the first was kept. */
  readonly conflicts: readonly string[];
  /** What was left out, and what would help. */
  readonly notes: readonly string[];
}

/** Reads all inputs. Throws one TopologyError, a line for each input that could not be used. */
export function importTopology(inputs: readonly TopologyInput[]): ImportedTopology {
  const draft = new Draft();
  const problems: string[] = [];
  for (const input of inputs)
    for (const part of parts(input)) {
      const problem = importPart(draft, part);
      if (problem !== null) problems.push(`${input.name}: ${problem}`);
    }
  if (problems.length > 0) throw new TopologyError([...new Set(problems)].join('\n'));
  const topology = draft.finish();
  return { topology, conflicts: [...new Set(draft.conflicts)], notes: [...new Set(draft.notes)] };
}

/** YAML for people: one line for each interface, pod and address. JSON, which is YAML too, where there are too many. */
export function showTopology(topology: TopologyFile): string {
  const document = new Document(topology, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(_, node) {
      const leaf = (item: unknown) => isScalar(item) || (isSeq(item) && item.items.every(isScalar));
      const values: readonly unknown[] = isMap(node) ? node.items.map((pair) => pair.value) : node.items;
      const list = isSeq(node) && node.items.some((item) => isScalar(item) && String(item.value).includes(' '));
      node.flow = !list && values.every(leaf);
    },
  });
  // Names of identities read better below each other.
  const identities = document.get('identities') as YamlNode | undefined;
  if (isCollection(identities)) identities.flow = false;
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && safeText(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
    },
  });
  // In double quotes YAML has JSON's escapes: what a terminal acts on is written as one.
  const yaml = document.toString({ lineWidth: 130, flowCollectionPadding: true });
  return safeJson(takesTooMuch(yaml) ? `${JSON.stringify(topology, null, 1)}\n` : yaml);
}

interface Part {
  readonly name: string;
  readonly node: string | null;
  readonly text: string;
}

/** `root@k8s-ctr:~# ip route`, `[root@k8s-ctr ~]# ...`, with whatever a shell puts in front. */
const PROMPT = /^.*?[\w.-]+@([\w-]+)[\w.-]*(?::| )\S*[\])]?\s*[#$](?:\s.*)?$/;
/** Longer lines are data: JSON on one line must not be searched for a prompt from each of its characters. */
const MAX_PROMPT = 300;

/** A terminal's text cut at its prompts, which also name the node; JSON and files without prompts stay whole. */
function parts({ name, text, node }: TopologyInput): Part[] {
  const found: { node: string | null; lines: string[] }[] = [{ node: node ?? null, lines: [] }];
  for (const line of text.split(/\r?\n/)) {
    const prompt = line.length > MAX_PROMPT ? null : PROMPT.exec(line);
    if (prompt !== null) found.push({ node: node ?? prompt[1], lines: [] });
    else found[found.length - 1].lines.push(line);
  }
  const full = found.filter((part) => part.lines.some((line) => line.trim() !== ''));
  return (full.length > 0 ? full : found.slice(0, 1)).map((part) => ({ name, node: part.node, text: part.lines.join('\n') }));
}

/** Adds one part to the draft; returns why it could not. */
function importPart(draft: Draft, part: Part): string | null {
  const { text, node, name } = part;
  if (text.trim() === '') return 'it is empty; give the output of a command such as `ip -j addr`';
  const values = jsonValues(text);
  if (values === null) return /^\s*[[{]/.test(text) ? BROKEN : importLines(draft, part);
  for (const value of values) {
    const problem = importJson(draft, value, node, name);
    if (problem !== null) return problem;
  }
  return null;
}

const WHOSE = 'it does not say which node it is of; write NODE=FILE, for example router=addr.json';
const BROKEN = 'it starts like JSON and is not; was it cut? Save the whole output to the file';
const UNKNOWN =
  'this is none of the outputs that can be imported: `ip [-j] addr|link|route|neigh`, `arp -a`, `kubectl get ... -o json`, `cilium-dbg bpf ipcache list`, `cilium-dbg bpf lb list`, `cilium config view`, `cilium identity list`';

function importLines(draft: Draft, { text, node, name }: Part): string | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const cilium = ciliumTextKind(lines);
  if (cilium !== null) {
    importCiliumText(draft, node, cilium, lines, name);
    return null;
  }
  const kind = textKind(lines);
  if (kind === null) return UNKNOWN;
  if (node === null && kind !== 'arp' && kind !== 'neigh') return WHOSE;
  importText(draft, node, kind, lines, name);
  return null;
}

function importJson(draft: Draft, value: unknown, node: string | null, name: string): string | null {
  if (Array.isArray(value)) {
    const items = (value as unknown[]).filter(isObject);
    const some = (key: string) => items.some((item) => Object.hasOwn(item, key));
    if (items.length === 0) {
      draft.notes.push(`${name}: an empty list`);
      return null;
    }
    if (some('kind') && items.every(isKubernetes)) for (const item of items) importKubernetes(draft, item, name);
    else if (some('ifname')) {
      if (node === null) return WHOSE;
      importLinks(draft, node, items, name);
    } else if (some('dst') && (some('lladdr') || some('state'))) importNeighbours(draft, items, name);
    else if (some('dst')) {
      if (node === null) return WHOSE;
      importRoutes(draft, node, items);
    } else if (items.every(isIdentity)) importIdentities(draft, items, name);
    else return UNKNOWN;
    return null;
  }
  if (!isObject(value)) return UNKNOWN;
  if (isKubernetes(value)) importKubernetes(draft, value, name);
  else if (looksLikeConfig(value)) importConfig(draft, Object.entries(value), name);
  else if (!isMapOfLists(value) || !importCiliumMap(draft, node, value, name)) return UNKNOWN;
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
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

/** One JSON value, or several one after the other as `kubectl get a; kubectl get b` leaves them; null when it is no JSON. */
function jsonValues(text: string): unknown[] | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return [JSON.parse(text)];
  } catch {
    const values: unknown[] = [];
    for (const piece of topLevel(text))
      try {
        values.push(JSON.parse(piece));
      } catch {
        return null;
      }
    return values.length > 0 ? values : null;
  }
}

/** Cuts a text at the ends of its outermost brackets, in one pass. */
function topLevel(text: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '{' || c === '[') {
      if (depth++ === 0) start = i;
    } else if ((c === '}' || c === ']') && depth > 0 && --depth === 0) pieces.push(text.slice(start, i + 1));
  }
  return depth === 0 ? pieces : [];
}
