// Points in a field of characters: in braille eight to a character, else one.
export type Mark = { readonly sign: string; readonly kind: string };

/** Dots of a braille character from the top, at the left and at the right (Unicode, Braille Patterns: dots 1-3 and 7, 4-6 and 8). */
const BRAILLE = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

export interface PlotCell {
  readonly ch: string;
  /** What its last sign was; '' only dots of the lower kind, or nothing. */
  readonly kind: string;
}

export class Plot {
  /** Dots across and down. */
  readonly across: number;
  readonly down: number;
  private readonly dots: Uint8Array;
  /** By character: the kind that was drawn last of the weightiest. */
  private readonly kinds: (string | undefined)[];
  private readonly signs: (Mark | undefined)[];

  constructor(
    readonly width: number,
    readonly height: number,
    private readonly isBraille: boolean,
  ) {
    this.across = isBraille ? width * 2 : width;
    this.down = isBraille ? height * 4 : height;
    this.dots = new Uint8Array(width * height);
    this.kinds = new Array<string | undefined>(width * height);
    this.signs = new Array<Mark | undefined>(width * height);
  }

  /** A dot; 0, 0 is at the bottom left. A kind that is drawn later stands over one before. */
  dot(x: number, y: number, kind: string): void {
    const at = this.at(x, y);
    if (at < 0) return;
    const [dx, dy] = this.isBraille ? [x & 1, 3 - (y & 3)] : [0, 0];
    this.dots[at] |= this.isBraille ? BRAILLE[dy as 0 | 1 | 2 | 3][dx as 0 | 1] : 1;
    this.kinds[at] = kind;
  }

  /** A character of its own, over all dots. The first that comes stays. */
  sign(x: number, y: number, mark: Mark): void {
    const at = this.at(x, y);
    if (at >= 0) this.signs[at] ??= mark;
  }

  /** Rows of characters, the highest first. `plain`: the character of a kind where there is no braille. */
  rows(plain: (kind: string) => string): PlotCell[][] {
    return Array.from({ length: this.height }, (_, row) =>
      Array.from({ length: this.width }, (_, column): PlotCell => {
        const at = row * this.width + column;
        const mark = this.signs[at];
        if (mark !== undefined) return { ch: mark.sign, kind: mark.kind };
        const dots = this.dots[at];
        const kind = this.kinds[at] ?? '';
        return { ch: dots === 0 ? ' ' : this.isBraille ? String.fromCharCode(0x2800 + dots) : plain(kind), kind };
      }),
    );
  }

  private at(x: number, y: number): number {
    if (!(x >= 0 && x < this.across && y >= 0 && y < this.down)) return -1;
    const [column, row] = this.isBraille ? [x >> 1, y >> 2] : [x, y];
    return (this.height - 1 - row) * this.width + column;
  }
}
