/** One cluster: whether it answers and why not, what of it is looked at, and what stands on it. */
import { useState } from "preact/hooks";
import type { Transition } from "../../core/model/transition.ts";
import { ApplicationsOf } from "../components/applications-of.tsx";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { later } from "../components/later.tsx";
import { NotThere } from "../components/not-there.tsx";
import { note } from "../components/notes.tsx";
import { State } from "../components/state.tsx";
import { Ago } from "../components/time.tsx";
import { TransitionRows } from "../components/transition-rows.tsx";
import { applications, now } from "../store/applications.ts";
import { useWhyNot } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import { go, hrefOf } from "../store/route.ts";
import { clusterOf, keyOf } from "../words/app-words.ts";
import { scopeOf } from "../words/cluster-change.ts";
import { fixOf } from "../words/connection-words.ts";

interface Cluster {
  name: string;
  server: string;
  project?: string;
  namespaces?: string[];
  clusterResources?: boolean;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Absent: its entry may not be seen. */
  holdfast?: {
    keptIn: "config" | "data" | "secret";
    credential: string;
    token?: "of-account-secret" | "other";
  };
  serverVersion: string;
  connectionState: { status: string; message: string; attemptedAt: string | null };
  info: { cacheInfo?: { resourcesCount?: number; apisCount?: number; lastCacheSyncTime?: string } };
}

const ChangeCluster = later(() => import("./cluster-forms.ts")).part(({ ChangeCluster }) => ChangeCluster);

/** What is not the daemon's own is changed where it stands. */
const ELSEWHERE = {
  config: "It stands in clusters of the config: change it there, it is read again when it changes",
  secret: "It stands in a Secret of the home cluster: change it there, it is followed as it changes",
  data: undefined,
} as const;
const BY: Readonly<Record<string, string>> = {
  ...{ kubeconfig: "a kubeconfig", "service-account": "the account of the daemon's Pod" },
  ...{ token: "a token", certificate: "a certificate", password: "a name and a password" },
  ...{ exec: "a program", aws: "a program of AWS", nothing: "nothing" },
};

const WORDS: Readonly<Record<string, string>> = { Successful: "Connected", Failed: "Unreachable" };
/** Of a review: the others are counted. */
const MOST_NAMED = 20;

export function ClusterPage({ name }: { name: string }) {
  const path = `/api/v1/clusters/${encodeURIComponent(name)}`;
  const [round, setRound] = useState(0);
  const answer = useAsked((signal) => ask<Cluster>("GET", path, { signal }), [name, now.value, round]);
  if (answer.is === "refused") return <NotThere title={name} why={answer.why} all="clusters" />;
  return (
    <>
      <Asked answer={answer} waiting="Asking the daemon" title={name}>
        {(cluster) => <Shown path={path} cluster={cluster} onRead={() => setRound(round + 1)} />}
      </Asked>
      <AsCli words={["cluster", "get", name]} />
    </>
  );
}

