import { statSync } from "node:fs";
import { Failure } from "../core/model/failure.ts";
import type { StoreCondition } from "../core/ports/store.ts";

/**
 * Whether the files that a store has open are still those at their paths. An open file that was removed or replaced takes
 * every write and keeps none: whoever goes on changes clusters and remembers nothing of it.
 */
export class StorePresence {
  readonly #files: ReadonlyMap<string, string>;

  /** @param files that are open; they are there now */
  constructor(
    private readonly folder: string,
    files: readonly string[],
  ) {
    this.#files = new Map(files.map((file) => [file, identityOf(file)]));
  }

  /** A few microseconds: asked before every write. */
  look(): StoreCondition {
    for (const [file, identity] of this.#files) {
      const is = identityOf(file);
      if (is === identity) continue;
      return {
        is: "lost",
        object: this.folder,
        why:
          is === ""
            ? `${file} was removed under the running daemon`
            : `${file} is another file than the one that was opened`,
        fix: "Stop the daemon, put the data folder back (from a copy, if need be), and start it again; until then nothing is written to any cluster",
      };
    }
    return { is: "sound" };
  }
}

/** The condition as the error of whatever needed the store. */
export function unsound({ object, why, fix, is }: Exclude<StoreCondition, { is: "sound" }>): Failure {
  return new Failure("store", object, is === "lost" ? "after-edit" : "backoff", {
    cannot: "write the store",
    why,
    fix,
  });
}

/** "" where there is nothing to be seen. */
function identityOf(file: string): string {
  try {
    const { dev, ino } = statSync(file);
    return `${dev} ${ino}`;
  } catch (cause) {
    if (cause instanceof Error) return "";
    throw cause;
  }
}
