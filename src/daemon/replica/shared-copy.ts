/** The data folder's store as a copy of what the replicas share: filled from there, or the first that is there. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../core/model/failure.ts";
import type { RowChange, SharedStoreHold } from "../../core/ports/shared-store.ts";
import type { FolderLock } from "../../store/folder-lock.ts";
import { MIGRATIONS } from "../../store/migrations.ts";
import { type OpenStore, openStore } from "../../store/open-store.ts";
import { fillStore } from "../../store/shared/fill-store.ts";

/** Of which shared store a store is a copy: a value in it, so that it is there whole or not at all, as all else is. */
const COPY_OF = "shared-store";

export interface CopyNeeds {
  folder: string;
  lock: FolderLock;
  hold: SharedStoreHold;
  /** Where it is, for messages. */
  at: string;
}

/**
 * Afterwards the folder's store and what is shared are the same, in the newest schema.
 * @returns `shared`: what is shared was empty, and holds from now on what the folder held
 * @throws {Failure} conflict where the folder's store is one of its own; store; `Superseded`
 */
export async function bringTogether(needs: CopyNeeds): Promise<"filled" | "shared"> {
  const { folder, hold, at } = needs;
  if (hold.schema === undefined) {
    await shareWhole(needs);
    return "shared";
  }
  const own = ownStore(needs);
  await fillStore(folder, hold.schema, onlyOfThis(hold.rows(), own, needs), at);
  // What migrations change is noted by nobody.
  if (hold.schema !== MIGRATIONS.length) await shareWhole(needs);
  return "filled";
}

async function shareWhole(needs: CopyNeeds): Promise<void> {
  const rows = withStore(needs, (store) => {
    if (store.value(COPY_OF) === undefined) store.putValue(COPY_OF, crypto.randomUUID());
    return store.noteChanges().all();
  });
  await needs.hold.replace(MIGRATIONS.length, rows);
}

/** `empty`: nothing would be lost with it. */
type Own = { is: "empty" } | { is: "kept"; copyOf: string | undefined };

function ownStore(needs: CopyNeeds): Own {
  if (!existsSync(join(needs.folder, "holdfast.db"))) return { is: "empty" };
  return withStore(needs, (store) => {
    const copyOf = store.value(COPY_OF);
    if (copyOf === undefined && store.noteChanges().all().length === 0) return { is: "empty" };
    return { is: "kept", copyOf };
  });
}

function withStore<T>({ folder, lock }: CopyNeeds, work: (store: OpenStore) => T): T {
  const store = openStore(folder, { lock });
  try {
    return work(store);
  } finally {
    store.close();
  }
}

/** @throws {Failure} conflict at the end, before anything takes the place of what is there */
async function* onlyOfThis(
  rows: AsyncIterable<readonly RowChange[]>,
  own: Own,
  { folder, at }: CopyNeeds,
): AsyncGenerator<readonly RowChange[]> {
  let shared: string | undefined;
  for await (const part of rows) {
    for (const { table, row } of part)
      if (table === "facts" && row?.["name"] === COPY_OF) shared = String(row["value"]);
    yield part;
  }
  if (own.is === "empty" || (own.copyOf !== undefined && own.copyOf === shared)) return;
  throw new Failure("conflict", folder, "after-edit", {
    cannot: "lead with what the replicas share",
    why: `this data folder holds a store of its own, and ${at} holds another one`,
    fix: "Move holdfast.db away from the data folder, so that it is made anew from what is shared; or remove what is shared, and this one is shared in its place",
  });
}
