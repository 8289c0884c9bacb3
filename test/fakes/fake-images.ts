import type { AppKey } from "../../src/core/model/application.ts";
import type { ApplicationImages, ImageUpdateResult } from "../../src/core/model/image-update.ts";
import type { ImagesControl } from "../../src/images/control.ts";

/** One application whose image is behind, as a look at its registry left it. */
export function shownImages(app: AppKey): ApplicationImages {
  return {
    app,
    images: [
      {
        ...{ alias: "web", image: "ghcr.io/team/web", constraint: "~1.0", strategy: "semver", is: "update" },
        ...{ current: "1.0.0", chosen: "1.0.10", candidates: ["1.0.10", "1.0.9"], candidateCount: 2 },
        out: [{ why: "not within ~1.0", count: 1, tags: ["2.0.0"] }],
      },
    ],
    writeBack: {
      ...{ method: "git", repository: "https://git.example.com/team/shop", branch: "main" },
      ...{ to: "images-web", file: "web/kustomization.yaml" },
    },
    checkedAt: "2026-11-23T04:20:08Z",
    last: {
      ...{ at: "2026-11-22T04:20:08Z", changes: ["ghcr.io/team/web 0.9.0 → 1.0.0"] },
      ...{ commit: "0123456789abcdef0123456789abcdef01234567", branch: "main" },
    },
    problems: [],
  };
}

/** @param apps that have images kept up to date */
export function fakeImages(apps: readonly string[]): ImagesControl & { asked: unknown[] } {
  const keys = apps as readonly AppKey[];
  const asked: unknown[] = [];
  return {
    asked,
    images: (key) => (keys.includes(key) ? shownImages(key) : { app: key, images: [], problems: [] }),
    all: () => keys.map(shownImages),
    async update(request): Promise<ImageUpdateResult> {
      asked.push(request);
      const meant = request.apps ?? keys;
      return {
        mode: request.mode,
        applications: meant.map(shownImages),
        writes: [
          {
            apps: meant,
            is: request.mode === "write" ? "written" : "would-write",
            ...{ repository: "https://git.example.com/team/shop", branch: "images-web" },
            files: ["web/kustomization.yaml"],
            changes: ["ghcr.io/team/web 1.0.0 → 1.0.10"],
          },
        ],
      };
    },
  };
}
