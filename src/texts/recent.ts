/**
 * A map of bounded size: what was asked for and set longest ago makes room, half of it at once. (A Map that loses its first entry again and
 * again steps over all that were there before it, each time that the first is asked for.)
 */
export class Recent<Value extends {}> {
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();

  /** `most`: entries kept; the latest half of them surely. */
  constructor(private readonly most: number) {}

  get(key: string): Value | undefined {
    const young = this.young.get(key);
    if (young !== undefined) return young;
    const value = this.old.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    if (this.young.size >= this.most / 2 && !this.young.has(key)) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }
}
