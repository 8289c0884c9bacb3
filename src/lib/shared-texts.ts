/**
 * One copy of texts that are equal, for what is parsed again and again and kept. It forgets all that it shared once that
 * is `most`: then equal texts have one more copy, and nothing else comes of it.
 */
export class SharedTexts {
  readonly #known = new Map<string, string>();

  constructor(private readonly most: number) {}

  of(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= this.most) this.#known.clear();
    this.#known.set(text, text);
    return text;
  }
}
