export function parse(text: string): unknown;
export function leaves(text: string): string[][];
