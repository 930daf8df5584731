/** A map that holds the last that were set, and forgets the first of more than `most`. */
export class LastOf<Value> {
  readonly #most: number;
  readonly #values = new Map<string, Value>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Value): void {
    this.#values.set(key, value);
    if (this.#values.size <= this.#most) return;
    for (const [first] of this.#values) {
      this.#values.delete(first);
      return;
    }
  }
}
