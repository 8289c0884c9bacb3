import { DASHBOARDS } from "../../deploy/monitoring/dashboards/all.ts";
import { dashboardJson } from "../../deploy/monitoring/dashboards/panels.ts";

export interface PanelQuery {
  /** Of the dashboard. */
  file: string;
  title: string;
  /** As Grafana would ask it. */
  expr: string;
}

/** Every query of every panel, with what somebody chose; what is absent is all, and an application that is not there. */
export function panelQueries(chosen: { job?: string; namespace?: string; name?: string }): PanelQuery[] {
  const { job = ".*", namespace = "", name = "" } = chosen;
  return Object.entries(DASHBOARDS).flatMap(([file, dashboard]) => {
    const { panels } = dashboardJson(dashboard) as {
      panels: { title: string; targets?: { expr: string }[] }[];
    };
    return panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({
        file,
        title,
        expr: expr
          .replaceAll("$__rate_interval", "1m")
          .replaceAll("$namespace", namespace)
          .replaceAll("$name", name)
          .replaceAll("$job", job)
          .replaceAll("$project", ".*"),
      })),
    );
  });
}
