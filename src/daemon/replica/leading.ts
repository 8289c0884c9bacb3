/** What a daemon has of the replica that it leads in: its store is carried into what all of them share. */
import type { Peers } from "../../api/forward/from-peers.ts";
import { Failure } from "../../core/model/failure.ts";
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
  /** What those that stand by hand on comes by it. */
  readonly peers: Peers;
  /**
   * The data folder's store. Again only when the one before is closed with all that was written to it kept: a config that
   * cannot be held is followed by the last one that could.
   * @throws {Failure} store where it is not: what this store holds is not what is shared any more
   */
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
  peers: Peers;
  hold: SharedStoreHold;
  /** Where that is. */
  at: string;
  writes: WritesUnderWay;
  clock: Clock;
  log: Log;
  superseded(): void;
  giveUpAddress(): void;
}

/**
 * - `kept`: all that was written is, and it is about to be closed.
 * - `ahead`: it held what is not known to be kept, and of which no other mirror would know.
 */
type Opened =
  | { is: "not" | "kept" | "ahead" }
  | { is: "open"; store: OpenStore; mirror: StoreMirror; carrying: ReturnType<typeof setInterval> };

export function leadingWith(needs: LeadingNeeds): Leading {
  const { folder, lock, fence, peers, hold, at, writes, clock, log, superseded, giveUpAddress } = needs;
  let opened: Opened = { is: "not" };
  const ahead = (cannot: string): Failure =>
    new Failure("store", folder, "backoff", {
      cannot,
      why: `what was written there last is not known to be in ${at}`,
      fix: "Nothing is to be done where somebody starts this replica again: it takes what is shared then",
    });
  return {
    fence,
    peers,
    giveUpAddress,
    during: (write) => writes.during(write),
    async kept() {
      if (opened.is === "open") await opened.mirror.kept();
      if (opened.is === "ahead") throw ahead("keep what was written for all replicas");
    },
    openStore(options) {
      if (opened.is !== "not") throw ahead("open the store once more");
      const store = openStore(folder, { ...options, lock });
      const changes = store.noteChanges();
      const mirror = new StoreMirror({ changes, schema: MIGRATIONS.length, hold, at, clock, superseded });
      const carrying = setInterval(() => {
        // What fails is told by its condition, and tried again there.
        if (changes.any()) void mirror.kept().catch(() => undefined);
      }, CARRIED_EVERY_MS);
      carrying.unref();
      opened = { is: "open", store, mirror, carrying };
      const own = {
        ...{ condition: store.condition.bind(store), probe: store.probe.bind(store) },
        close: store.close.bind(store),
      };
      const both = (is: StoreCondition): StoreCondition => (is.is === "sound" ? mirror.condition() : is);
      return Object.assign(store, {
        condition: () => both(own.condition()),
        probe: () => both(own.probe()),
        close: () => {
          const before = opened;
          opened = { is: "ahead" };
          store.endCounts();
          // What did not end in time may have written since.
          if (before.is === "kept" && !changes.any()) opened = { is: "not" };
          own.close();
        },
      });
    },
    async closing() {
      if (opened.is !== "open") return;
      const { store, mirror, carrying } = opened;
      clearInterval(carrying);
      // Closing writes them too, and then nobody carries what it writes.
      store.endCounts();
      try {
        await mirror.kept();
        opened = { is: "kept" };
      } catch (cause) {
        opened = { is: "ahead" };
        log.error("what was written last is not kept for the other replicas", { why: messageOf(cause) });
      }
      mirror.stop();
    },
  };
}
