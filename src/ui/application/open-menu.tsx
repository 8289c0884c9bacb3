import type { Application } from "../../core/model/application.ts";
import { useAsked } from "../components/asked.tsx";
import { Menu } from "../components/menu.tsx";
import { askLinks } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { linksOf } from "../words/web-links.ts";
import { argoPathOf } from "./paths.ts";

/**
 * Where people reach what it delivers, what its annotations name and what the config's templates make of it; in a tab of its
 * own, which knows nothing of this one.
 */
export function OpenMenu({ app }: { app: Application }) {
  const { generation, labels, annotations } = app.metadata;
  const made = useAsked(
    (signal) => askLinks(argoPathOf(app, "links"), signal),
    [keyOf(app), generation, JSON.stringify([labels, annotations])],
  );
  const { items, wrong } = made.is === "answered" ? made.value : { items: [], wrong: [] };
  const own = linksOf(app);
  const [only, ...more] = [...own, ...items];
  if (only === undefined && wrong.length === 0) return null;
  if (only !== undefined && more.length + wrong.length === 0)
    return (
      <a class="button" href={only.url} target="_blank" rel="noopener noreferrer" title={only.url}>
        Open {only.title}
      </a>
    );
  const lead = (group: string, { title, url }: { title: string; url: string }) => ({
    ...{ id: `${group} ${title} ${url}`, word: title || url },
    act: () => void window.open(url, "_blank", "noopener,noreferrer"),
  });
  return (
    <Menu
      word="Open"
      name={`Open what belongs to ${app.metadata.name}`}
      groups={[
        own.map((link) => lead("own", link)),
        [
          ...items.map((link) => lead("made", link)),
          ...wrong.map(({ title, why }) => ({
            ...{ id: `wrong ${title} ${why}`, word: title, why: `No link here: ${why}` },
            act: () => undefined,
          })),
        ],
      ]}
    />
  );
}
