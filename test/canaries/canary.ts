/** Secrets of which each stands in one place alone, and what of them is in a text. */

export interface Canaries {
  /** A text that stands nowhere but in this place. */
  canary(place: string): string;
  /** One that somebody else made, such as a token or a hash. */
  keep(place: string, text: string): void;
  places(): string[];
  /** The places whose secret is in it, as it is, in base64 at any offset, in hex, or as a URL or JSON has it. */
  leaksIn(said: string): string[];
}

export function canaries(): Canaries {
  const of = new Map<string, string>();
  const forms = new Map<string, string[]>();
  const keep = (place: string, text: string): void => {
    // One without a text would be found everywhere, and a short one by chance.
    if (text.length < 12) throw new RangeError(`${place}: ${text.length} signs are too few`);
    of.set(place, text);
    forms.set(place, formsOf(text));
  };
  return {
    canary(place) {
      const text = `cnry${Bun.hash(`canary of ${place}`).toString(36)}x`;
      keep(place, text);
      return text;
    },
    keep,
    places: () => [...of.keys()],
    leaksIn: (said) =>
      [...forms].flatMap(([place, all]) => (all.some((form) => said.includes(form)) ? [place] : [])),
  };
}

/** Base64 without its first and last signs, which hang on what stands beside it; that of URLs too. */
export function formsOf(text: string): string[] {
  const encoded = [0, 1, 2].flatMap((before) => {
    const all = Buffer.from(`${" ".repeat(before)}${text}`).toString("base64");
    const inner = all.slice(before === 0 ? 0 : 4, -4);
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
  const written = [encodeURIComponent(text), JSON.stringify(text).slice(1, -1)];
  return [...new Set([text, ...encoded, Buffer.from(text).toString("hex"), ...written])];
}
