// Which rules run, and with which limits: as the command line says.
import { parseCount, parseDuration, parseSize } from '../bytes/units.js';
import { UsageError } from '../errors.js';
import type { Rule } from './rule.js';

export interface RuleSelection {
  readonly only: readonly string[];
  readonly except: readonly string[];
  /** `arp-no-reply.within=3s` */
  readonly settings: readonly string[];
}

export interface ChosenRule {
  readonly rule: Rule;
  readonly options: Readonly<Record<string, number>>;
}

/** Picks and sets up rules as the command line says. Throws UsageError. */
export function chooseRules(catalogue: readonly Rule[], selection: RuleSelection): ChosenRule[] {
  const byId = new Map(catalogue.map((rule) => [rule.id, rule]));
  const known = (id: string): Rule => {
    const rule = byId.get(id);
    if (rule === undefined) throw new UsageError(`no rule is called '${id}'; 'hopscope rules' lists them`);
    return rule;
  };
  for (const id of [...selection.only, ...selection.except]) known(id);
  const settings = new Map<string, Record<string, number>>();
  for (const text of selection.settings) {
    const match = /^([a-z0-9-]+)\.([a-zA-Z]+)=(.+)$/.exec(text);
    if (match === null) throw new UsageError(`--set: '${text}' is not of the form arp-no-reply.within=2s`);
    const [, id, name, value] = match;
    const option = known(id).options[name];
    if (option === undefined) {
      const names = Object.keys(known(id).options);
      throw new UsageError(
        `--set: the rule ${id} has no option '${name}'; ${names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`}`,
      );
    }
    settings.set(id, { ...settings.get(id), [name]: parseValue(text, value, option.unit) });
  }
  return catalogue
    .filter(
      (rule) =>
        (selection.only.length === 0 || rule.always === true || selection.only.includes(rule.id)) &&
        !selection.except.includes(rule.id),
    )
    .map((rule) => ({
      rule,
      options: {
        ...Object.fromEntries(Object.entries(rule.options).map(([name, o]) => [name, o.value])),
        ...settings.get(rule.id),
      },
    }));
}

const VALUES = {
  ns: { parse: parseDuration, such: 'a time such as 2s or 500ms' },
  count: { parse: parseCount, such: 'a number' },
  bytes: { parse: parseSize, such: 'a number of bytes, such as 1400 or 64kB' },
} as const;

function parseValue(text: string, value: string, unit: keyof typeof VALUES): number {
  const { parse, such } = VALUES[unit];
  const parsed = parse(value);
  if (parsed === null) throw new UsageError(`--set: '${text}': write ${such}`);
  return parsed;
}
