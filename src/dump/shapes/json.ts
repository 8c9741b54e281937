// `-T json` and `-T ek` in tshark's shapes: layers with fields in fields, every value a text.
import type { Line } from '../../bytes/line.js';
import { utc } from '../../bytes/show.js';
import type { Frame } from '../../capture/frame.js';
import type { ExtraField } from '../../dissect/extra.js';
import type { Layers } from '../../dissect/walk.js';
import { clockText } from '../times.js';
import { DirectElastic } from './direct-elastic.js';
import { DirectJson } from './direct-json.js';
import { type Json, Members, writeCompact, writeIndented } from './members.js';
import { shownPacket } from './packet.js';
import { rawOf, typeNumber } from './raw.js';
import type { Shown } from './shown.js';

export interface ShapeChoice {
  /** The bytes of each field beside its value; only: without its value. */
  readonly raw: 'none' | 'beside' | 'only';
  /** Names whose content is shown; null: all. */
  readonly only: ReadonlySet<string> | null;
  /** With `only`: also all that stands inside of them. */
  readonly within: boolean;
  /** What is there several times is an array. */
  readonly unique: boolean;
}

/** All fields, and no bytes beside them. */
export const isWhole = ({ raw, only }: ShapeChoice): boolean => raw === 'none' && only === null;

/** Columns instead of layers: their names, and the values of a frame. */
export interface Columns {
  readonly names: readonly string[];
  values(layers: Layers): readonly (readonly string[])[];
}

/** Fields of the same name, in the order in which they come; each by itself where a name may be there twice. */
function groupsOf(nodes: readonly Shown[], unique: boolean, key: (node: Shown) => string): Shown[][] {
  if (!unique) return nodes.map((node) => [node]);
  const groups = new Map<string, Shown[]>();
  for (const node of nodes) {
    const known = groups.get(key(node));
    if (known === undefined) groups.set(key(node), [node]);
    else known.push(node);
  }
  return [...groups.values()];
}

const oneOrAll = (values: readonly Json[]): Json => (values.length === 1 ? values[0] : values);
const nameOf = (node: Shown): string => (node.name === '' ? node.label : node.name);

/** The day of a frame, as the index of Elasticsearch has it. */
function indexOf({ frame }: Layers): string {
  const seconds = frame?.hasTime ? frame.seconds : 0;
  if (seconds !== latest.seconds) {
    latest.index = `packets-${clockText(seconds, 'ad').slice(0, 10)}`;
    latest.seconds = seconds;
  }
  return latest.index;
}

const latest = { seconds: Number.NaN, index: '' };

const withColumns = (columns: Columns, layers: Layers, key: (name: string) => string): Members => {
  const members = new Members();
  columns.values(layers).forEach((values, c) => {
    if (values.length > 0) members.put(key(columns.names[c]), values);
  });
  return members;
};

export class JsonShape {
  readonly begin = '[';
  private isFirst = true;
  private readonly direct: DirectJson | null = null;

  constructor(
    private readonly extras: readonly ExtraField[],
    private readonly choice: ShapeChoice,
    private readonly columns: Columns | null,
  ) {
    if (columns === null && isWhole(choice) && !choice.unique)
      this.direct = new DirectJson(extras, (fields, bytes) => this.members(fields, bytes, null));
  }

  get end(): string {
    return this.isFirst ? ']\n' : '\n]\n';
  }

  print(layers: Layers, line: Line): void {
    line.text(this.isFirst ? '\n  ' : ',\n  ');
    this.isFirst = false;
    const { columns, direct } = this;
    if (direct !== null) {
      const from = line.at;
      line.text(
        `{\n    "_index": "${indexOf(layers)}",\n    "_type": "doc",\n    "_score": null,\n    "_source": {\n      "layers": {`,
      );
      if (direct.print(layers, line)) {
        line.text('\n      }\n    }\n  }');
        return;
      }
      line.at = from;
    }
    const content = columns === null ? this.packet(layers) : withColumns(columns, layers, (name) => name);
    const packet = new Members()
      .put('_index', indexOf(layers))
      .put('_type', 'doc')
      .put('_score', null)
      .put('_source', new Members().put('layers', content));
    writeIndented(packet, '  ', line);
  }

  private packet(layers: Layers): Members {
    const packet = shownPacket(layers, this.extras);
    return this.members(packet.layers, packet.bytes, this.choice.only);
  }

