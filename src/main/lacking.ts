// What a bundle.json says of what went wrong when it was made.
import type { Lack } from './options.js';

/** What went wrong of that which was asked for: nothing is well where not all of it was seen. */
export function lackingIn(sheet: unknown): Lack[] {
  const { points, commands } = sheet as Record<string, unknown>;
  return [
    ...Object.entries(points as Record<string, unknown>).flatMap(([point, said]) => {
      const { state, why } = isRecord(said) ? said : {};
      if (state !== 'failed' && state !== 'lost') return [];
      return [{ point, text: `${point} ${state}${typeof why === 'string' ? `: ${why}` : ''}` }];
    }),
    ...(Array.isArray(commands) ? commands : []).filter(isRecord).flatMap(({ command, end }) => {
      if (typeof command !== 'string' || end === 0 || (typeof end !== 'number' && typeof end !== 'string')) return [];
      return [{ point: null, text: `'${command}' ended with ${typeof end === 'number' ? `exit code ${end}` : end}` }];
    }),
  ];
}

/** `router: without nft (before), nft (after): not found`. */
export function untakenIn(sheet: unknown): string[] {
  const { points, missing } = sheet as Record<string, unknown>;
  const lines = (of: unknown, prefix: string): string[] => {
    const by = new Map<string, string[]>();
    for (const { what, why } of (Array.isArray(of) ? of : []).filter(isRecord))
      if (typeof what === 'string' && typeof why === 'string') by.set(why, [...(by.get(why) ?? []), what]);
    return Array.from(by, ([why, what]) => `${prefix}without ${what.join(', ')}: ${why}`);
  };
  const own = Object.entries(points as Record<string, unknown>).flatMap(([point, said]) =>
    isRecord(said)
      ? [...lines(said['missing'], `${point}: `), ...(typeof said['left'] === 'string' ? [`${point}: ${said['left']}`] : [])]
      : [],
  );
  return [...own, ...lines(missing, '')];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
