/** Images of all applications, kept up to date: looked at in rounds, and written where something newer is there. */
import type { KnownTag } from "../core/images/choose-tag.ts";
import { placeOfImage } from "../core/images/image-name.ts";
import type { WantedUpdates } from "../core/images/wanted-images.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import { sayPause } from "../core/model/daemon-pause.ts";
import { asFailure } from "../core/model/failure.ts";
import type {
  ApplicationImages,
  ImageLook,
  ImageUpdateResult,
  ImageUpdateWrite,
  ImageWrite,
  WriteBack,
} from "../core/model/image-update.ts";
import type { ImagePush } from "../core/webhooks/provider.ts";
import { defined } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import { Slots } from "../lib/slots.ts";
import { timestamp } from "../lib/timestamp.ts";
import { type Asked, EDITED, groupOf, isAsLooked, onBranches } from "./beside.ts";
import type { ImagesControl, UpdateRequest } from "./control.ts";
import type { ImageEdit } from "./image-edit.ts";
import type { ImagesPorts } from "./images-ports.ts";
import { type LookedImage, lookAt } from "./look.ts";
import { openRequest } from "./open-request.ts";
import { type SpreadLook, spreadLooks } from "./spread-looks.ts";
import { wantedOf } from "./wanted-of.ts";
import { type GroupEnd, writeGroup } from "./write-git.ts";
import { type WritePlace, writePlace } from "./write-place.ts";
import { withImages } from "./write-spec.ts";

/** Images that are looked at together. */
const AT_ONCE = 16;
const MOST_REMEMBERED = 20;
const DAEMON = "daemon:image-updates";

/** Kept over restarts. */
interface Memory {
  last?: ImageWrite;
  /** What was chosen of each image, by its name and rules. */
  chosen: Readonly<Record<string, KnownTag>>;
}

