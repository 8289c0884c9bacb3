/** Keys of one application's page, beside those of its actions. */
import { useEffect } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { note } from "../components/notes.tsx";
import { toggleFavourite } from "../store/favourites.ts";
import { go, withQuery } from "../store/route.ts";
import { besideOf, resourceIds, withLogs } from "../words/resource-ids.ts";

export function ApplicationKeys<View extends string>({
  app,
  node,
  views,
  onView,
}: {
  app: Application;
  /** What is open beside it: `group/Kind/namespace/name`. */
  node: string | null;
  views: readonly View[];
  onView(view: View): void;
}) {
  const show = (view: string): void => {
    const found = views.find((one) => one === view);
    if (found !== undefined) onView(found);
  };
  const open = (id: string | undefined, tab?: string): void => {
    if (id !== undefined) go(withQuery({ node: id, ...(tab === undefined ? {} : { tab }) }), "push");
  };
  useShortcuts({
    view(key) {
      const view = views[Number(key) - 1];
      if (view !== undefined) onView(view);
    },
    star: () => toggleFavourite(app),
    diff: () => show("diff"),
    history: () => show("history"),
    logs() {
      const id = withLogs(app, node ?? undefined);
      if (id === undefined) note("bad", `Nothing of ${app.metadata.name} writes a log.`);
      else open(id, "logs");
    },
    next: () => open(besideOf(resourceIds(app), node ?? undefined, "next")),
    previous: () => open(besideOf(resourceIds(app), node ?? undefined, "previous")),
    ...(node === null
      ? {}
      : { close: () => go(withQuery({ node: undefined, tab: undefined, edit: undefined }), "push") }),
  });
  const isOpen = node !== null;
  useEffect(() => {
    if (!isOpen) return;
    const before = document.activeElement;
    return () => {
      // The row that it was opened from, where nothing else was gone to meanwhile.
      const isLost = document.activeElement === null || document.activeElement === document.body;
      if (isLost && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [isOpen]);
  return null;
}
