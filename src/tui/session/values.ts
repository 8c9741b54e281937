// The values that a field has in this capture, the most frequent first: what a filter may compare it with.
import { quantity } from '../../bytes/units.js';
import { FilterError, UsageError } from '../../errors.js';
import type { Completion } from '../../filter/complete.js';
import { compileFilter } from '../../filter/filter.js';
import { Ip } from '../../topology/ip.js';
import type { Engine } from './engine.js';
import type { Finder } from './finder.js';
import type { FilterNames } from './names.js';
import { MAX_COUNTED } from './value-counts.js';
import type { FieldValuesFound } from './wire.js';

/** Fields that are remembered. */
const MAX_FIELDS = 32;
/** While the capture grows: values are counted again when there are so many times more packets. */
const MORE = 1.5;

interface Known {
  readonly items: readonly Completion[];
  readonly frames: number;
}

export class FieldValues {
  private readonly known = new Map<string, Known>();
  private asked = '';

  constructor(
    private readonly engine: Engine,
    private readonly finder: Finder,
    private readonly names: FilterNames,
    private readonly changed: () => void,
  ) {}

  /** Those known so far; null: they are counted beside the screen, and `changed` is called. */
  of(field: string): readonly Completion[] | null {
    const known = this.known.get(field);
    const isOld = known !== undefined && known.frames < MAX_COUNTED && this.engine.count > known.frames * MORE;
    if ((known === undefined || isOld) && this.asked === '') {
      this.asked = field;
      const done = (found: FieldValuesFound | null) => {
        this.asked = '';
        if (found === null) return;
        if (this.known.size >= MAX_FIELDS) this.known.clear();
        this.known.set(field, { items: this.items(field, found), frames: found.frames });
        this.changed();
      };
      this.finder.values(field).then(done, () => done({ values: [], frames: 0 }));
    }
    return known === undefined || (isOld && known.items.length === 0) ? null : known.items;
  }

  private items(field: string, { values, frames }: FieldValuesFound): Completion[] {
    const counts = new Map<string, number>();
    const of = frames < this.engine.count ? ` of the first ${frames}` : '';
    const items = values.flatMap(([value, count]): Completion[] => {
      const text = [value, `"${value}"`].find((one) => this.isValue(field, one));
      if (text === undefined) return [];
      const ip = Ip.parse(value);
      const name = ip === null ? null : (this.engine.lab.topology?.nameOf(ip) ?? null);
      if (name !== null) counts.set(name, (counts.get(name) ?? 0) + count);
      return [{ text, kind: 'value', title: `${quantity(count, 'packet')}${of}${name === null ? '' : ` · ${name}`}` }];
    });
    const named = [...counts].flatMap(([text, count]): Completion[] =>
      this.isValue(field, text) ? [{ text, kind: 'value', title: `${quantity(count, 'packet')}${of} · name` }] : [],
    );
    // What is known of the network, and was not seen here.
    const others = !values.some(([value]) => Ip.parse(value) !== null)
      ? []
      : this.names.all.filter((name) => !counts.has(name) && this.isValue(field, name));
    return [...items, ...named, ...others.map((text): Completion => ({ text, kind: 'value', title: 'name' }))];
  }

  private isValue(field: string, text: string): boolean {
    const { registry } = this.engine.lab;
    try {
      compileFilter(this.names.meant(`${field} == ${text}`), registry, this.engine.extras);
      return true;
    } catch (error) {
      if (error instanceof FilterError || error instanceof UsageError) return false;
      throw error;
    }
  }
}
