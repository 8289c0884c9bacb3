/** Who made what was deployed, and what it is compared with now: one question for all of it. */
import type { Application } from "../../core/model/application.ts";
import type { CommitAbout } from "../../core/model/commit-about.ts";
import { type Answer, useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { ourPathOf } from "./paths.ts";

export interface Deployments {
  now: readonly CommitAbout[];
  items: readonly { id: number; commits: readonly CommitAbout[] }[];
}

export function useDeployments(app: Application): Answer<Deployments> {
  const { sync, history = [] } = app.status ?? {};
  return useAsked(
    (signal) => ask<Deployments>("GET", ourPathOf(app, "history"), { signal }),
    [keyOf(app), sync?.revision, sync?.revisions?.join(), history.at(-1)?.id],
  );
}
