/** What a daemon keeps of its renders on disk, changed while it does not look: whole files, and each with a right digest. */
import { readdirSync } from "node:fs";
import type { RenderedDocument } from "../../src/core/model/desired-object.ts";
import { RenderCache } from "../../src/render/render-cache.ts";
import { eventually } from "./eventually.ts";
import { silent } from "./render-host.ts";

/**
 * @param folder the daemon's `renders`
 * @param change of the documents of each render, in their order; `undefined` leaves one as it is
 * @returns how many it changed: one at least
 */
export async function changeKeptRenders(
  folder: string,
  change: (documents: RenderedDocument[]) => RenderedDocument[] | undefined,
): Promise<number> {
  const keys = await eventually("a render is kept on disk", () => {
    const names = readdirSync(folder).flatMap((name) => name.match(/^(.+)\.render$/)?.[1] ?? []);
    return names.length > 0 && names;
  });
  const cache = new RenderCache({ cacheDir: folder, memoryBytes: 1 << 20, diskBytes: 1 << 30, log: silent });
  let changed = 0;
  for (const key of keys) {
    const kept = await cache.get(key);
    const documents = kept === undefined ? undefined : change(kept.documents());
    if (kept === undefined || documents === undefined) continue;
    cache.put(key, { ...kept, documents }, "memory-and-disk");
    changed++;
  }
  await cache.settled();
  if (changed === 0) throw new Error("no kept render was changed");
  return changed;
}
