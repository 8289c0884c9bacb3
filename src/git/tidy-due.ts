/** When a store of packs is made smaller: by their number cheaply, by their size for good. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** Each fetch adds a pack, and looking an object up asks them in turn. */
const MAX_PACKS = 24;

export interface Pack {
  bytes: number;
}

/** The size of a store after its last full pass, in a file of its own. */
export class SizeMark {
  constructor(readonly path: string) {}

  /** Bytes; undefined before the first pass. */
  read(): number | undefined {
    if (!existsSync(this.path)) return undefined;
    const bytes = Number(readFileSync(this.path, "utf8"));
    return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
  }

  write(packs: readonly Pack[]): void {
    writeFileSync(this.path, String(sizeOf(packs)));
  }
}

/**
 * @param slackBytes what a store may waste before it is worth a full pass, beside its own size over again
 * @returns `join`: many small packs become one, and big ones stay. `all`: everything is written anew without what no kept
 *   commit needs. The first look at a store notes its size.
 */
export function tidyDue(
  packs: readonly Pack[],
  mark: SizeMark,
  slackBytes: number,
): "nothing" | "join" | "all" {
  const last = mark.read();
  if (last === undefined) mark.write(packs);
  else if (sizeOf(packs) > 2 * last + slackBytes) return "all";
  return packs.length > MAX_PACKS ? "join" : "nothing";
}

function sizeOf(packs: readonly Pack[]): number {
  return packs.reduce((sum, { bytes }) => sum + bytes, 0);
}
