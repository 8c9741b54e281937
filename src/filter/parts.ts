// A filter taken apart at its `and`s, for those who ask many filters of many frames: what each part asks is read from the checked
// tree, so that they can tell what lasts from what changes with each frame.
import type { ExtraField, Level, Need } from '../dissect/extra.js';
import type { Registry } from '../dissect/registry.js';
import { Compiler } from './compile.js';
import { type Expression, type Node, parse } from './parser.js';
import type { Matcher } from './source.js';
import type { Value } from './values.js';

/** `field == value`, or `field in {value, value}`: all values are single ones. */
export interface Equality {
  /** Name of the field, without its level. */
  readonly name: string;
  readonly level: Level | null;
  /** Layers are chosen by number: `ip.src#2`. */
  readonly numbered: boolean;
  readonly values: readonly Value[];
}

export interface FilterPart {
  /** The part as it was written: equal texts ask the same. */
  readonly text: string;
  readonly matches: Matcher;
  /** Names of the fields and protocols it asks for, without their levels. */
  readonly names: ReadonlySet<string>;
  /** It asks only whether protocols are there, and compares fields with constants or each other. */
  readonly isPlain: boolean;
  /** Numbers of the protocols whose presence it asks for. */
  readonly presence: readonly number[];
  /** Numbers of protocols one of which must be there for the part to hold; null where that cannot be said. */
  readonly needed: readonly number[] | null;
  readonly equality: Equality | null;
}

/** Throws FilterError, which shows the place in the whole text. An empty filter has no parts. */
export function partsOf(
  text: string,
  registry: Registry,
  extras: readonly ExtraField[],
): { readonly parts: readonly FilterPart[]; readonly needs: ReadonlySet<Need> } {
  const node = parse(text);
  if (node === null) return { parts: [], needs: new Set() };
  const known = new Map(extras.map((extra) => [extra.def.name, extra]));
  const splitter = new Splitter(text, registry, known);
  const parts = (node.kind === 'and' ? node.parts : [node]).map((part) => splitter.part(part));
  return { parts, needs: splitter.needs };
}

class Splitter extends Compiler {
  part(node: Node): FilterPart {
    const names = new Set<string>();
    const presence: number[] = [];
    const matches = this.node(node);
    return {
      text: this.text.slice(node.start, node.end),
      matches,
      names,
      isPlain: this.reads(node, names, presence),
      presence,
      needed: this.needed(node),
      equality: this.equality(node),
    };
  }

  /** Gathers the names of a plain node; false for one that is not. */
  private reads(node: Node, names: Set<string>, presence: number[]): boolean {
    const field = (e: Expression): boolean => {
      const name = this.fieldName(e);
      if (name === null) return false;
      names.add(name);
      return true;
    };
    const value = (e: Expression): boolean => this.isLiteral(e) || field(e);
    switch (node.kind) {
      case 'and':
      case 'or':
      case 'xor':
        return node.parts.every((part) => this.reads(part, names, presence));
      case 'not':
        return this.reads(node.of, names, presence);
      case 'exists': {
        const protos = this.protocols(node.of);
        if (protos === null) return field(node.of);
        presence.push(...protos);
        return true;
      }
      case 'compare':
        return value(node.left) && value(node.right);
      case 'in':
        return field(node.left) && node.members.every((m) => value(m.low) && (m.high === null || value(m.high)));
    }
  }

  /** Name of a field without its level; null for anything else. */
  private fieldName(e: Expression): string | null {
    if (e.kind !== 'word') return null;
    const found = this.find(e);
    if (found === null) return null;
    return found.level === null ? e.text : e.text.slice(found.level.length + 1);
  }

  /** Numbers of the protocols that a name means, whatever their layer; null where it means something else. */
  private protocols(e: Expression): readonly number[] | null {
    if (e.kind !== 'word' || e.layers !== null) return null;
    const target = this.find(e)?.target;
    return target?.kind === 'protocol' ? target.protos : null;
  }

  private needed(node: Node): readonly number[] | null {
    if (node.kind !== 'compare' && node.kind !== 'in' && node.kind !== 'exists') return null;
    const e = node.kind === 'exists' ? node.of : node.left;
    if (e.kind !== 'word') return null;
    const target = this.find(e)?.target;
    if (target?.kind === 'field') return target.places.map((place) => place.proto);
    return target?.kind === 'protocol' ? target.protos : null;
  }

  private equality(node: Node): Equality | null {
    const left = node.kind === 'compare' || node.kind === 'in' ? node.left : null;
    const name = left === null ? null : this.fieldName(left);
    if (left?.kind !== 'word' || name === null) return null;
    const list =
      node.kind === 'in'
        ? node.members.map((m) => (m.high === null ? m.low : null))
        : node.kind === 'compare' && node.op === '=='
          ? [node.right]
          : [];
    if (list.length === 0) return null;
    const values: Value[] = [];
    const typed = this.operand(left);
    for (const e of list) {
      if (e === null || !this.isLiteral(e)) return null;
      const { value, prefix } = this.constant(e, typed);
      if (prefix !== null) return null;
      values.push(value);
    }
    return { name, level: this.find(left)?.level ?? null, numbered: left.layers !== null, values };
  }
}
