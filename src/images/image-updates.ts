/** Images of all applications, kept up to date: looked at in rounds, and written where something newer is there. */
import { placeOfImage } from "../core/images/image-name.ts";
import { updaterOf } from "../core/images/image-updater.ts";
import type { WantedUpdates } from "../core/images/wanted-images.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import { asFailure } from "../core/model/failure.ts";
import type {
  ApplicationImages,
  ImageLook,
  ImageUpdateResult,
  ImageUpdateWrite,
  WriteBack,
} from "../core/model/image-update.ts";
import type { ImagePush } from "../core/webhooks/provider.ts";
import { defined } from "../lib/defined.ts";
import { endedWithin } from "../lib/ended-within.ts";
import { equalJson } from "../lib/equal-json.ts";
import { Slots } from "../lib/slots.ts";
import { timestamp } from "../lib/timestamp.ts";
import { EDITED, groupOf, isAsLooked, onBranches } from "./beside.ts";
import type { ImagesControl, UpdateRequest } from "./control.ts";
import type { ImageEdit } from "./image-edit.ts";
import { ImageMemories } from "./image-memories.ts";
import type { ImagesPorts } from "./images-ports.ts";
import { type LookedImage, lookAt } from "./look.ts";
import { type SpreadLook, spreadLooks } from "./spread-looks.ts";
import { type Round, updaterLooks } from "./updater-looks.ts";
import { wantedOf } from "./wanted-of.ts";
import { editsOf, type Looked, WriteFound } from "./write-found.ts";
import { writePlace } from "./write-place.ts";

/** Images that are looked at together. */
const AT_ONCE = 16;
const DAEMON = "daemon:image-updates";
/** How long a stop waits for a round. A look loses nothing, and a push that is cut off is found by the next round. */
const STOP_WITHIN_MS = 3_000;

type Place = Pick<ImagePush, "registry" | "repository">;

interface RoundAsk {
  apps: ReadonlySet<AppKey> | "all";
  mode: "dry-run" | "write";
  actor: string;
  /** Milliseconds since 1970: what was said of an image then or later is new enough. */
  asOf(image: Place): number;
}

export class ImageUpdates implements ImagesControl {
  readonly #ports: ImagesPorts;
  readonly #shown = new Map<AppKey, ApplicationImages>();
  readonly #memories: ImageMemories;
  readonly #write: WriteFound;
  readonly #slots = new Slots(AT_ONCE);
  /** One round at a time: two that write the same file would race each other. */
  #line: Promise<unknown> = Promise.resolve();
  #stopped = new AbortController();
  /** Of the last poll that went through. */
  #polledAsOf: number | undefined;

  constructor(ports: ImagesPorts) {
    this.#ports = ports;
    this.#memories = new ImageMemories(ports.store);
    this.#write = new WriteFound(ports, this.#memories);
  }

  images(key: AppKey): ApplicationImages | undefined {
    const app = this.#ports.application(key);
    if (app === undefined) return undefined;
    const wanted = this.#wantedOf(app);
    if (wanted === undefined) return { app: key, images: [], problems: [] };
    const last = this.#memories.last(key);
    const shown = this.#shown.get(key) ?? { app: key, images: [], problems: wanted.problems };
    return { ...shown, ...defined({ last }) };
  }

  all(): readonly ApplicationImages[] {
    const asking = this.#ports.applications().filter((app) => this.#wantedOf(app) !== undefined);
    return asking.flatMap((app) => this.images(keyOfApp(app)) ?? []);
  }

  /** What is to be said with the application, a sentence each. Answers from memory. */
  problemsOf(key: AppKey): readonly string[] {
    return this.#shown.get(key)?.problems ?? [];
  }

