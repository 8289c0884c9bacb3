/** Objects that were to be written when a sync was cut off: whether they were made is not known from memory. */
import type { ObjectRecord } from "../../core/model/comparison.ts";
import { showApiVersion } from "../../core/model/kube-object.ts";
import { parseRefKey, type RefKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Memory } from "../memory.ts";

/** It was to be written, and nobody saw that it was. */
export function isUnfinished({ uid }: ObjectRecord): boolean {
  return uid === "";
}

/** As long as an API server works on a request, by its default: who sent it may be gone long before. */
const UNDER_WAY_MS = 60_000;

/**
 * Of what Git does not want any more, what a sync that was cut off never made: it was not there a minute ago, and is not now.
 * A write that was sent before may still be under way, and what that makes has to go.
 * @param ticks by the clock that never steps
 */
export async function neverMade(
  records: readonly ObjectRecord[],
  memory: Pick<Memory, "missed" | "missedForMs">,
  cluster: Cluster,
  ticks: number,
): Promise<ReadonlySet<RefKey>> {
  const missedForMs = (key: RefKey): number | undefined => memory.missedForMs(key, ticks);
  // Nothing is asked of them in between: what is made by then a watch shows.
  const due = records.filter(({ key }) => (missedForMs(key) ?? UNDER_WAY_MS) >= UNDER_WAY_MS);
  const { gone } = await askForUnfinished(due, cluster);
  for (const key of gone) memory.missed(key, ticks);
  return new Set([...gone].filter((key) => (missedForMs(key) ?? 0) >= UNDER_WAY_MS));
}

/**
 * Of those that no watch shows, what the server says of each. The answer to a write may be lost with the connection, and
 * a watch that was cut with it may not have come that far yet: that nothing is seen of an object tells nothing.
 * @returns `gone`: it is not there. `there`: it is, or nobody can tell, and a watch will
 */
export async function askForUnfinished(
  records: Iterable<ObjectRecord>,
  cluster: Cluster,
): Promise<{ gone: ReadonlySet<RefKey>; there: readonly RefKey[] }> {
  const asked = [...records].filter(
    (record) => isUnfinished(record) && cluster.get(record.key) === undefined,
  );
  const gone = new Set<RefKey>();
  await Promise.all(
    asked.map(async ({ key }) => {
      if (await isGone(key, cluster)) gone.add(key);
    }),
  );
  return { gone, there: asked.flatMap(({ key }) => (gone.has(key) ? [] : [key])) };
}

async function isGone(key: RefKey, cluster: Cluster): Promise<boolean> {
  const ref = parseRefKey(key);
  const kind = await cluster.kind({ group: ref.group, version: "", kind: ref.kind });
  if (kind.is !== "known") return kind.is === "absent";
  return (await cluster.read(ref, showApiVersion(kind.info))).is === "absent";
}
