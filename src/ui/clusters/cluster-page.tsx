/** One cluster: whether it answers and why not, what of it is looked at, and what stands on it. */
import { useState } from "preact/hooks";
import { ApplicationsOf } from "../components/applications-of.tsx";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { State } from "../components/state.tsx";
import { Ago } from "../components/time.tsx";
import { applications, now } from "../store/applications.ts";
import { useWhyNot } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import { go, hrefOf } from "../store/route.ts";
import { clusterOf, keyOf } from "../words/app-words.ts";
import { fixOf } from "../words/connection-words.ts";

interface Cluster {
  name: string;
  server: string;
  project?: string;
  namespaces?: string[];
  clusterResources?: boolean;
  labels?: Record<string, string>;
  serverVersion: string;
  connectionState: { status: string; message: string; attemptedAt: string | null };
  info: { cacheInfo?: { resourcesCount?: number; apisCount?: number } };
}

const WORDS: Readonly<Record<string, string>> = { Successful: "Connected", Failed: "Unreachable" };
/** Of a review: the others are counted. */
const MOST_NAMED = 20;

export function ClusterPage({ name }: { name: string }) {
  const path = `/api/v1/clusters/${encodeURIComponent(name)}`;
  const [round, setRound] = useState(0);
  const answer = useAsked((signal) => ask<Cluster>("GET", path, { signal }), [name, now.value, round]);
  return (
    <>
      <Asked answer={answer} waiting="Asking the daemon">
        {(cluster) => <Shown path={path} cluster={cluster} onRead={() => setRound(round + 1)} />}
      </Asked>
      <AsCli words={["cluster", "get", name]} />
    </>
  );
}

function Shown({ path, cluster, onRead }: { path: string; cluster: Cluster; onRead(): void }) {
  const { name, server, project, namespaces = [], clusterResources, labels = {}, serverVersion } = cluster;
  const { status, message, attemptedAt } = cluster.connectionState;
  const { resourcesCount, apisCount } = cluster.info.cacheInfo ?? {};
  const [isRemoving, setRemoving] = useState(false);
  const object = project === undefined ? server : `${project}/${server}`;
  const [noUpdate, noDelete] = [
    useWhyNot("clusters", "update", object),
    useWhyNot("clusters", "delete", object),
  ];
  const of = applications.value.filter(
    (app) => [name, server].includes(clusterOf(app)) || app.spec.destination.server === server,
  );
  const fix = fixOf("cluster", message);
  const refresh = async (): Promise<void> => {
    try {
      await ask("POST", `${path}/invalidate-cache`);
      note("good", `All of ${name} that applications have is looked at anew`);
    } catch (cause) {
      note("bad", cause instanceof Error ? cause.message : String(cause));
    }
    onRead();
  };
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1}>{name}</h1>
        <State word={WORDS[status] ?? "Starting"} />
        <div class="actions">
          <button
            type="button"
            aria-disabled={noUpdate !== undefined}
            title={noUpdate}
            onClick={() => noUpdate === undefined && void refresh()}
          >
            Look at it anew
          </button>
          <button
            type="button"
            aria-disabled={noDelete !== undefined}
            title={noDelete}
            onClick={() => noDelete === undefined && setRemoving(true)}
          >
            Remove
          </button>
        </div>
      </div>
      {message !== "" && (
        <p class="words" data-tone="bad">
          {message}
          {fix !== undefined && `\n${fix}`}
        </p>
      )}
      <dl class="permits">
        <div>
          <dt>Address</dt>
          <dd class="mono">{server}</dd>
        </div>
        <div>
          <dt>{status === "Failed" ? "Unreachable since" : "Connected since"}</dt>
          <dd>{attemptedAt === null ? "not yet" : <Ago at={attemptedAt} />}</dd>
        </div>
        <div>
          <dt>Kubernetes</dt>
          <dd>{serverVersion === "" ? "not known yet" : serverVersion}</dd>
        </div>
        {resourcesCount !== undefined && (
          <div>
            <dt>Watched</dt>
            <dd>
              {resourcesCount} objects of {apisCount ?? 0} kinds
            </dd>
          </div>
        )}
        <div>
          <dt>Looked at</dt>
          <dd>
            {namespaces.length === 0
              ? "all of it"
              : `namespaces ${namespaces.join(", ")}${clusterResources === true ? ", and what is in no namespace" : " alone"}`}
          </dd>
        </div>
        <div>
          <dt>For</dt>
          <dd>
            {project === undefined || project === "" ? (
              "every project that permits it"
            ) : (
              <a href={hrefOf(`/projects/${encodeURIComponent(project)}`)}>project {project} alone</a>
            )}
          </dd>
        </div>
        {Object.keys(labels).length > 0 && (
          <div>
            <dt>Labels</dt>
            <dd class="mono">
              {Object.entries(labels).map(([key, value]) => (
                <div key={key}>
                  {key}={value}
                </div>
              ))}
            </dd>
          </div>
        )}
      </dl>
      <h2 class="small">Applications on it</h2>
      <ApplicationsOf apps={of} none="None." />
      {isRemoving && (
        <Dialog
          title={`Remove ${name}?`}
          cli={["cluster", "rm", name]}
          offer={{
            label: "Remove",
            tone: "danger",
            async work() {
              await ask("DELETE", path);
              note("good", `${name} is removed`);
              go("/clusters", "push");
            },
          }}
          onClose={() => setRemoving(false)}
        >
          <p>
            Nothing on it is touched.{" "}
            {of.length === 0
              ? "No application is on it."
              : `${of.length === 1 ? "1 application is" : `${of.length} applications are`} no longer delivered or healed:`}
          </p>
          <ul>
            {of.slice(0, MOST_NAMED).map((app) => (
              <li key={keyOf(app)}>{keyOf(app)}</li>
            ))}
            {of.length > MOST_NAMED && <li class="dim">and {of.length - MOST_NAMED} more</li>}
          </ul>
        </Dialog>
      )}
    </>
  );
}