  /** All of them, by themselves. Never throws. @param overMs what is asked is spread over so long */
  async poll(overMs: number): Promise<void> {
    const asOf = this.#ports.clock.now();
    await this.#byItself(async () => {
      // Without a place in the line: who asks for an update now waits for no spread.
      await spreadLooks(this.#aheadOf(asOf), overMs, this.#ports.clock, this.#stopped.signal);
      await this.#inTurn({ apps: "all", mode: "write", actor: DAEMON, asOf: () => asOf });
      this.#polledAsOf = asOf;
    });
  }

  /**
   * These were pushed, and are asked about now. Of all others what the last poll heard is enough, so that one round sees
   * who wants the same field otherwise. Never throws.
   */
  async heard(images: readonly Place[]): Promise<void> {
    const apps = new Set(images.flatMap((image) => this.following(image)));
    if (apps.size === 0) return;
    const now = this.#ports.clock.now();
    const before = this.#polledAsOf;
    const isPushed = (image: Place): boolean => images.some((one) => isPlace(image, one));
    await this.#byItself(() =>
      this.#inTurn({
        ...{ apps: before === undefined ? apps : "all", mode: "write", actor: DAEMON },
        asOf: (image) => (before === undefined || isPushed(image) ? now : before),
      }),
    );
  }

  /** Whose images of this repository are kept up to date. */
  following(place: Place): AppKey[] {
    return this.#ports
      .applications()
      .filter((app) => this.#wantedOf(app)?.images.some(({ image }) => isPlace(image, place)))
      .map(keyOfApp);
  }

  async #byItself(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      if (this.#stopped.signal.aborted) return;
      this.#ports.log.error("images could not be looked at", {
        why: asFailure(cause, "images", "look").message,
      });
    }
  }

  /** What a round will ask as of that moment, and then knows. */
  #aheadOf(asOf: number): SpreadLook[] {
    // The round itself counts them.
    const ports = { ...this.#ports, observe: { ...this.#ports.observe, looked: () => undefined } };
    return this.#ports.applications().flatMap((app) =>
      (this.#wantedOf(app)?.images ?? []).map((image) => ({
        place: placeOfImage(image.image),
        ask: () => this.#slots.hold(() => lookAt(app, image, undefined, ports, asOf), this.#stopped.signal),
      })),
    );
  }

  update({ apps, mode, actor }: UpdateRequest): Promise<ImageUpdateResult> {
    const asOf = this.#ports.clock.now();
    return this.#inTurn({ apps: apps === undefined ? "all" : new Set(apps), mode, actor, asOf: () => asOf });
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error("image updates stop"));
    await endedWithin(this.#line, STOP_WITHIN_MS, this.#ports.clock);
  }

  #wantedOf(app: Application): WantedUpdates | undefined {
    return wantedOf(app, this.#ports.updaters());
  }

  #inTurn(ask: RoundAsk): Promise<ImageUpdateResult> {
    const mine = this.#line.then(async () => {
      this.#stopped.signal.throwIfAborted();
      const ended = this.#looking(ask);
      try {
        return await this.#round(ask);
      } finally {
        ended();
      }
    });
    this.#line = mine.catch(() => undefined);
    return mine;
  }

  /** Said where the look may write. @returns ends it */
  #looking({ mode, apps }: RoundAsk): () => void {
    if (mode === "dry-run" || this.#ports.paused() !== undefined) return () => undefined;
    const updaters = this.#ports.updaters();
    const meant = this.#ports.applications().filter((app) => apps === "all" || apps.has(keyOfApp(app)));
    return this.#ports.looking(
      new Set(updaters.length === 0 ? [] : meant.flatMap((app) => updaterOf(app, updaters) ?? [])),
    );
  }

  async #round(ask: RoundAsk): Promise<ImageUpdateResult> {
    const all = this.#ports.applications();
    const updaters = this.#ports.updaters();
    this.#forget(all);
    const meant = all.filter((app) => ask.apps === "all" || ask.apps.has(keyOfApp(app)));
    const looked = (await Promise.all(meant.map((app) => this.#look(app, ask.asOf)))).flatMap(
      (one) => one ?? [],
    );
    const problems = new Map<AppKey, string[]>(looked.map(({ key, wanted }) => [key, [...wanted.problems]]));
    const say = (app: AppKey, why: string): void => void problems.get(app)?.push(why);
    for (const { key, images, place } of looked) {
      for (const { look } of images) if (look.is === "failed" && look.why !== undefined) say(key, look.why);
      if (place.method === "none" && images.some(({ write }) => write !== undefined)) say(key, place.why);
    }
    const { edits, others } = await this.#editsOf(looked);
    const groups = Map.groupBy(edits, groupOf);
    const writes: ImageUpdateWrite[] = [];
    const places = new Map<AppKey, WriteBack>();
    const unwritten = new Set<AppKey>();
    const asked = new Map(looked.map((one) => [one.key, one]));
    for (const group of groups.values()) {
      const still = group.filter(({ app }) => {
        const before = asked.get(app);
        return before !== undefined && isAsLooked(before, this.#ports);
      });
      for (const app of new Set(group.filter((edit) => !still.includes(edit)).map((edit) => edit.app))) {
        say(app, EDITED);
        unwritten.add(app);
      }
      writes.push(...(await this.#write.group(still, others, ask, { say, places, unwritten })));
    }
    for (const one of looked) writes.push(...(await this.#write.spec(one, ask, { say, places, unwritten })));
    const at = timestamp(this.#ports.clock.now());
    for (const { key, images } of looked) {
      const writeBack = places.get(key) ?? this.#shown.get(key)?.writeBack;
      const shown: ApplicationImages = {
        app: key,
        images: images.map((image) => settled(image, ask, unwritten.has(key))),
        checkedAt: at,
        problems: problems.get(key) ?? [],
        ...defined({ writeBack }),
      };
      if (ask.mode === "write") this.#memories.looked(key, images);
      this.#show(key, shown);
    }
    this.#tell(ask, { at, applications: all, meant: meant.map(keyOfApp), updaters, looked, writes });
    const keys = looked.map(({ key }) => key);
    return { mode: ask.mode, applications: keys.flatMap((key) => this.images(key) ?? []), writes };
  }

  /** What is only asked for is written nowhere, and neither is anything while the daemon is paused. */
  #tell({ mode }: RoundAsk, round: Omit<Round, "imagesOf">): void {
    if (mode === "dry-run" || this.#ports.paused() !== undefined) return;
    const imagesOf: Round["imagesOf"] = (app) => {
      const isAsking = this.#wantedOf(app) !== undefined;
      const key = keyOfApp(app);
      return this.#shown.get(key) ?? (isAsking ? undefined : { app: key, images: [], problems: [] });
    };
    this.#ports.lookedBy(updaterLooks({ ...round, imagesOf }));
  }

  /** All that are to be written, and beside them what is to stay in their repositories. */
  async #editsOf(looked: readonly Looked[]): Promise<{ edits: ImageEdit[]; others: ImageEdit[] }> {
    const edits = await onBranches(
      looked.flatMap((one) => editsOf(one, "write")),
      this.#ports,
    );
    const repositories = new Set(edits.map(({ place }) => place.at));
    const kept = looked.flatMap((one) => editsOf(one, "kept"));
    const near = kept.filter(({ place }) => repositories.has(place.at));
    return { edits, others: [...edits, ...(await onBranches(near, this.#ports))] };
  }

  /** One that cannot be looked at holds up no other one. */
  async #look(app: Application, asOf: RoundAsk["asOf"]): Promise<Looked | undefined> {
    const wanted = this.#wantedOf(app);
    if (wanted === undefined) return undefined;
    const key = keyOfApp(app);
    const updaters = this.#ports.updaters();
    try {
      return { ...(await this.#lookAt(app, key, wanted, asOf)), updaters };
    } catch (cause) {
      this.#stopped.signal.throwIfAborted();
      const problems = [asFailure(cause, `Application ${key}`, "look at its images").message];
      this.#show(key, { app: key, images: [], checkedAt: timestamp(this.#ports.clock.now()), problems });
      return undefined;
    }
  }

  async #lookAt(
    app: Application,
    key: AppKey,
    wanted: WantedUpdates,
    asOf: RoundAsk["asOf"],
  ): Promise<Omit<Looked, "updaters">> {
    const held = app.status?.hold !== undefined ? "a person holds the application at a revision" : undefined;
    const images = await Promise.all(
      wanted.images.map((image) =>
        this.#slots.hold(async () => {
          const looked = await lookAt(
            app,
            image,
            this.#memories.chosen(key, image),
            this.#ports,
            asOf(image.image),
          );
          if (held === undefined || looked.write === undefined) return looked;
          const { write: _, ...rest } = looked;
          return { ...rest, look: { ...looked.look, is: "kept" as const, why: held } };
        }, this.#stopped.signal),
      ),
    );
    return { app, key, wanted, images, place: writePlace(app, wanted.writeBack, this.#ports) };
  }

  #show(key: AppKey, shown: ApplicationImages): void {
    const before = this.#shown.get(key)?.problems ?? [];
    this.#shown.set(key, shown);
    if (!equalJson(before, shown.problems)) this.#ports.problemsChanged(key);
  }

  #forget(all: readonly Application[]): void {
    const there = new Set(all.filter((app) => this.#wantedOf(app) !== undefined).map(keyOfApp));
    for (const key of this.#shown.keys())
      if (!there.has(key)) {
        this.#shown.delete(key);
        this.#memories.forget(key);
        this.#ports.problemsChanged(key);
      }
  }
}

/** @param told in lower case, as webhooks are read */
function isPlace({ registry, repository }: Place, told: Place): boolean {
  return registry === told.registry && repository.toLowerCase() === told.repository;
}

/** What was written, or was there already, is `written`; what could not be, is an update that waits. */
function settled({ look, write }: LookedImage, { mode }: RoundAsk, isUnwritten: boolean): ImageLook {
  if (look.is !== "update" || write === undefined || isUnwritten || mode === "dry-run") return look;
  return { ...look, is: "written" };
}
