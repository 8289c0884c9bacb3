import type { ApplicationSetStatus } from "../core/model/application-set-status.ts";
import type { Families } from "./families.ts";

/** One ApplicationSet, as its metrics tell of it. */
export interface SetFigures {
  namespace: string;
  name: string;
  status: ApplicationSetStatus;
  /** Of its own. */
  applications: number;
  /** Deletions that wait for a person. */
  waiting: number;
}

/** Argo CD's metrics of ApplicationSets, by its names and labels, and what it has no word for. Read at each scrape. */
export function setMetrics(families: Families, sets: () => readonly SetFigures[]): void {
  const gauge = (
    name: string,
    help: string,
    figure: (set: SetFigures) => number,
    more: (set: SetFigures) => Record<string, string> = () => ({}),
  ): void => {
    families.gauge(name, help, function* () {
      for (const set of sets())
        yield [{ namespace: set.namespace, name: set.name, ...more(set) }, figure(set)];
    });
  };
  // Source: Argo CD takes the reason of this condition.
  gauge(
    "argocd_appset_info",
    "One series an ApplicationSet, always 1: whether its applications are as it says.",
    () => 1,
    ({ status: { conditions = [] } }) => ({
      resource_update_status:
        conditions.find(({ type }) => type === "ResourcesUpToDate")?.reason ?? "Unknown",
    }),
  );
  gauge(
    "argocd_appset_owned_applications",
    "Applications of an ApplicationSet.",
    ({ applications }) => applications,
  );
  gauge("holdfast_appset_error", "1 while something is wrong with an ApplicationSet.", ({ status }) =>
    (status.conditions ?? []).some(({ type, status }) => type === "ErrorOccurred" && status === "True")
      ? 1
      : 0,
  );
  gauge(
    "holdfast_appset_waiting_deletions",
    "Applications that an ApplicationSet makes no more, whose deletion waits for a person.",
    ({ waiting }) => waiting,
  );
}
