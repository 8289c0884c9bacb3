/** What a daemon has of the replica that it leads in: its store is carried into what all of them share. */
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { SharedStoreHold } from "../../core/ports/shared-store.ts";
import type { StoreCondition } from "../../core/ports/store.ts";
import type { WriteFence } from "../../core/ports/write-fence.ts";
import { messageOf } from "../../lib/caught.ts";
import type { WritesUnderWay } from "../../replicas/writes-under-way.ts";
import type { FolderLock } from "../../store/folder-lock.ts";
import { MIGRATIONS } from "../../store/migrations.ts";
import { type OpenStore, openStore, type StoreOptions } from "../../store/open-store.ts";
import { StoreMirror } from "../../store/shared/mirror.ts";
import type { CarriedWrites } from "../guard-writes.ts";

/** What nobody waits for is carried at least so often. */
const CARRIED_EVERY_MS = 250;

export interface Leading extends CarriedWrites {
  /** Of the epoch. */
  readonly fence: WriteFence;
  /** The data folder's store. To be called once. */
  openStore(options: StoreOptions): OpenStore;
  /** Right before the store is closed: what was written last is carried. */
  closing(): Promise<void>;
  /** Whoever answered there until now does no more. */
  giveUpAddress(): void;
}

export interface LeadingNeeds {
  folder: string;
  lock: FolderLock;
  fence: WriteFence;
  hold: SharedStoreHold;
  /** Where that is. */
  at: string;
  writes: WritesUnderWay;
  clock: Clock;
  log: Log;
  superseded(): void;
  giveUpAddress(): void;
}

export function leadingWith(needs: LeadingNeeds): Leading {
  const { folder, lock, fence, hold, at, writes, clock, log, superseded, giveUpAddress } = needs;
  let mirror: StoreMirror | undefined;
  let carrying: ReturnType<typeof setInterval> | undefined;
  return {
    fence,
    giveUpAddress,
    during: (write) => writes.during(write),
    kept: () => mirror?.kept() ?? Promise.resolve(),
    openStore(options) {
      const store = openStore(folder, { ...options, lock });
      const changes = store.noteChanges();
      const carried = new StoreMirror({ changes, schema: MIGRATIONS.length, hold, at, clock, superseded });
      mirror = carried;
      carrying = setInterval(() => {
        // What fails is told by its condition, and tried again there.
        if (changes.any()) void carried.kept().catch(() => undefined);
      }, CARRIED_EVERY_MS);
      carrying.unref();
      const own = { condition: store.condition.bind(store), probe: store.probe.bind(store) };
      const both = (is: StoreCondition): StoreCondition => (is.is === "sound" ? carried.condition() : is);
      return Object.assign(store, {
        condition: () => both(own.condition()),
        probe: () => both(own.probe()),
      });
    },
    async closing() {
      clearInterval(carrying);
      try {
        await mirror?.kept();
      } catch (cause) {
        log.error("what was written last is not kept for the other replicas", { why: messageOf(cause) });
      }
      mirror?.stop();
    },
  };
}
