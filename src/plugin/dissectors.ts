// Dissectors of plug-ins: the same rows as all others, with a guard around what they run.
import { dissectors } from '../../dissectors/index.js';
import { type Dissector, type DissectorSpec, dissector } from '../dissect/dissector.js';
import { UsageError } from '../errors.js';
import { failed } from './added.js';
import type { PluginSpec } from './spec.js';

/** Runs what a plug-in has written; where that throws, the failure is kept, and `instead` is what it said. */
function guarded<A extends unknown[], R>(plugin: string, what: string, run: (...args: A) => R, instead: R): (...args: A) => R {
  return (...args) => {
    try {
      return run(...args);
    } catch (error) {
      failed(plugin, what, error);
      return instead;
    }
  };
}

function safe(plugin: string, spec: DissectorSpec): Dissector {
  const what = `the dissector ${spec.name}`;
  const by = <A extends unknown[], R>(run: ((...args: A) => R) | undefined, instead: R) =>
    run === undefined ? undefined : guarded(plugin, what, run, instead);
  const { payload } = spec;
  const step = payload !== undefined && 'step' in payload ? by(payload.step, undefined) : undefined;
  const own: DissectorSpec = {
    ...spec,
    ...(step !== undefined && { payload: { ...payload, step } as NonNullable<DissectorSpec['payload']> }),
    ...(spec.accepts && { accepts: by(spec.accepts, false)! }),
    ...(spec.continues && { continues: by(spec.continues, false)! }),
    ...(spec.guesses && {
      guesses: Object.fromEntries(Object.entries(spec.guesses).map(([table, looks]) => [table, by(looks, false)!])),
    }),
    ...(spec.details && { details: by(spec.details, undefined)! }),
    ...(spec.info && { info: by(spec.info, undefined)! }),
    ...(spec.label && { label: by(spec.label, '')! }),
    ...(spec.protocols && { protocols: by(spec.protocols, spec.name)! }),
  };
  return dissector(own);
}

/** Adds the dissectors of a plug-in to the list of all. Throws UsageError for a name that is taken. */
export function addDissectors({ name, dissectors: own = [] }: PluginSpec): void {
  for (const spec of own) {
    if (typeof spec?.name !== 'string' || spec.self === undefined)
      throw new UsageError(`the plug-in ${name}: dissectors are made with dissector({ name, ... })`);
    if (dissectors.some((one) => one.name === spec.name) || spec.name === 'data')
      throw new UsageError(`the plug-in ${name}: there is a dissector ${spec.name} already; choose another name`);
    (dissectors as Dissector[]).push(safe(name, spec));
  }
}
