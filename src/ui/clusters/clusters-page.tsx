/** Which clusters there are, whether they answer, and what stands on each. */
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import { now } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";

interface ClusterItem {
  name: string;
  server: string;
  project?: string;
  namespaces?: string[];
  serverVersion: string;
  /** `attemptedAt`: since when it is like that; null while nobody reached it yet. */
  connectionState: { status: string; message: string; attemptedAt: string | null };
  info: { applicationsCount: number; cacheInfo?: { resourcesCount?: number; apisCount?: number } };
}

const WORDS: Readonly<Record<string, string>> = { Successful: "Connected", Failed: "Unreachable" };

export function ClustersPage() {
  const answer = useAsked(
    (signal) => ask<{ items: ClusterItem[] | null }>("GET", "/api/v1/clusters", { signal }),
    [now.value],
  );
  return (
    <>
      <h1 tabIndex={-1}>Clusters</h1>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ items }) => {
          const clusters = items ?? [];
          const away = clusters.filter(({ connectionState }) => connectionState.status === "Failed").length;
          return (
            <>
              <p>{summaryOf(clusters.length, away)}</p>
              <Table
                items={clusters}
                keyOf={({ server, name }) => `${name} ${server}`}
                none="There is none that you may see."
                columns={[
                  {
                    head: "Cluster",
                    cell: ({ name, server }) => (
                      <>
                        <a href={hrefOf(`/clusters/${encodeURIComponent(name)}`)}>
                          <b>{name}</b>
                        </a>
                        <span class="why mono">{server}</span>
                      </>
                    ),
                  },
                  {
                    head: "Connection",
                    cell: ({ connectionState: { status, attemptedAt } }) => (
                      <>
                        <State word={WORDS[status] ?? "Starting"} as="bare" />
                        {attemptedAt !== null && (
                          <span class="why">
                            since <Ago at={attemptedAt} />
                          </span>
                        )}
                      </>
                    ),
                  },
                  { head: "Version", as: "word", cell: ({ serverVersion }) => serverVersion },
                  {
                    head: "Applications",
                    as: "word",
                    cell: ({ name, info }) => (
                      <a href={hrefOf(`/applications?${new URLSearchParams({ q: `cluster:${name}` })}`)}>
                        {info.applicationsCount}
                      </a>
                    ),
                  },
                  { head: "Objects watched", as: "word", cell: ({ info }) => watchedOf(info) },
                  {
                    head: "What is wrong",
                    cell: ({ connectionState: { message } }) =>
                      message !== "" && <span data-tone="bad">{message}</span>,
                  },
                  { head: "Project", cell: ({ project }) => project ?? "" },
                ]}
              />
            </>
          );
        }}
      </Asked>
      <p class="dim">One is added from a kubeconfig, by whoever has it:</p>
      <AsCli words={["cluster", "add", "CONTEXT"]} />
    </>
  );
}

function watchedOf({ cacheInfo: { resourcesCount, apisCount } = {} }: ClusterItem["info"]): string {
  if (resourcesCount === undefined) return "";
  return apisCount === undefined
    ? String(resourcesCount)
    : `${resourcesCount} of ${apisCount} ${apisCount === 1 ? "kind" : "kinds"}`;
}

function summaryOf(all: number, away: number): string {
  const which = all === 1 ? "1 cluster" : `${all} clusters`;
  if (away === 0) return all === 0 ? "" : `${which}, and each answers or is being connected.`;
  return `${away} of ${which} ${away === 1 ? "does" : "do"} not answer.`;
}
