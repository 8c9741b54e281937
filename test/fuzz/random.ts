// Random numbers that a seed gives again: xorshift128 (Marsaglia 2003), quick enough for millions of choices.

export class Random {
  private x: number;
  private y = 362436069;
  private z = 521288629;
  private w = 88675123;

  constructor(seed: number) {
    this.x = (seed ^ 0x9e3779b9) | 0 || 1;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** 32 bits. */
  next(): number {
    const t = this.x ^ (this.x << 11);
    this.x = this.y;
    this.y = this.z;
    this.z = this.w;
    this.w = this.w ^ (this.w >>> 19) ^ t ^ (t >>> 8);
    return this.w >>> 0;
  }

  /** 0 to `end` - 1; 0 for an end of 0. */
  below(end: number): number {
    return end <= 1 ? 0 : this.next() % end;
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.next() % n === 0;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** Small numbers far more often than large ones: up to `most`. */
  short(most: number): number {
    return this.below(1 + (most >>> this.below(8)));
  }
}
