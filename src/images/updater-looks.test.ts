import { describe, expect, test } from "bun:test";
import { application } from "../../test/lib/core-objects.ts";
import type { ImageUpdater } from "../core/images/image-updater.ts";
import { type AppKey, keyOfApp } from "../core/model/application.ts";
import type { ApplicationImages, ImageLook } from "../core/model/image-update.ts";
import { type Round, updaterLooks } from "./updater-looks.ts";

const AT = "2026-11-01T10:00:00Z";
const IMAGE = "ghcr.io/team/web";
const app = (name: string, namespace = "argocd") => application({}, { name, namespace });
const updater = (name: string, ...patterns: string[]): ImageUpdater => ({
  metadata: { name, namespace: "argocd" },
  spec: {
    applicationRefs: patterns.map((namePattern) => ({
      namePattern,
      images: [{ alias: "web", imageName: IMAGE }],
    })),
  },
});
const look = (over: Partial<ImageLook> = {}): ImageLook => ({
  ...{ alias: "web", image: IMAGE, constraint: "", strategy: "semver", is: "newest", current: "1.0.0" },
  ...{ candidates: [], candidateCount: 0, out: [], ...over },
});
const NEWER = look({ is: "written", chosen: "1.0.1" });
const shown = (key: AppKey, images: ImageLook[], problems: string[] = []): ApplicationImages => ({
  ...{ app: key, images, problems, checkedAt: AT },
});
/** All of `names` looked at, each with one image. */
function round(names: string[], updaters: ImageUpdater[], over: Partial<Round> = {}): Round {
  const applications = names.map((name) => app(name));
  return {
    ...{ at: AT, applications, updaters, looked: [], writes: [], meant: applications.map(keyOfApp) },
    imagesOf: (one) => shown(keyOfApp(one), [look()]),
    ...over,
  };
}
const wrote = (
  names: string[],
  images: ImageLook[],
  changes = [`${IMAGE} 1.0.0 → 1.0.1`],
): Partial<Round> => ({
  looked: names.map((name) => ({
    key: `argocd/${name}` as AppKey,
    images: images.map((one) => ({ look: one, write: { tag: one.chosen } })),
  })) as never,
  writes: [{ apps: names.map((name) => `argocd/${name}` as AppKey), is: "written", files: [], changes }],
});

describe("updaterLooks()", () => {
  test("each resource counts the applications that it alone speaks of, and their images that somebody runs", () => {
    const [shop, all] = [updater("shop", "shop-*"), updater("all", "*")];
    const used = (one: { metadata: { name: string } }) =>
      one.metadata.name === "blog" ? [look({ is: "unused" }), look()] : [look()];
    const looks = updaterLooks(
      round(["shop-eu", "shop-us", "blog"], [shop, all], {
        imagesOf: (one) => shown(keyOfApp(one), used(one), [`wrong with ${one.metadata.name}`]),
      }),
    );
    expect(looks.get(shop)).toMatchObject({ applications: 2, images: 2, checkedAt: AT });
    expect(looks.get(all)).toMatchObject({ applications: 1, images: 1 });
    expect(looks.get(all)?.problems).toEqual(["argocd/blog: wrong with blog"]);
  });

  test("one that means nobody is told so", () => {
    const none = updater("none", "nobody");
    expect(updaterLooks(round(["shop"], [none])).get(none)).toMatchObject({ applications: 0, images: 0 });
  });

  test("what was written of one image for several applications is one update", () => {
    const shop = updater("shop", "*");
    const names = ["a", "b"];
    expect(updaterLooks(round(names, [shop], wrote(names, [NEWER]))).get(shop)?.updated).toEqual([
      {
        ...{ alias: "web", image: IMAGE, newVersion: "1.0.1", applicationsUpdated: 2, updatedAt: AT },
        message: "Updated from 1.0.0 to 1.0.1.",
      },
    ]);
  });

  test("what failed, what was written for others, and what was there already is no update", () => {
    const shop = updater("shop", "a");
    const failed = wrote(["a"], [NEWER]);
    const others = wrote(["b"], [NEWER]);
    const cases: Partial<Round>[] = [
      { ...failed, writes: failed.writes?.map((write) => ({ ...write, is: "failed" as const })) ?? [] },
      { ...failed, writes: failed.writes?.map((write) => ({ ...write, is: "would-write" as const })) ?? [] },
      others,
      wrote(["a"], [NEWER], ["ghcr.io/team/other 1 → 2"]),
    ];
    for (const one of cases)
      expect(updaterLooks(round(["a", "b"], [shop], one)).get(shop)?.updated).toEqual([]);
  });

  test("nothing is told of one whose applications were not meant, nor while one was never looked at", () => {
    const [shop, blog] = [updater("shop", "shop-*"), updater("blog", "blog")];
    const names = ["shop-eu", "shop-us", "blog"];
    const pushed = { meant: ["argocd/blog" as AppKey] };
    expect([...updaterLooks(round(names, [shop, blog], pushed)).keys()]).toEqual([blog]);
    const half = (one: { metadata: { name: string } }) =>
      one.metadata.name === "shop-us" ? undefined : shown("argocd/shop-eu" as AppKey, [look()]);
    expect([...updaterLooks(round(names, [shop], { imagesOf: half })).keys()]).toEqual([]);
  });
});
