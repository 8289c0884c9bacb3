import type { AppKey } from "../core/model/application.ts";
import type { Favourites } from "../core/ports/favourites.ts";
import type { Home } from "../core/ports/home.ts";

/** In the store, a value for each person. */
export function keptFavourites(store: Pick<Home, "value" | "putValue">): Favourites {
  const nameOf = (owner: string): string => `favourites of ${owner}`;
  return {
    of(owner) {
      const text = store.value(nameOf(owner));
      return text === undefined ? [] : (JSON.parse(text) as AppKey[]);
    },
    put(owner, keys) {
      store.putValue(nameOf(owner), keys.length === 0 ? undefined : JSON.stringify(keys));
    },
  };
}
