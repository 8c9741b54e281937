/** A map of bounded size: what was set longest ago makes room. */
export class Recent<Value> {
  private readonly values = new Map<string, Value>();

  constructor(private readonly most: number) {}

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  set(key: string, value: Value): void {
    if (this.values.size >= this.most && !this.values.has(key)) {
      const [oldest] = this.values.keys();
      this.values.delete(oldest);
    }
    this.values.set(key, value);
  }
}
