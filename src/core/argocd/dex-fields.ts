/** The fields of one connector of `dex.config`: what is read, and what cannot be honoured. */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { Problem } from "../model/problem.ts";
import { keptText, type SecretLookUp } from "./kept-text.ts";

/** What becomes of a key. A text says why a connector that has it is none here. */
export type DexKey = "read" | "not needed" | { why: string };

export interface DexPlace {
  /** `data["dex.config"].connectors[0]` */
  path: string;
  secretNamed: SecretLookUp;
  problems: Problem[];
  /** Added to each error: what it costs. */
  ending: string;
}

/**
 * Every key that is not known is an error: it may be the one that says who may not come in. As Dex reads them, of any
 * case; what is empty or off is not said.
 */
export class DexFields {
  readonly #values = new Map<string, unknown>();

  constructor(
    readonly place: DexPlace,
    written: unknown,
    keys: Readonly<Record<string, DexKey>>,
  ) {
    if (!isMapping(written)) {
      if (written !== undefined && written !== null) this.report("", "must be a mapping");
      return;
    }
    const known = new Map(Object.keys(keys).map((key) => [key.toLowerCase(), key]));
    for (const [spelled, value] of Object.entries(written)) {
      if (isNothing(value)) continue;
      const key = known.get(spelled.toLowerCase());
      const becomes = key === undefined ? { why: "nobody knows here what it says" } : keys[key];
      if (key !== undefined && becomes === "read") this.#values.set(key, value);
      else if (typeof becomes === "object")
        this.report(
          spelled,
          `is not honoured: ${becomes.why}`,
          "Write this provider as signOn of the config",
        );
    }
  }

  text(key: string): string | undefined {
    const written = this.#values.get(key);
    if (written === undefined) return undefined;
    // An id of digits alone is a number to YAML.
    if (typeof written === "number" || typeof written === "bigint") return String(written);
    if (typeof written !== "string") {
      this.report(key, "must be a text");
      return undefined;
    }
    if (!written.startsWith("$")) return written;
    const kept = keptText(written, this.place.secretNamed);
    if (kept.is === "kept") return kept.text;
    this.report(key, kept.why, kept.fix);
    return undefined;
  }

  needed(key: string): string {
    const text = this.text(key);
    const path = this.#pathOf(key);
    if (text === undefined && this.place.problems.every((problem) => problem.path !== path))
      this.report(key, "is missing");
    return text ?? "";
  }

  texts(key: string): string[] {
    const written = this.#values.get(key);
    if (written === undefined) return [];
    if (Array.isArray(written) && written.every((one) => typeof one === "string")) return written as string[];
    this.report(key, "must be a list of texts");
    return [];
  }

  isOn(key: string): boolean {
    const written = this.#values.get(key);
    if (written !== undefined && written !== true) this.report(key, "must be true or false");
    return written === true;
  }

  /** As it is written. */
  value(key: string): unknown {
    return this.#values.get(key);
  }

  /** What lies below. */
  below(key: string, keys: Readonly<Record<string, DexKey>>): DexFields {
    return new DexFields({ ...this.place, path: this.#pathOf(key) }, this.#values.get(key), keys);
  }

  /** One of a list of mappings. */
  item(key: string, index: number, written: unknown, keys: Readonly<Record<string, DexKey>>): DexFields {
    return new DexFields({ ...this.place, path: `${this.#pathOf(key)}[${index}]` }, written, keys);
  }

  report(key: string, text: string, fix?: string): void {
    this.#say("error", key, `${text}; ${this.place.ending}`, fix);
  }

  warn(key: string, text: string, fix?: string): void {
    this.#say("warning", key, text, fix);
  }

  #pathOf(key: string): string {
    return key === "" ? this.place.path : `${this.place.path}.${key}`;
  }

  #say(severity: Problem["severity"], key: string, text: string, fix: string | undefined): void {
    const { problems } = this.place;
    const path = this.#pathOf(key);
    if (problems.some((one) => one.path === path && one.text === text)) return;
    problems.push({ severity, object: "argocd-cm", path, text, ...defined({ fix }) });
  }
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
