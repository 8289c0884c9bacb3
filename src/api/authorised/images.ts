import type { Asker } from "../../core/access/asker.ts";
import type { AppKey, Application } from "../../core/model/application.ts";
import type { ApplicationImages, ImageUpdateResult } from "../../core/model/image-update.ts";
import type { Found } from "../../engine/control.ts";
import type { ImagesControl, UpdateRequest } from "../../images/control.ts";
import { ABSENT } from "./asked.ts";
import { demand } from "./demand.ts";
import { inSight, type Sight } from "./veil.ts";

export interface AuthorisedImages {
  /** Of those that are to be seen. */
  all(who: Asker): ApplicationImages[];
  images(who: Asker, key: AppKey): ApplicationImages | undefined;
  /** Of these, or of all that may be changed. @throws {ApiError} 403 for one that may not */
  update(who: Asker, request: UpdateRequest): Promise<Found<ImageUpdateResult>>;
}

interface Rooms {
  /** undefined: it is not there, or not to be seen. */
  seen(who: Asker, key: AppKey): Application | undefined;
  objectOf(app: Application): string;
  /** Others write into the same files, and stand in what is wrong. */
  sight: Sight;
}

const NONE: ImagesControl = {
  images: () => undefined,
  all: () => [],
  update: async ({ mode }) => ({ mode, applications: [], writes: [] }),
};

/** @param given undefined: nothing keeps images up to date here */
export function authorisedImages(
  given: ImagesControl | undefined,
  { seen, objectOf, sight }: Rooms,
): AuthorisedImages {
  const images = given ?? NONE;
  const those = (who: Asker, action: string): ApplicationImages[] => {
    const may = who.filter("applications", action);
    return images.all().filter(({ app }) => {
      const there = seen(who, app);
      return there !== undefined && may(objectOf(there));
    });
  };
  return {
    all: (who) => inSight(those(who, "get"), who, sight),
    images(who, key) {
      if (seen(who, key) === undefined) return undefined;
      return inSight(images.images(key) ?? { app: key, images: [], problems: [] }, who, sight);
    },
    async update(who, { apps, ...request }) {
      for (const key of apps ?? []) {
        const app = seen(who, key);
        if (app === undefined) return ABSENT;
        demand(who, "applications", "update", objectOf(app));
      }
      const meant = apps ?? those(who, "update").map(({ app }) => app);
      const { applications, writes, mode } = await images.update({ ...request, apps: meant });
      // It takes a while, and a right may be lost meanwhile.
      const mine = applications.filter(({ app }) => seen(who, app) !== undefined);
      return { is: "found", value: inSight({ mode, writes, applications: mine }, who, sight) };
    },
  };
}
