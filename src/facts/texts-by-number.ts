/** Sets of texts, each under a number: an address at a node or a port. Looked up without making a text of both, which costs ten times as much. */
export class TextsByNumber {
  private readonly sets = new Map<number, Set<string>>();

  add(number: number, text: string): void {
    const known = this.sets.get(number);
    if (known === undefined) this.sets.set(number, new Set([text]));
    else known.add(text);
  }

  has(number: number, text: string): boolean {
    return this.sets.get(number)?.has(text) === true;
  }
}