function Shown({ path, cluster, onRead }: { path: string; cluster: Cluster; onRead(): void }) {
  const {
    name,
    server,
    project,
    namespaces = [],
    clusterResources = false,
    serverVersion,
    holdfast,
  } = cluster;
  const { labels = {}, annotations = {} } = cluster;
  const { status, message, attemptedAt } = cluster.connectionState;
  const { resourcesCount, apisCount, lastCacheSyncTime: listedAt } = cluster.info.cacheInfo ?? {};
  const [open, setOpen] = useState<"remove" | "change" | "renew">();
  const [tested, setTested] = useState<
    { is: "asking" } | { is: "told"; tone: "good" | "bad"; text: string }
  >();
  const object = project === undefined ? server : `${project}/${server}`;
  const [noUpdate, noDelete] = [
    useWhyNot("clusters", "update", object),
    useWhyNot("clusters", "delete", object),
  ];
  const elsewhere = holdfast === undefined ? undefined : ELSEWHERE[holdfast.keptIn];
  const noRenewal =
    noUpdate ??
    elsewhere ??
    (holdfast === undefined || holdfast.token === "of-account-secret"
      ? undefined
      : `It is reached by ${holdfast.token === "other" ? "another token" : (BY[holdfast.credential] ?? holdfast.credential)}: a token that lives in a ServiceAccount's Secret alone is renewed here`);
  const test = async (): Promise<void> => {
    if (tested?.is === "asking") return;
    setTested({ is: "asking" });
    setTested({ is: "told", ...(await testedOf(name)) });
    onRead();
  };
  const of = applications.value.filter(
    (app) => [name, server].includes(clusterOf(app)) || app.spec.destination.server === server,
  );
  const fix = fixOf("cluster", message);
  const refresh = async (): Promise<void> => {
    try {
      await ask("POST", `${path}/invalidate-cache`);
      note("good", `All that applications have on ${name} is read again`);
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
          <Act why={noUpdate} onAct={() => void test()}>
            {tested?.is === "asking" ? "Asking it" : "Test"}
          </Act>
          <Act why={noUpdate} onAct={() => void refresh()}>
            Refresh
          </Act>
          <Act why={noUpdate ?? elsewhere} onAct={() => setOpen("change")}>
            Change
          </Act>
          <Act why={noRenewal} onAct={() => setOpen("renew")}>
            Renew its token
          </Act>
          <Act why={noDelete ?? elsewhere} onAct={() => setOpen("remove")}>
            Remove
          </Act>
        </div>
      </div>
      {tested?.is === "told" && (
        <p class="words" data-tone={tested.tone} role="status">
          {tested.text}
        </p>
      )}
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
              {listedAt !== undefined && (
                <>
                  , last listed whole <Ago at={listedAt} />
                </>
              )}
            </dd>
          </div>
        )}
        <div>
          <dt>Looked at</dt>
          <dd>{scopeOf({ namespaces, clusterResources })}</dd>
        </div>
        {holdfast !== undefined && (
          <div>
            <dt>Reached by</dt>
            <dd>
              {BY[holdfast.credential] ?? holdfast.credential}
              {holdfast.keptIn !== "data" &&
                `; it stands in ${holdfast.keptIn === "config" ? "the config" : "a Secret of the home cluster"}`}
            </dd>
          </div>
        )}
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
        <Pairs head="Labels" of={labels} />
        <Pairs head="Annotations" of={annotations} />
      </dl>
      <CameAndWent name={name} status={status} />
      <h2 class="small">Applications on it</h2>
      <ApplicationsOf apps={of} none="None." />
      {open === "change" && (
        <ChangeCluster
          path={path}
          before={{ name, project: project ?? "", labels, annotations, namespaces, clusterResources }}
          onClose={() => {
            setOpen(undefined);
            onRead();
          }}
        />
      )}
      {open === "renew" && (
        <Dialog
          title={`Renew the token of ${name}?`}
          cli={["cluster", "rotate-auth", name]}
          offer={{
            label: "Renew",
            async work() {
              await ask("POST", `${path}/rotate-auth?id.type=name`, { body: {} });
              note("good", `${name} has a new token, and the old one is revoked`);
              onRead();
            },
          }}
          onClose={() => setOpen(undefined)}
        >
          <p>
            The daemon makes a second token of its account there, proves it, goes on with it, and then deletes
            the Secret of the old one. Where one of these fails the old one stays in use. Whatever else uses
            the old token is refused from then on.
          </p>
        </Dialog>
      )}
      {open === "remove" && (
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
          onClose={() => setOpen(undefined)}
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

/** When it went away and came back, with the cause. */
function CameAndWent({ name, status }: { name: string; status: string }) {
  const answer = useAsked(
    (signal) =>
      ask<{ items: Transition[] }>(
        "GET",
        `/api/holdfast/v1/transitions?cluster=${encodeURIComponent(name)}&limit=${MOST_NAMED}`,
        { signal },
      ),
    [name, status, now.value],
  );
  // Of one that never went away there is nothing to say.
  if (answer.is === "asking" || (answer.is === "answered" && answer.value.items.length === 0)) return null;
  return (
    <>
      <h2 class="small">When it was away</h2>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ items }) => (
          <>
            <TransitionRows items={items} of="none" none="Never, as far as is kept." />
            <AsCli words={["activity", "transitions", "--cluster", name, "--limit", String(MOST_NAMED)]} />
          </>
        )}
      </Asked>
    </>
  );
}

function Act({
  why,
  onAct,
  children,
}: {
  /** Why it cannot be done. */
  why: string | undefined;
  onAct(): void;
  children: string;
}) {
  return (
    <button
      type="button"
      aria-disabled={why !== undefined}
      title={why}
      onClick={() => why === undefined && onAct()}
    >
      {children}
    </button>
  );
}

function Pairs({ head, of }: { head: string; of: Readonly<Record<string, string>> }) {
  const pairs = Object.entries(of);
  if (pairs.length === 0) return null;
  return (
    <div>
      <dt>{head}</dt>
      <dd class="mono">
        {pairs.map(([key, value]) => (
          <div key={key}>
            {key}={value}
          </div>
        ))}
      </dd>
    </div>
  );
}

/** What it answers now, and where it does not what usually helps. */
async function testedOf(name: string): Promise<{ tone: "good" | "bad"; text: string }> {
  try {
    const { serverVersion, tookMs } = await ask<{ serverVersion: string; tookMs: number }>(
      "POST",
      `/api/holdfast/v1/clusters/${encodeURIComponent(name)}/test?id.type=name`,
      { body: {} },
    );
    return { tone: "good", text: `It answered in ${tookMs} ms: ${serverVersion}.` };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const fix = fixOf("cluster", why);
    return { tone: "bad", text: fix === undefined ? why : `${why}\n${fix}` };
  }
}
