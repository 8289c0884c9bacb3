import type { Belongings } from "../auth/auth-ports.ts";
import { accountOfOwner, ownerName } from "../core/accounts/owner-name.ts";
import type { AppKey } from "../core/model/application.ts";
import type { Favourites } from "../core/ports/favourites.ts";
import type { Home } from "../core/ports/home.ts";

const BEGINNING = "favourites of ";

/** In the store, a value for each person; those of an account go with it. */
export function keptFavourites(
  store: Pick<Home, "value" | "putValue" | "valueNames">,
): Favourites & Belongings {
  const nameOf = (owner: string): string => `${BEGINNING}${owner}`;
  return {
    of(owner) {
      const text = store.value(nameOf(owner));
      return text === undefined ? [] : (JSON.parse(text) as AppKey[]);
    },
    put(owner, keys) {
      store.putValue(nameOf(owner), keys.length === 0 ? undefined : JSON.stringify(keys));
    },
    accounts: () =>
      store.valueNames(BEGINNING).flatMap((name) => accountOfOwner(name.slice(BEGINNING.length)) ?? []),
    drop: (account) => store.putValue(nameOf(ownerName({ kind: "account", name: account })), undefined),
  };
}
