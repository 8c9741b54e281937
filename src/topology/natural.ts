/** Order of names for people: `n2` before `n10`. Names that differ are never equal. */
export const natural = (a: string, b: string): number =>
  a.localeCompare(b, 'en', { numeric: true }) || (a < b ? -1 : a > b ? 1 : 0);