  private members(nodes: readonly Shown[], bytes: Uint8Array, only: ReadonlySet<string> | null): Members {
    const { raw, within, unique } = this.choice;
    const members = new Members();
    for (const group of groupsOf(nodes, unique, nameOf)) {
      const [first] = group as [Shown];
      const name = nameOf(first);
      const isField = first.name !== '';
      if (raw !== 'none' && isField && (raw === 'only' || first.length > 0))
        members.put(
          `${name}_raw`,
          oneOrAll(
            group.map((node) => {
              const { value, mask } = rawOf(node, bytes);
              return [value, node.at, node.length, mask, typeNumber(node)];
            }),
          ),
        );
      const hasValue = first.show !== null;
      const isShown = raw !== 'only';
      if (isShown && hasValue) members.put(name, oneOrAll(group.map(({ show }) => show ?? '')));
      if (group.some(({ children }) => children.length > 0)) {
        const isFiltered = only !== null && !only.has(name);
        members.put(
          hasValue ? `${name}_tree` : name,
          isFiltered
            ? new Members().put('filtered', name)
            : oneOrAll(group.map((node) => this.members(node.children, bytes, within ? null : only))),
        );
      } else if (!hasValue && (isShown || !isField)) members.put(name, oneOrAll(group.map(() => '')));
    }
    return members;
  }
}

/** Protocols of Wireshark that stand inside of another one: the names of their fields say so by themselves. */
const OWN_NAMES =
  /^(tcp\.options\.(eol|mss|nop|sack|sack_perm|timestamp|wscale)|ipv6\.(dstopts|fraghdr|hopopts|routing)|isis\.(csnp|hello|lsp|psnp))$/;

const flat = (name: string): string => name.replaceAll('.', '_');

/** Elasticsearch takes no two fields of one name with and without content: each has its protocol before it. */
const elastic = (name: string): string =>
  OWN_NAMES.test(name) ? flat(name) : flat(`${/^(_ws\.)?[^.]*/.exec(name)![0]}_${name}`);

const momentOf = ({ seconds, nanoseconds }: Frame): string => String(seconds * 1000 + Math.floor(nanoseconds / 1e6));

export class ElasticShape {
  readonly begin = '';
  readonly end = '';
  private readonly direct: DirectElastic | null;

  constructor(
    private readonly extras: readonly ExtraField[],
    private readonly choice: ShapeChoice,
    private readonly columns: Columns | null,
  ) {
    const membersOf = (fields: readonly Shown[], bytes: Uint8Array): Members => {
      const members = new Members();
      this.put(members, fields, bytes, null);
      return members;
    };
    this.direct =
      columns === null && isWhole(choice) ? new DirectElastic(extras, { ofLayer: flat, ofField: elastic }, membersOf) : null;
  }

  print(layers: Layers, line: Line): void {
    const { columns, choice } = this;
    const { frame } = layers;
    line.text(`{"index":{"_index":"${indexOf(layers)}","_type":"doc"}}\n`);
    if (this.direct !== null) {
      const from = line.at;
      const moment = frame?.hasTime ? `"timestamp":"${momentOf(frame)}",` : '';
      line.text(`{${moment}"layers":`);
      if (this.direct.print(layers, line)) {
        line.text('}\n');
        return;
      }
      line.at = from;
    }
    const document = new Members();
    if (frame?.hasTime) document.put('timestamp', momentOf(frame));
    let content: Members;
    if (columns === null) {
      const packet = shownPacket(layers, this.extras);
      content = new Members();
      this.put(content, packet.layers, packet.bytes, choice.only);
    } else content = withColumns(columns, layers, flat);
    writeCompact(document.put('layers', content), line);
    line.newline();
  }

  /** What stands inside of a field stands beside it here. */
  private put(members: Members, nodes: readonly Shown[], bytes: Uint8Array, only: ReadonlySet<string> | null): void {
    const { raw, within } = this.choice;
    for (const group of groupsOf(nodes, true, ({ name }) => name)) {
      const [first] = group as [Shown];
      const { name, isLayer } = first;
      const isObject = isLayer || name === '_ws.expert';
      const key = isObject ? flat(name) : name === '' ? 'text' : elastic(name);
      if (raw !== 'none' && name !== '' && (raw === 'only' || first.length > 0))
        members.put(`${key}_raw`, oneOrAll(group.map((node) => rawOf(node, bytes).value)));
      if (only !== null && name !== '' && !only.has(name)) {
        members.put(key, new Members().put('filtered', name));
        continue;
      }
      const inside = within ? null : only;
      if (isObject) {
        members.put(
          key,
          oneOrAll(
            group.map((node) => {
              const content = new Members();
              this.put(content, node.children, bytes, inside);
              return content;
            }),
          ),
        );
        continue;
      }
      if (raw !== 'only') members.put(key, oneOrAll(group.map(elasticValue)));
      this.put(
        members,
        group.flatMap(({ children }) => children),
        bytes,
        name === '' ? only : inside,
      );
    }
  }
}

function elasticValue({ name, label, def, show, value }: Shown): Json {
  if (name === '') return label;
  if (def.type === 'bool') return value !== 0;
  if (def.type === 'time' && value !== null && typeof value !== 'string')
    return typeof value === 'bigint' ? utc(Number(value / 1_000_000_000n), Number(value % 1_000_000_000n)) : utc(value, 0);
  return show;
}
