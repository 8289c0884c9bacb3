/** What a round has found, written: a commit for all of a branch, or the Application itself. */
import type { WantedUpdates } from "../core/images/wanted-images.ts";
import type { AppKey } from "../core/model/application.ts";
import { sayPause } from "../core/model/daemon-pause.ts";
import { asFailure } from "../core/model/failure.ts";
import type { ImageLook, ImageUpdateWrite, WriteBack } from "../core/model/image-update.ts";
import { defined } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import { timestamp } from "../lib/timestamp.ts";
import { type Asked, EDITED, isAsLooked } from "./beside.ts";
import type { ImageEdit } from "./image-edit.ts";
import type { ImageMemories } from "./image-memories.ts";
import type { ImagesPorts } from "./images-ports.ts";
import type { LookedImage } from "./look.ts";
import { openRequest } from "./open-request.ts";
import { type GroupEnd, writeGroup } from "./write-git.ts";
import type { WritePlace } from "./write-place.ts";
import { withImages } from "./write-spec.ts";

export interface Looked extends Asked {
  key: AppKey;
  wanted: WantedUpdates;
  place: WritePlace;
  images: readonly LookedImage[];
}

export interface Notes {
  say(app: AppKey, why: string): void;
  places: Map<AppKey, WriteBack>;
  /** Of these something that is newer is not written yet. */
  unwritten: Set<AppKey>;
}

interface WriteAsk {
  mode: "dry-run" | "write";
  actor: string;
}

export class WriteFound {
  readonly #ports: ImagesPorts;
  readonly #memories: ImageMemories;

  constructor(ports: ImagesPorts, memories: ImageMemories) {
    this.#ports = ports;
    this.#memories = memories;
  }

  async group(
    edits: readonly ImageEdit[],
    others: readonly ImageEdit[],
    ask: WriteAsk,
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
    const lasts = apps.map((app) => this.#memories.last(app));
    const known = lasts.some((last) => last?.pullRequest !== undefined) ? "has one" : "has none";
    try {
      const pullRequest = await openRequest(end, place, known, this.#ports);
      if (end.is === "same" && pullRequest !== undefined)
        for (const app of apps) {
          const last = this.#memories.last(app);
          if (last?.branch === end.branch) this.#memories.wrote(app, { ...last, pullRequest });
        }
      return pullRequest;
    } catch (cause) {
      const { message } = asFailure(cause, place.access.url, "open a pull request");
      for (const app of apps) say(app, message);
      return undefined;
    }
  }

  /** Into the Application itself, where it says so. */
  async spec(looked: Looked, ask: WriteAsk, { say, places, unwritten }: Notes): Promise<ImageUpdateWrite[]> {
    const { app, key, place, images } = looked;
    if (place.method !== "argocd") return [];
    places.set(key, { method: "argocd" });
    const wanted = images.flatMap(({ wanted: image, write, look }) =>
      write === undefined ? [] : [{ image, version: write, change: changeOf(look) }],
    );
    const now = this.#ports.application(key);
    if (wanted.length === 0) return [];
    if (now === undefined || !isAsLooked(looked, this.#ports)) {
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
      this.#memories.wrote(app, { at, changes: own, ...defined({ commit, branch, pullRequest }) });
    }
  }
}

export function editsOf({ key, images, place }: Looked, need: "write" | "kept"): ImageEdit[] {
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

export function changeOf({ image, current, chosen = "" }: ImageLook): string {
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
