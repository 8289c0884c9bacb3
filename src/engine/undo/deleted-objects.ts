/** What is deleted and Git does not have is kept before it goes, so that a person can have it made again. */
import type { AppKey } from "../../core/model/application.ts";
import { holdsSecrets } from "../../core/model/filled-in.ts";
import type { KeptContent, KeptNote, KeptObject } from "../../core/model/kept-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { show } from "../../core/model/object-ref.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { asKept } from "../../core/undo/as-kept.ts";
import { isInMemory } from "../../core/undo/undo-words.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { EnginePorts } from "../engine-ports.ts";

/** Secrets that are held in memory; the oldest fall. */
const SECRETS = { count: 1_000, bytes: 16 * 1024 * 1024 };

/** Who deletes it, and where. */
export interface Deleting {
  app: AppKey;
  appUid: string;
  run: number;
  /** Address of the cluster. */
  server: string;
  objects: Pick<ClusterObjects, "read">;
}

export type Kept =
  /** `live`: as it was read for that; absent where it was not, or may not be. */
  | { is: "kept"; live?: LiveObject }
  /** Somebody else was faster. */
  | { is: "gone" }
  /** What it holds cannot be known, so it is not deleted. */
  | { is: "unknown"; why: string };

export class DeletedObjects {
  readonly #ports: Pick<EnginePorts, "store" | "clock" | "log" | "settings">;
  /** By application that has some, the newest first: what the store has of it, read once. */
  readonly #notes = new Map<AppKey, KeptNote[]>();
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
  async keep(live: LiveObject, { app, appUid, run, server, objects }: Deleting): Promise<Kept> {
    const { store, clock, settings } = this.#ports;
    if (settings().keepDeletedForMs === 0) return { is: "kept" };
    const found = await objects.read(live.ref, live.apiVersion);
    if (found.is === "absent" || (found.is === "found" && found.live.uid !== live.uid)) return { is: "gone" };
    if (found.is === "unreachable") return { is: "unknown", why: `the cluster did not answer: ${found.why}` };
    if (found.is === "forbidden" && (live.detail ?? "full") !== "full")
      return {
        is: "unknown",
        why: `it may not be read, and the watch holds a part of it alone: ${found.why}`,
      };
    // Whoever may list but not get has it from the watch, without the owners of its fields.
    const object = found.is === "found" ? found.object : live.object;
    const content = asKept(object);
    const holds = holdsSecrets(object) ? ({ holds: "secrets" } as const) : {};
    const note = {
      app,
      appUid,
      run,
      at: timestamp(clock.now()),
      server,
      ref: live.ref,
      uid: live.uid,
      ...holds,
    };
    const isSecret = isInMemory(note);
    // A try that was cut off between keeping and deleting kept it before.
    const before = this.#all(app).find((one) => one.uid === live.uid && one.server === server);
    const { id, fallen } = store.keepObject({ ...note, ...(isSecret ? {} : { content }) }, before?.id);
    if (before !== undefined) this.#forget([before]);
    this.#notes.set(app, [{ ...note, id }, ...this.#all(app).filter((one) => one.id !== id)]);
    if (isSecret) this.#hold(id, content);
    this.#forget(fallen);
    this.#tell("warn", fallen, "there is no room for so many");
    return found.is === "found" ? { is: "kept", live: found.live } : { is: "kept" };
  }

  /** What can be made again, as far as that is known without asking a cluster; the newest first. */
  of(app: AppKey): KeptObject[] {
    const still = new Set(this.notes(app).map(({ id }) => id));
    if (still.size === 0) return [];
    return this.#ports.store.keptObjects(app).flatMap((kept) => {
      if (!still.has(kept.id)) return [];
      const held = this.#secrets.get(kept.id);
      return held === undefined ? kept : { ...kept, content: held.content };
    });
  }

  /** As `of`, without what they held: asked at every look at the application. */
  notes(app: AppKey): KeptNote[] {
    const since = this.#keptSince();
    return this.#all(app).filter(({ at }) => at >= since);
  }

  /** A Secret's values go with the process that held them. */
  hasContent(note: KeptNote): boolean {
    return !isInMemory(note) || this.#secrets.has(note.id);
  }

  /** What was kept for as long as the settings say is kept no longer, on disk and in memory. @returns whose it was */
  sweep(): AppKey[] {
    const gone = this.#ports.store.dropKeptBefore(this.#keptSince());
    this.#forget(gone);
    this.#tell("info", gone, "they were kept for as long as prune.keepFor says");
    return [...new Set(gone.map(({ app }) => app))];
  }

  /** How long until something is to go; undefined where nothing is kept. */
  untilNextMs(): number | undefined {
    const { store, clock, settings } = this.#ports;
    const oldest = store.oldestKept();
    if (oldest === undefined) return undefined;
    return Math.max(0, Date.parse(oldest) + settings().keepDeletedForMs - clock.now());
  }

  #all(app: AppKey): KeptNote[] {
    const known = this.#notes.get(app);
    if (known !== undefined) return known;
    const read = this.#ports.store.keptNotes(app);
    if (read.length > 0) this.#notes.set(app, read);
    return read;
  }

  /** RFC 3339. */
  #keptSince(): string {
    const { clock, settings } = this.#ports;
    return timestamp(clock.now() - settings().keepDeletedForMs);
  }

  #hold(id: number, content: KeptContent): void {
    const bytes = Buffer.byteLength(JSON.stringify(content));
    this.#secrets.set(id, { content, bytes });
    this.#secretBytes += bytes;
    for (const [oldest] of this.#secrets) {
      if (this.#secrets.size <= SECRETS.count && this.#secretBytes <= SECRETS.bytes) break;
      this.#letGo(oldest);
    }
  }

  /** Its values are nowhere from then on. */
  #letGo(id: number): void {
    this.#secretBytes -= this.#secrets.get(id)?.bytes ?? 0;
    this.#secrets.delete(id);
  }

  #forget(gone: readonly KeptNote[]): void {
    const ids = new Set(gone.map(({ id }) => id));
    for (const id of ids) this.#letGo(id);
    for (const app of new Set(gone.map((one) => one.app))) {
      const left = this.#notes.get(app)?.filter(({ id }) => !ids.has(id)) ?? [];
      if (left.length === 0) this.#notes.delete(app);
      else this.#notes.set(app, left);
    }
  }

  #tell(how: "warn" | "info", gone: readonly KeptNote[], why: string): void {
    const { store, clock, log } = this.#ports;
    for (const [app, ones] of Map.groupBy(gone, (one) => one.app)) {
      const objects = ones.map(({ ref, run }) => `${show(ref)} of run ${run}`);
      log[how](`deleted objects are not kept any more: ${why}`, { app, objects });
      const at = timestamp(clock.now());
      store.audit({ at, actor: "daemon", action: "undo-lost", app, details: { why, objects } });
    }
  }
}
