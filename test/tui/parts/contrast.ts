// How well a style can be read, in the colours of xterm.
/** xterm's palette: 16 colours, a cube of 6x6x6, 24 greys. */
const SIXTEEN = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
] as const;
function rgb(n: number): readonly number[] {
  if (n < 16) return SIXTEEN[n]!;
  if (n >= 232) return Array<number>(3).fill(8 + (n - 232) * 10);
  const level = (part: number) => (part === 0 ? 0 : 55 + part * 40);
  return [Math.floor((n - 16) / 36), Math.floor((n - 16) / 6) % 6, (n - 16) % 6].map(level);
}
function luminance(n: number): number {
  const [r, g, b] = rgb(n).map((part) => {
    const c = part / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
/** Between text and what is behind it (WCAG 2.2, 1.4.3). */
export function contrast(attr: number): number {
  const [a, b] = [luminance((attr >> 9) & 0x1ff), luminance(attr & 0x1ff)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
