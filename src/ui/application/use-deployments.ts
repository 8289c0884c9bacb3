/** Who made what was deployed, how that fared, and what it is compared with now: one question for all of it. */
import type { Application } from "../../core/model/application.ts";
import type { ChangeAbout, CommitAbout } from "../../core/model/commit-about.ts";
import type { ToldDeployment } from "../../core/model/commit-lines.ts";
import type { FaredDeployment } from "../../core/model/fared.ts";
import { type Answer, useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { ourPathOf } from "./paths.ts";

export interface Deployments {
  /** What `now` speaks of, told in one answer: the application's own revisions may be of another moment. */
  revisions: readonly string[];
  now: readonly CommitAbout[];
  /** Which commits changed it last. */
  changed?: readonly ChangeAbout[];
  /** What Git has beyond that. */
  ahead?: { revisions: readonly string[]; changed: readonly ChangeAbout[] };
  items: readonly (FaredDeployment & ToldDeployment)[];
}

export function useDeployments(app: Application): Answer<Deployments> {
  const { sync, health, history = [] } = app.status ?? {};
  return useAsked(
    (signal) => ask<Deployments>("GET", ourPathOf(app, "history"), { signal }),
    [keyOf(app), sync?.revision, sync?.revisions?.join(), history.at(-1)?.id, health?.status],
  );
}