interface Looked extends Asked {
  key: AppKey;
  wanted: WantedUpdates;
  place: WritePlace;
  images: readonly LookedImage[];
}

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
  readonly #memories = new Map<AppKey, Memory>();
  readonly #slots = new Slots(AT_ONCE);
  /** One round at a time: two that write the same file would race each other. */
  #line: Promise<unknown> = Promise.resolve();
  #stopped = new AbortController();
  /** Of the last poll that went through. */
  #polledAsOf: number | undefined;

  constructor(ports: ImagesPorts) {
    this.#ports = ports;
  }

  images(key: AppKey): ApplicationImages | undefined {
    const app = this.#ports.application(key);
    if (app === undefined) return undefined;
    const wanted = this.#wantedOf(app);
    if (wanted === undefined) return { app: key, images: [], problems: [] };
    const { last } = this.#memoryOf(key);
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
    await this.#line.catch(() => undefined);
  }

  #wantedOf(app: Application): WantedUpdates | undefined {
    return wantedOf(app, this.#ports.updaters());
  }

  #inTurn(ask: RoundAsk): Promise<ImageUpdateResult> {
    const mine = this.#line.then(() => {
      this.#stopped.signal.throwIfAborted();
      return this.#round(ask);
    });
    this.#line = mine.catch(() => undefined);
    return mine;
  }

  async #round(ask: RoundAsk): Promise<ImageUpdateResult> {
    const { applications } = this.#ports;
    const all = applications();
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
        return before !== undefined && this.#isAsLooked(before);
      });
      for (const app of new Set(group.filter((edit) => !still.includes(edit)).map((edit) => edit.app))) {
        say(app, EDITED);
        unwritten.add(app);
      }
      writes.push(...(await this.#writeGroup(still, others, ask, { say, places, unwritten })));
    }
    for (const one of looked) writes.push(...(await this.#writeSpec(one, ask, { say, places, unwritten })));
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
      if (ask.mode === "write") this.#remember(key, images);
      this.#show(key, shown);
    }
    const keys = looked.map(({ key }) => key);
    return { mode: ask.mode, applications: keys.flatMap((key) => this.images(key) ?? []), writes };
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
    const { chosen } = this.#memoryOf(key);
    const held = app.status?.hold !== undefined ? "a person holds the application at a revision" : undefined;
    const images = await Promise.all(
      wanted.images.map((image) =>
        this.#slots.hold(async () => {
          const looked = await lookAt(app, image, chosen[memoryKey(image)], this.#ports, asOf(image.image));
          if (held === undefined || looked.write === undefined) return looked;
          const { write: _, ...rest } = looked;
          return { ...rest, look: { ...looked.look, is: "kept" as const, why: held } };
        }, this.#stopped.signal),
      ),
    );
    return { app, key, wanted, images, place: writePlace(app, wanted.writeBack, this.#ports) };
  }

  async #writeGroup(
    edits: readonly ImageEdit[],
    others: readonly ImageEdit[],
    ask: RoundAsk,
    { say, places, unwritten }: Notes,
  ): Promise<ImageUpdateWrite[]> {
    const apps = [...new Set(edits.map(({ app }) => app))];
    const [first] = edits;
    if (first === undefined) return [];
    const { access } = first.place;
    const failed = (why: string): ImageUpdateWrite[] => {
      for (const app of apps) {
        say(app, why);
        unwritten.add(app);
      }
      return [{ apps, is: "failed", repository: access.url, files: [], changes: changesOf(edits), why }];
    };
    const paused = this.#ports.paused();
    const mode = paused === undefined ? ask.mode : "dry-run";
    try {
      const end = await writeGroup(edits, mode, this.#ports, others);
      for (const { app, why } of end.refused) {
        say(app, why);
        unwritten.add(app);
      }
      for (const app of apps) places.set(app, placeOf(app, edits, end));
      if (end.is === "would-write") for (const { app } of end.edits) unwritten.add(app);
      if (paused !== undefined && end.is === "would-write")
        for (const app of apps) say(app, `nothing is written: ${sayPause(paused)}. Resume it`);
      const pullRequest = mode === "write" ? await this.#pullRequest(end, first, say, apps) : undefined;
      if (end.is === "same")
        return end.refused.map(({ app, why }) => ({
          ...({ apps: [app], is: "failed", repository: access.url, branch: end.branch, files: [] } as const),
          ...{ changes: [], why },
        }));
      const write: ImageUpdateWrite = {
        apps: [...new Set(end.edits.map(({ app }) => app))],
        is: end.is,
        repository: access.url,
        branch: end.branch,
        files: end.files,
        changes: changesOf(end.edits),
        ...defined({ commit: end.commit, pullRequest }),
      };
      if (end.is === "written") {
        this.#ports.observe.wrote("git", "done");
        this.#note(write, ask.actor, end.edits);
        this.#ports.pushed([access.url]);
      }
      return [write];
    } catch (cause) {
      if (mode === "write") this.#ports.observe.wrote("git", "failed");
      return failed(asFailure(cause, access.url, "write images").message);
    }
  }

  /** One that cannot be opened is tried with the next look. */
  async #pullRequest(
    end: GroupEnd,
    { place }: ImageEdit,
    say: Notes["say"],
    apps: readonly AppKey[],
  ): Promise<string | undefined> {
    const lasts = apps.map((app) => this.#memoryOf(app).last);
    const known = lasts.some((last) => last?.pullRequest !== undefined) ? "has one" : "has none";
    try {
      const pullRequest = await openRequest(end, place, known, this.#ports);
      if (end.is === "same" && pullRequest !== undefined)
        for (const app of apps) {
          const { last, ...memory } = this.#memoryOf(app);
          if (last?.branch === end.branch) this.#keep(app, { ...memory, last: { ...last, pullRequest } });
        }
      return pullRequest;
    } catch (cause) {
      const { message } = asFailure(cause, place.access.url, "open a pull request");
      for (const app of apps) say(app, message);
      return undefined;
    }
  }

  #isAsLooked(looked: Looked): boolean {
    return isAsLooked(looked, this.#ports.application(looked.key), this.#ports.updaters());
  }

  async #writeSpec(
    looked: Looked,
    ask: RoundAsk,
    { say, places, unwritten }: Notes,
  ): Promise<ImageUpdateWrite[]> {
    const { app, key, place, images } = looked;
    if (place.method !== "argocd") return [];
    places.set(key, { method: "argocd" });
    const wanted = images.flatMap(({ wanted: image, write, look }) =>
      write === undefined ? [] : [{ image, version: write, change: changeOf(look) }],
    );
    const now = this.#ports.application(key);
    if (wanted.length === 0) return [];
    if (now === undefined || !this.#isAsLooked(looked)) {
      unwritten.add(key);
      say(key, EDITED);
      return [];
    }
    const kept = images.flatMap(({ wanted: image, kept: version }) =>
      version === undefined ? [] : [{ image, version }],
    );
    const { app: next, changed, disputed } = withImages(now, place, wanted, kept);
    if (disputed.length > 0) {
      unwritten.add(key);
      const names = [...new Set(disputed)].join(" and ");
      say(
        key,
        `${names}: another image of it wants the same field otherwise. Name other fields, or one image`,
      );
    }
    if (equalJson(next.spec, now.spec)) return [];
    const write = { apps: [key], files: [], changes: changed };
    if (ask.mode === "dry-run" || this.#ports.paused() !== undefined) {
      unwritten.add(key);
      return [{ ...write, is: "would-write" }];
    }
    const why = await this.#ports
      .update(next, ask.actor)
      .catch((cause) => asFailure(cause, `Application ${app.metadata.name}`, "write its images").message);
    this.#ports.observe.wrote("argocd", why === undefined ? "done" : "failed");
    if (why === undefined) {
      this.#note({ ...write, is: "written" }, ask.actor, []);
      return [{ ...write, is: "written" }];
    }
    unwritten.add(key);
    say(key, `its images cannot be written into the Application: ${why}. Use write-back-method: git`);
    return [{ ...write, is: "failed", why }];
  }

  /** For people: what was written, for whom, and by whom it was asked for. */
  #note(
    { apps, changes, commit, branch, repository, files, pullRequest }: ImageUpdateWrite,
    actor: string,
    edits: readonly ImageEdit[],
  ): void {
    const { store, clock, log } = this.#ports;
    const at = timestamp(clock.now());
    for (const app of apps) {
      const own = edits.length === 0 ? changes : changesOf(edits.filter((edit) => edit.app === app));
      const details = { changes: own, ...defined({ commit, branch, repository, pullRequest }), files };
      store.audit({ at, actor, action: "image-update", app, details });
      log.info("images were brought up to date", { app, ...details });
      const last: ImageWrite = { at, changes: own, ...defined({ commit, branch, pullRequest }) };
      this.#keep(app, { ...this.#memoryOf(app), last });
    }
  }

  #memoryOf(key: AppKey): Memory {
    const known = this.#memories.get(key);
    if (known !== undefined) return known;
    const memory = readMemory(this.#ports.store.value(nameOf(key)));
    this.#memories.set(key, memory);
    return memory;
  }

  #remember(key: AppKey, images: readonly LookedImage[]): void {
    const memory = this.#memoryOf(key);
    const known = images.flatMap(({ wanted, known }) =>
      known === undefined ? [] : [[memoryKey(wanted), known] as const],
    );
    const chosen = Object.fromEntries(known.slice(0, MOST_REMEMBERED));
    if (!equalJson(chosen, memory.chosen)) this.#keep(key, { ...memory, chosen });
  }

  #keep(key: AppKey, memory: Memory): void {
    this.#memories.set(key, memory);
    this.#ports.store.putValue(nameOf(key), JSON.stringify(memory));
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
        this.#memories.delete(key);
        this.#ports.store.putValue(nameOf(key), undefined);
        this.#ports.problemsChanged(key);
      }
  }
}

