/** From one object to the one before it and after it, as they are listed. */
import { go, withQuery } from "../store/route.ts";
import { OF_ONE_OBJECT } from "./log-query.ts";
import type { Tree } from "./use-tree.ts";

interface Neighbours {
  previous: string | undefined;
  next: string | undefined;
}

/** Those before and after it in the list. */
export function neighboursOf(tree: Tree | undefined, id: string): Neighbours {
  const items = tree?.items ?? [];
  const at = items.findIndex((one) => one.id === id);
  const neighbours = {
    previous: at > 0 ? items[at - 1]?.id : undefined,
    next: at >= 0 ? items[at + 1]?.id : items[0]?.id,
  };
  return neighbours;
}

/** The same tab of another object, where it has it. */
export function toObject(id: string): string {
  return withQuery({ ...OF_ONE_OBJECT, node: id });
}

export function Neighbour({ to, word, sign }: { to: string | undefined; word: string; sign: string }) {
  const title = to === undefined ? `${word}: there is none` : `${word}: ${to.split("/").at(-1)}  ${sign}`;
  return (
    <button
      type="button"
      class="plain"
      aria-label={word}
      aria-disabled={to === undefined}
      title={title}
      onClick={() => to !== undefined && go(toObject(to), "replace")}
    >
      {word === "Previous" ? "‹" : "›"}
    </button>
  );
}
