import type { Registry } from "prom-client";
import type { Families } from "./families.ts";
import type { LeftOut } from "./series-bound.ts";

/** Where metrics are added: what counts for itself, what is read at a scrape, and what had no room. */
export interface Into {
  registers: Registry[];
  families: Families;
  leftOut: LeftOut;
}
