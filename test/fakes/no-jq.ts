import type { Jq } from "../../src/core/ports/jq.ts";

/** For engines whose applications have no expression that jq would have to be asked of. */
export const noJq: Jq = {
  problemOf: () => Promise.reject(new Error("jq was asked of an expression")),
  placesIn: () => Promise.reject(new Error("jq was asked of an object")),
};
