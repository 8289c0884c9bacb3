/** Which clusters there are, whether they answer, and what stands on each. */
import { useState } from "preact/hooks";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { later } from "../components/later.tsx";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import { now } from "../store/applications.ts";
import { useWhyNot } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";

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

const AddCluster = later(() => import("./cluster-forms.ts")).part(({ AddCluster }) => AddCluster);

const WORDS: Readonly<Record<string, string>> = { Successful: "Connected", Failed: "Unreachable" };

export function ClustersPage() {
  const [round, setRound] = useState(0);
  const answer = useAsked(
    (signal) => ask<{ items: ClusterItem[] | null }>("GET", "/api/v1/clusters", { signal }),
    [now.value, round],
  );
  const denied = useWhyNot("clusters", "create");
  const isAdding = place.value.query.get("new") === "yes";
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1}>Clusters</h1>
        <div class="actions">
          <button
            type="button"
            aria-disabled={denied !== undefined}
            title={denied}
            onClick={() => denied === undefined && go(withQuery({ new: "yes" }), "push")}
          >
            Add a cluster
          </button>
        </div>
      </div>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ items }) => {
          const clusters = items ?? [];
          const connected = clusters.filter(
            ({ connectionState }) => connectionState.status === "Successful",
          ).length;
          const away = clusters.filter(({ connectionState }) => connectionState.status === "Failed").length;
          return (
            <>
              <p class="attention">{summaryOf(clusters.length, away, connected)}</p>
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
                  // What would be empty for all of them takes no room from the others.
                  ...(clusters.some(({ connectionState: { message } }) => message !== "")
                    ? [
                        {
                          head: "What is wrong",
                          cell: ({ connectionState: { message } }: ClusterItem) =>
                            message !== "" && <span data-tone="bad">{message}</span>,
                        },
                      ]
                    : []),
                  ...(clusters.some(({ project = "" }) => project !== "")
                    ? [{ head: "Project", cell: ({ project }: ClusterItem) => project ?? "" }]
                    : []),
                ]}
              />
            </>
          );
        }}
      </Asked>
      <p class="dim">By the command line it gets an account of its own for the daemon:</p>
      <AsCli words={["cluster", "add", "CONTEXT"]} />
      {isAdding && denied === undefined && (
        <AddCluster
          onClose={() => {
            if (place.peek().path === "/clusters") go(withQuery({ new: undefined }), "replace");
            setRound((before) => before + 1);
          }}
        />
      )}
    </>
  );
}

function watchedOf({ cacheInfo: { resourcesCount, apisCount } = {} }: ClusterItem["info"]): string {
  if (resourcesCount === undefined) return "";
  return apisCount === undefined
    ? String(resourcesCount)
    : `${resourcesCount} of ${apisCount} ${apisCount === 1 ? "kind" : "kinds"}`;
}

function summaryOf(all: number, away: number, connected: number): string {
  const which = all === 1 ? "1 cluster" : `${all} clusters`;
  if (all === 0) return "";
  if (connected === all) return `${which}, and each answers.`;
  if (away === 0) return `${which}, and each answers or is being connected.`;
  return `${away} of ${which} ${away === 1 ? "does" : "do"} not answer.`;
}
