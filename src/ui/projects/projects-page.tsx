/** What each project permits: from where, to where, what, and when. */
import type { Project } from "../../core/model/project.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { Table } from "../components/table.tsx";
import { applications } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";

export function ProjectsPage() {
  const answer = useAsked(
    (signal) => ask<{ items: Project[] | null }>("GET", "/api/v1/projects", { signal }),
    [],
  );
  const counts = Map.groupBy(applications.value, ({ spec }) => spec.project);
  return (
    <>
      <h1 tabIndex={-1}>Projects</h1>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ items }) => (
          <Table
            items={items ?? []}
            keyOf={({ metadata }) => metadata.name}
            none="There is none that you may see."
            columns={[
              {
                head: "Project",
                cell: ({ metadata: { name }, spec: { description } }) => (
                  <>
                    <b>{name}</b>
                    {description !== undefined && <span class="why">{description}</span>}
                  </>
                ),
              },
              {
                head: "Applications",
                as: "word",
                cell: ({ metadata: { name } }) => (
                  <a href={hrefOf(`/applications?${new URLSearchParams({ q: `project:${name}` })}`)}>
                    {counts.get(name)?.length ?? 0}
                  </a>
                ),
              },
              { head: "From", as: "mono", cell: ({ spec }) => lines(spec.sourceRepos ?? []) },
              {
                head: "To",
                as: "mono",
                cell: ({ spec }) =>
                  lines(
                    (spec.destinations ?? []).map(
                      ({ name, server, namespace }) => `${name || server || "*"} · ${namespace ?? "*"}`,
                    ),
                  ),
              },
              {
                head: "Windows",
                cell: ({ spec }) =>
                  lines(
                    (spec.syncWindows ?? []).map(
                      ({ kind, schedule, duration }) => `${kind} ${schedule} for ${duration}`,
                    ),
                  ),
              },
              { head: "Roles", cell: ({ spec }) => rolesIn(spec.roles ?? []).join(", ") },
            ]}
          />
        )}
      </Asked>
    </>
  );
}

function lines(texts: readonly string[]) {
  return texts.map((text) => <div key={text}>{text}</div>);
}

function rolesIn(roles: readonly unknown[]): string[] {
  return roles.flatMap((role) => {
    const { name } = (role ?? {}) as { name?: unknown };
    return typeof name === "string" ? [name] : [];
  });
}
