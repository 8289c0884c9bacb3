import { type Application, sourcesOf } from "../core/model/application.ts";
import { repositoryPlace } from "../lib/git-url.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";

/** How long what was found stands: a flood of deliveries must not go through all applications each time. */
const GOOD_FOR_MS = 5_000;

/** Which repository that applications follow an address means, as they write it. */
export class FollowedPlaces {
  #found: { at: number; byPlace: ReadonlyMap<string, string> } | undefined;

  constructor(
    private readonly applications: () => readonly Application[],
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** "" where none does. */
  named(url: string): string {
    return this.#places().get(repositoryPlace(url)) ?? "";
  }

  #places(): ReadonlyMap<string, string> {
    const now = this.now();
    if (this.#found !== undefined && now - this.#found.at < GOOD_FOR_MS) return this.#found.byPlace;
    const byPlace = new Map<string, string>();
    for (const app of this.applications())
      for (const { repoURL, chart } of sourcesOf(app.spec)) {
        byPlace.set(repositoryPlace(repoURL), withoutUserinfo(repoURL));
        if (chart !== undefined)
          byPlace.set(repositoryPlace(`${repoURL}/${chart}`), withoutUserinfo(repoURL));
      }
    this.#found = { at: now, byPlace };
    return byPlace;
  }
}
