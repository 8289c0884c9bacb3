/**
 * One copy of texts that are equal, for what is parsed again and again and kept. It forgets all that it shared once that
 * is `most`: then equal texts have one more copy, and nothing else comes of it.
 */
export class SharedTexts {
  readonly #known = new Map<string, string>();
  #letters = 0;

  /** @param most letters of all of them together: it holds them also when nobody else does any more */
  constructor(private readonly most: number) {}

  of(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (text.length > this.most) return text;
    if (this.#letters + text.length > this.most) {
      this.#known.clear();
      this.#letters = 0;
    }
    this.#known.set(text, text);
    this.#letters += text.length;
    return text;
  }
}
