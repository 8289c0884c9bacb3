import type { Heard, ImagePush } from "../core/webhooks/provider.ts";
import type { AnnouncedBy } from "../lib/push-allowance.ts";
import type { PushedRef } from "../lib/pushed-ref.ts";

/** Whom a push is told. Each of them decides for himself whether it means him, and asks before he believes it. */
export interface HearingParts {
  engine: { pushed(urls: readonly string[], by?: AnnouncedBy, ref?: PushedRef): void };
  sets:
    | {
        pushed(urls: readonly string[], by?: AnnouncedBy, ref?: PushedRef): void;
        providerChanged(kind: "pullRequest" | "scmProvider", urls: readonly string[], by?: AnnouncedBy): void;
      }
    | undefined;
  images: PushedImages;
  /** Of each address that is named. */
  count(url: string): void;
}

/** "This repository[:tag] of a registry was pushed": whoever follows images hears it here, as a hint. */
export class PushedImages {
  readonly #listeners = new Set<(image: ImagePush, by: AnnouncedBy) => void>();

  /** @returns ends it */
  onPush(listener: (image: ImagePush, by: AnnouncedBy) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(image: ImagePush, by: AnnouncedBy): void {
    for (const listener of this.#listeners) listener(image, by);
  }
}

export function tellHeard(
  { engine, sets, images, count }: HearingParts,
  heard: Heard,
  by: AnnouncedBy,
): void {
  switch (heard.is) {
    case "pushes":
      for (const { urls, ref, head } of heard.pushes) {
        engine.pushed(urls, by, { name: ref, head });
        sets?.pushed(urls, by, { name: ref, head });
      }
      return count(heard.pushes[0]?.urls[0] ?? "");
    case "images":
      for (const image of heard.images) {
        // A chart or a folder of manifests in a registry is a source as a repository is.
        engine.pushed([`oci://${image.registry}/${image.repository}`], by);
        images.tell(image, by);
        count(`oci://${image.registry}/${image.repository}`);
      }
      return;
    case "pull-request":
    case "repository":
      sets?.providerChanged(heard.is === "repository" ? "scmProvider" : "pullRequest", heard.urls, by);
      return count(heard.urls[0] ?? "");
    case "ping":
    case "ignored":
      return;
  }
}
