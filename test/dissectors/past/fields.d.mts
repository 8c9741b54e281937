export const OPTIONS: readonly string[];
export const FIELDS: readonly string[];
export const OF_FRAMES: readonly string[];
export const OF_UDP: readonly string[];
export function digestOf(lines: readonly string[]): string;
export const labelsOf: (line: string) => string;
