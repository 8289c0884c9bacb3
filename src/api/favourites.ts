import type { Asker } from "../core/access/asker.ts";
import { ownerName } from "../core/accounts/owner-name.ts";
import type { AppKey } from "../core/model/application.ts";
import { type Favourites, MOST_FAVOURITES } from "../core/ports/favourites.ts";
import { ApiError, notFound } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { keyFrom } from "./find-app.ts";
import { may, type Routes } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { list, text, told } from "./terms/wire.ts";

const FAVOURITES = json(
  told({ items: list(text(), { says: "`namespace/name`, in the order in which they were marked." }) }),
);
const LIST = {
  id: "listFavourites",
  says: "The applications that whoever asks marked as favourites, as far as they may see them.",
  asks: may("applications", "get"),
  answers: FAVOURITES,
} as const;
const MARK = {
  id: "markFavourite",
  says: `Marks an application as a favourite of whoever asks, who has at most ${MOST_FAVOURITES}.`,
  asks: may("applications", "get"),
  answers: FAVOURITES,
} as const;
const UNMARK = {
  id: "unmarkFavourite",
  says: "It is no favourite of whoever asks any more.",
  asks: may("applications", "get"),
  answers: FAVOURITES,
} as const;

/**
 * `/api/holdfast/v1/favourites` and `…/applications/{namespace}/{name}/favourite`: of each person by themselves. What is
 * gone, or may not be seen any more, stays marked and is told to nobody: it is there again when it is.
 */
export function favouriteRoutes(routes: Routes, { control, favourites = inMemory() }: ApiContext): void {
  const seen = (who: Asker): { items: AppKey[] } => ({
    items: favourites.of(ownerOf(who)).filter((key) => control.application(who, key) !== undefined),
  });
  const one = "/api/holdfast/v1/applications/:namespace/:name/favourite";

  routes.get("/api/holdfast/v1/favourites", LIST, (c, who) => {
    // Who has none asked all the same.
    who.filter("applications", "get");
    return c.json(seen(who));
  });

  routes.put(one, MARK, (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    if (control.application(who, key) === undefined) throw notFound(`application ${key}`);
    const before = favourites.of(ownerOf(who));
    if (!before.includes(key)) favourites.put(ownerOf(who), [...roomIn(before, seen(who).items), key]);
    return c.json(seen(who));
  });

  routes.delete(one, UNMARK, (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    if (control.application(who, key) === undefined) throw notFound(`application ${key}`);
    const before = favourites.of(ownerOf(who));
    if (before.includes(key))
      favourites.put(
        ownerOf(who),
        before.filter((other) => other !== key),
      );
    return c.json(seen(who));
  });
}

/** What nobody sees goes before anything is refused. @throws {ApiError} where all of them are seen */
function roomIn(before: readonly AppKey[], seen: readonly AppKey[]): readonly AppKey[] {
  if (before.length < MOST_FAVOURITES) return before;
  if (seen.length < MOST_FAVOURITES) return seen;
  throw new ApiError(
    "FailedPrecondition",
    `you have ${MOST_FAVOURITES} favourites, and that is the most. Take the star from one first`,
    { details: { reason: "too-many-favourites" } },
  );
}

/** The same person by whichever session or token of theirs; without accounts, whoever owns the machine. */
function ownerOf({ who, actor }: Asker): string {
  return who === undefined ? actor : ownerName(who);
}

/** Where nothing is kept: for as long as it runs. */
function inMemory(): Favourites {
  const by = new Map<string, readonly AppKey[]>();
  return { of: (owner) => by.get(owner) ?? [], put: (owner, keys) => void by.set(owner, keys) };
}
