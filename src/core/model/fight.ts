import type { FieldSetter } from "./comparison.ts";
import type { RefKey } from "./object-ref.ts";

/** An object with fields that somebody else sets again after each heal. Durable. */
export interface Fight {
  key: RefKey;
  /** Paths as in `FieldDifference`; `missing`, `extra` or `same` for the object as a whole; "" where it is not known. */
  fields: readonly string[];
  /** `set-again`: another value is there again; `not-taken`: the API server keeps another value in the very write. */
  how: "set-again" | "not-taken";
  /** `appliedHash` of what was fought for. */
  desired: string;
  /** How often it was put back until it was noticed. */
  heals: number;
  /** The first of these heals, RFC 3339. */
  since: string;
  /** When it was noticed, or was tried once more, RFC 3339. */
  last: string;
  /** Who set it, each name once, the last one last. */
  setters: readonly FieldSetter[];
  /** Heals that were tried since it was noticed. */
  tries: number;
}
