/** What prunes delete is kept before it goes, so that a person can have it made again. */
import type { AppKey } from "../../core/model/application.ts";
import type { KeptContent, KeptObject } from "../../core/model/kept-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { show } from "../../core/model/object-ref.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { asKept } from "../../core/undo/as-kept.ts";
import { isSecretRef } from "../../core/undo/undo-words.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { EnginePorts } from "../engine-ports.ts";

/** Secrets that are held in memory; the oldest fall. */
const SECRETS = { count: 1_000, bytes: 16 * 1024 * 1024 };

/** Whose prune it is, and where. */
export interface Deleting {
  app: AppKey;
  run: number;
  /** Address of the cluster. */
  server: string;
  objects: Pick<ClusterObjects, "read">;
}

export type Kept =
  | { is: "kept" }
  /** Somebody else was faster. */
  | { is: "gone" }
  /** What it holds cannot be known, so it is not deleted. */
  | { is: "unknown"; why: string };

export class DeletedObjects {
  readonly #ports: Pick<EnginePorts, "store" | "clock" | "log" | "settings">;
  /** Contents of Secrets by the id of their kept object, the oldest first. They are in no file. */
  readonly #secrets = new Map<number, { content: KeptContent; bytes: number }>();
  #secretBytes = 0;

  constructor(ports: Pick<EnginePorts, "store" | "clock" | "log" | "settings">) {
    this.#ports = ports;
  }

  /**
   * Keeps an object as it is now, on disk when it resolves. It is read anew: what the cache shows may be older than
   * what the delete takes away.
   * @throws {Failure} store: what cannot be kept is not to be deleted
   */
  async keep(live: LiveObject, { app, run, server, objects }: Deleting): Promise<Kept> {
    const { store, clock, settings } = this.#ports;
    if (settings().keepDeletedForMs === 0) return { is: "kept" };
    const found = await objects.read(live.ref, live.apiVersion);
    if (found.is === "absent" || (found.is === "found" && found.live.uid !== live.uid)) return { is: "gone" };
    if (found.is === "unreachable") return { is: "unknown", why: `the cluster did not answer: ${found.why}` };
    // Whoever may list but not get has it from the watch, without the owners of its fields.
    const object = found.is === "found" ? found.object : live.object;
    const content = asKept(object);
    const isSecret = isSecretRef(live.ref);
    this.#sweep();
    const { id, fallen } = store.keepObject({
      app,
      run,
      at: timestamp(clock.now()),
      server,
      ref: live.ref,
      uid: live.uid,
      ...(isSecret ? {} : { content }),
    });
    if (isSecret) this.#hold(id, content);
    this.#tellFallen(fallen);
    return { is: "kept" };
  }

  /** What can be made again, as far as that is known without asking a cluster; the newest first. */
  of(app: AppKey): KeptObject[] {
    this.#sweep();
    const uids = new Set<string>();
    return this.#ports.store.keptObjects(app).flatMap((kept) => {
      // A try that was cut off between keeping and deleting left one that the next try kept again.
      if (uids.has(`${kept.server} ${kept.uid}`)) return [];
      uids.add(`${kept.server} ${kept.uid}`);
      const held = this.#secrets.get(kept.id);
      return held === undefined ? kept : { ...kept, content: held.content };
    });
  }

  #sweep(): void {
    const { store, clock, settings } = this.#ports;
    const before = timestamp(clock.now() - settings().keepDeletedForMs);
    store.dropKeptBefore(before);
  }

  #hold(id: number, content: KeptContent): void {
    const bytes = Buffer.byteLength(JSON.stringify(content));
    this.#secrets.set(id, { content, bytes });
    this.#secretBytes += bytes;
    for (const [oldest, held] of this.#secrets) {
      if (this.#secrets.size <= SECRETS.count && this.#secretBytes <= SECRETS.bytes) break;
      this.#secrets.delete(oldest);
      this.#secretBytes -= held.bytes;
    }
  }

  #tellFallen(fallen: readonly KeptObject[]): void {
    if (fallen.length === 0) return;
    const { store, clock, log } = this.#ports;
    const byApp = Map.groupBy(fallen, ({ app }) => app);
    for (const [app, ones] of byApp) {
      const objects = ones.map(({ ref, run }) => `${show(ref)} of run ${run}`);
      log.warn("deleted objects are not kept any more: there is no room for so many", { app, objects });
      store.audit({
        at: timestamp(clock.now()),
        actor: "daemon",
        action: "undo-lost",
        app,
        details: { why: "no room for so many deleted objects", objects },
      });
    }
  }
}
