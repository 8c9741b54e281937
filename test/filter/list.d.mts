export const CAPTURES: readonly string[];
export const FILTERS: readonly string[];