interface Notes {
  say(app: AppKey, why: string): void;
  places: Map<AppKey, WriteBack>;
  /** Of these something that is newer is not written yet. */
  unwritten: Set<AppKey>;
}

/** @param told in lower case, as webhooks are read */
function isPlace({ registry, repository }: Place, told: Place): boolean {
  return registry === told.registry && repository.toLowerCase() === told.repository;
}

function editsOf({ key, images, place }: Looked, need: "write" | "kept"): ImageEdit[] {
  if (place.method !== "git") return [];
  return images.flatMap(({ wanted, look, [need]: version }) =>
    version === undefined
      ? []
      : [
          {
            ...{ app: key, wanted, version, place, change: changeOf(look) },
            ...{ from: look.current ?? "", to: look.chosen ?? "" },
          },
        ],
  );
}

function changeOf({ image, current, chosen = "" }: ImageLook): string {
  return current === undefined ? `${image} ${chosen}` : `${image} ${current} → ${chosen}`;
}

function changesOf(edits: readonly ImageEdit[]): string[] {
  return [...new Set(edits.map(({ change }) => change))];
}

function placeOf(app: AppKey, edits: readonly ImageEdit[], { branch, base, files }: GroupEnd): WriteBack {
  const place = edits.find((edit) => edit.app === app)?.place;
  const path = place?.path ?? "";
  const file = files.find((one) => one === path || one.startsWith(`${path}/`)) ?? path;
  return {
    method: "git",
    repository: place?.access.url ?? "",
    ...{ branch: base, file },
    ...(branch === base ? {} : { to: branch }),
  };
}

/** What was written, or was there already, is `written`; what could not be, is an update that waits. */
function settled({ look, write }: LookedImage, { mode }: RoundAsk, isUnwritten: boolean): ImageLook {
  if (look.is !== "update" || write === undefined || isUnwritten || mode === "dry-run") return look;
  return { ...look, is: "written" };
}

function memoryKey({ image, rules }: LookedImage["wanted"]): string {
  return `${image.name} ${rules.strategy} ${rules.constraint}`;
}

function nameOf(key: AppKey): string {
  return `images ${key}`;
}

function readMemory(text: string | undefined): Memory {
  return text === undefined ? { chosen: {} } : (JSON.parse(text) as Memory);
}
