import { Gauge, type Registry } from "prom-client";
import type { ApplicationSetStatus } from "../core/model/application-set-status.ts";

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

const SET = ["namespace", "name"] as const;

/** Argo CD's metrics of ApplicationSets, by its names and labels, and what it has no word for. Read at each scrape. */
export function setMetrics(registers: Registry[], sets: () => readonly SetFigures[]): void {
  const gauge = (
    name: string,
    help: string,
    figure: (set: SetFigures) => number,
    more: (set: SetFigures) => Record<string, string> = () => ({}),
  ): void => {
    new Gauge({
      name,
      help,
      labelNames: [...SET, ...(name === "argocd_appset_info" ? ["resource_update_status"] : [])],
      registers,
      collect() {
        this.reset();
        for (const set of sets())
          this.set({ namespace: set.namespace, name: set.name, ...more(set) }, figure(set));
      },
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
