/** What a round found, for each ImageUpdater that it was asked by. Pure. */
import { type ImageUpdater, updaterOf } from "../core/images/image-updater.ts";
import type { RecentUpdate, UpdaterLook } from "../core/images/updater-status.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import type { ApplicationImages, ImageUpdateWrite } from "../core/model/image-update.ts";
import { changeOf, type Looked } from "./write-found.ts";

export interface Round {
  /** RFC 3339. */
  at: string;
  /** All there are, those too that were not looked at. */
  applications: readonly Application[];
  /** As they were when it began. */
  updaters: readonly ImageUpdater[];
  /** Those that were to be looked at. */
  meant: readonly AppKey[];
  /** Those that could be. */
  looked: readonly Looked[];
  writes: readonly ImageUpdateWrite[];
  /** As it is known by now; undefined: it never was looked at. */
  imagesOf(app: Application): ApplicationImages | undefined;
}

/** Nothing of a resource of which nothing was to be looked at, or one application never was: it would be half of it. */
export function updaterLooks(round: Round): Map<ImageUpdater, UpdaterLook> {
  const looks = new Map<ImageUpdater, UpdaterLook>();
  if (round.updaters.length === 0) return looks;
  const asked = new Set(round.meant);
  const apps = Map.groupBy(round.applications, (app) => updaterOf(app, round.updaters));
  for (const updater of round.updaters) {
    const own = apps.get(updater) ?? [];
    const keys = own.map(keyOfApp);
    const all = own.flatMap((app) => round.imagesOf(app) ?? []);
    if ((keys.length > 0 && !keys.some((key) => asked.has(key))) || all.length < keys.length) continue;
    looks.set(updater, {
      checkedAt: round.at,
      applications: keys.length,
      images: all.flatMap(({ images }) => images).filter(({ is }) => is !== "unused").length,
      problems: all.flatMap(({ app, problems }) => problems.map((problem) => `${app}: ${problem}`)),
      updated: updatesOf(new Set(keys), round),
    });
  }
  return looks;
}

function updatesOf(keys: ReadonlySet<AppKey>, { looked, writes, at }: Round): RecentUpdate[] {
  const written = writes.filter(({ is }) => is === "written");
  const updates = new Map<string, RecentUpdate>();
  for (const { key, images } of looked) {
    if (!keys.has(key)) continue;
    const changes = new Set(written.filter(({ apps }) => apps.includes(key)).flatMap((one) => one.changes));
    for (const { look, write } of images) {
      const { alias, image, current, chosen = "" } = look;
      if (write === undefined || !changes.has(changeOf(look))) continue;
      const name = alias === "" ? image : alias;
      const known = updates.get(`${name} ${chosen}`);
      updates.set(`${name} ${chosen}`, {
        ...{ alias: name, image, newVersion: chosen, updatedAt: at },
        applicationsUpdated: (known?.applicationsUpdated ?? 0) + 1,
        message: current === undefined ? `Updated to ${chosen}.` : `Updated from ${current} to ${chosen}.`,
      });
    }
  }
  return [...updates.values()];
}
