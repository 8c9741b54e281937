// Puts what a plug-in brings into the tables of this thread.
import { UsageError } from '../errors.js';
import { FORMATS, type Render } from '../report/formats.js';
import { json } from '../report/json.js';
import type { Report } from '../report/record.js';
import { catalogue } from '../rules/index.js';
import type { Rule } from '../rules/rule.js';
import { textReaders, topologyReaders } from './added.js';
import { addDissectors } from './dissectors.js';
import failedRule from './failed-rule.js';
import type { PluginSpec } from './spec.js';

const rules = catalogue as Rule[];
const formats = FORMATS as Record<string, { readonly title: string; load(): Promise<Render> }>;

/** Throws UsageError for what cannot be added; then nothing of it is. */
export function install(spec: PluginSpec): void {
  const { name } = spec;
  const wrong = (what: string) => new UsageError(`the plug-in ${name}: ${what}`);
  for (const one of spec.rules ?? []) {
    if (typeof one?.id !== 'string' || typeof one.judge !== 'function')
      throw wrong('rules are made with rule({ id, title, judge, ... })');
    if (!/^[a-z0-9][a-z0-9-]*$/.test(one.id))
      throw wrong(`the rule '${one.id}' must be named in small letters, digits and dashes`);
    if (rules.some(({ id }) => id === one.id)) throw wrong(`there is a rule ${one.id} already; choose another name`);
  }
  for (const one of spec.formats ?? [])
    if (typeof one?.name !== 'string' || Object.hasOwn(formats, one.name) || !/^[a-z0-9-]+$/.test(one.name))
      throw wrong(
        `the report format '${String(one?.name)}' is there already, or is not named in small letters, digits and dashes`,
      );
  addDissectors(spec);
  if (!rules.includes(failedRule)) rules.push(failedRule);
  // What is known of the network stands before what follows from it; a rule of somebody else explains no finding of the others.
  rules.splice(rules.indexOf(failedRule), 0, ...(spec.rules ?? []));
  for (const { name: format, title, render } of spec.formats ?? [])
    formats[format] = {
      title,
      load: async () => async (run, options) => {
        const text = await render(JSON.parse(json(run)) as Report, options);
        if (typeof text !== 'string') throw new UsageError(`the plug-in ${name}: its format ${format} gave no text`);
        return text;
      },
    };
  for (const row of spec.texts ?? []) textReaders.push({ plugin: name, row });
  for (const row of spec.topologies ?? []) topologyReaders.push({ plugin: name, row });
}
