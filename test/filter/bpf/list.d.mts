export const CAPTURES: Readonly<Record<string, string>>;
export function expressions(kind: string): string[];
