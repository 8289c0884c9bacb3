import type { Application } from "../../core/model/application.ts";
import { Menu } from "../components/menu.tsx";
import { linksOf } from "../words/web-links.ts";

/** Where people reach what it delivers, and what its annotations name; in a tab of its own, which knows nothing of this one. */
export function OpenMenu({ app }: { app: Application }) {
  const links = linksOf(app);
  const [only] = links;
  if (only === undefined) return null;
  if (links.length === 1)
    return (
      <a class="button" href={only.url} target="_blank" rel="noopener noreferrer" title={only.url}>
        Open {only.title}
      </a>
    );
  return (
    <Menu
      word="Open"
      name={`Open what ${app.metadata.name} serves`}
      groups={[
        links.map(({ title, url }) => ({
          ...{ id: url, word: title },
          act: () => void window.open(url, "_blank", "noopener,noreferrer"),
        })),
      ]}
    />
  );
}
