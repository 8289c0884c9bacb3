import { type ImageUpdater, wantedByUpdaters } from "../core/images/image-updater.ts";
import { readAnnotations } from "../core/images/read-annotations.ts";
import type { WantedUpdates } from "../core/images/wanted-images.ts";
import type { Application } from "../core/model/application.ts";

interface Read {
  labels: unknown;
  updaters: readonly ImageUpdater[];
  wanted: WantedUpdates | undefined;
}

const known = new WeakMap<object, Read>();

/** What is asked for, by an ImageUpdater or by its annotations. Read once for as long as both are the same. */
export function wantedOf(app: Application, updaters: readonly ImageUpdater[]): WantedUpdates | undefined {
  const { annotations, labels, deletionTimestamp } = app.metadata;
  if (deletionTimestamp !== undefined) return undefined;
  const place = annotations ?? app.metadata;
  const before = known.get(place);
  if (before !== undefined && before.updaters === updaters && before.labels === labels) return before.wanted;
  const byUpdaters = wantedByUpdaters(app, updaters);
  const wanted =
    byUpdaters === undefined || byUpdaters === "annotations"
      ? annotations && readAnnotations(annotations)
      : byUpdaters;
  known.set(place, { labels, updaters, wanted });
  return wanted;
}
