/** One application: an answer first, then what it consists of, what was deployed, what ran. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { AsCli } from "../components/as-cli.tsx";
import { later } from "../components/later.tsx";
import { note } from "../components/notes.tsx";
import { State } from "../components/state.tsx";
import { Ago } from "../components/time.tsx";
import { HeadLines } from "../config/head-lines.tsx";
import { known } from "../store/applications.ts";
import { type Denied, useDenied } from "../store/rights.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { useWhole } from "../store/whole.ts";
import {
  countsOf,
  destinationOf,
  healthOf,
  isRunning,
  keyOf,
  kindOfRun,
  revisionOf,
  sentences,
  sourceOf,
  syncOf,
  undoWords,
} from "../words/app-words.ts";
import type { DeploymentLine } from "../words/deployment-words.ts";
import { History } from "./history.tsx";
import { Outline } from "./outline-grid.tsx";
import { askRefresh, type Refresh } from "./refresh.ts";
import { ResourcePanel } from "./resource-panel.tsx";
import { RollbackReview } from "./rollback-review.tsx";
import { RunView } from "./run-view.tsx";
import { SyncReview } from "./sync-review.tsx";
import { UndoReview } from "./undo-review.tsx";
import { UnholdReview } from "./unhold-review.tsx";

const Graph = later(() => import("./graph.tsx")).part(({ Graph }) => Graph);
const DiffView = later(() => import("./diff-view.tsx")).part(({ DiffView }) => DiffView);

const ConfigView = later(() => import("../config/config-view.tsx")).part(({ ConfigView }) => ConfigView);

const VIEWS = ["resources", "graph", "diff", "history", "run", "config"] as const;
type View = (typeof VIEWS)[number];
const VIEW_WORDS: Readonly<Record<View, string>> = {
  resources: "Resources",
  graph: "Graph",
  diff: "Diff",
  history: "History",
  run: "Runs",
  config: "Config",
};

const VIEW_COMMANDS: Readonly<Record<View, (key: string) => string[]>> = {
  resources: (key) => ["app", "tree", key],
  graph: (key) => ["app", "tree", key],
  diff: (key) => ["app", "diff", key],
  history: (key) => ["app", "history", key],
  run: (key) => ["runs", "--app", key],
  config: (key) => ["app", "get", key, "-o", "yaml"],
};

function viewOf(): View {
  const asked = place.value.query.get("view") as View | null;
  // As it was called before there was more than the manifest.
  if (place.value.query.get("view") === "manifest") return "config";
  return asked !== null && VIEWS.includes(asked) ? asked : "resources";
}

type Open = { is: "sync" } | { is: "undo" } | { is: "unhold" } | { is: "rollback"; to: DeploymentLine };

export function ApplicationPage({ namespace, name }: { namespace: string; name: string }) {
  if (known.value?.has(`${namespace}/${name}`) === false)
    return (
      <>
        <h1 tabIndex={-1}>There is no application {name}</h1>
        <p>
          None is called {namespace}/{name}, or you may not see it.{" "}
          <a href={hrefOf("/applications")}>All applications</a>
        </p>
      </>
    );
  return <OneApplication key={`${namespace}/${name}`} of={`${namespace}/${name}`} />;
}

/** @param of `namespace/name` @param at where it is shown: on a page of its own, or beside the list */
export function OneApplication({ of, at = "page" }: { of: string; at?: "page" | "pane" }) {
  const whole = useWhole(of);
  if (whole.is === "there") return <Whole app={whole.app} at={at} />;
  const Title = at === "page" ? "h1" : "h2";
  return (
    <>
      <Title tabIndex={-1}>{of.slice(of.indexOf("/") + 1)}</Title>
      {whole.is === "refused" ? (
        <p class="refused" role="alert">
          {whole.why}
        </p>
      ) : (
        <p class="dim">{whole.is === "gone" ? "It is gone." : "Asking the daemon…"}</p>
      )}
    </>
  );
}

function Whole({ app, at }: { app: Application; at: "page" | "pane" }) {
  const [open, setOpen] = useState<Open>();
  const view = viewOf();
  const node = place.value.query.get("node");
  const close = (): void => setOpen(undefined);
  const denied = useDenied(keyOf(app));
  return (
    <>
      <Head app={app} at={at} denied={denied} onOpen={setOpen} />
      <HeadLines app={app} />
      <div role="tablist" class="tabs" aria-label={`About ${app.metadata.name}`}>
        {VIEWS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={one === view}
            aria-controls="view"
            onClick={() =>
              go(
                withQuery({
                  view: one === "resources" ? undefined : one,
                  // Two views of the same objects: what is open in one is open in the other.
                  ...(one === "resources" || one === "graph" ? {} : { node: undefined }),
                }),
                "push",
              )
            }
          >
            {VIEW_WORDS[one]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="view" aria-labelledby={`tab-${view}`}>
        {view === "resources" ? (
          <Outline key={keyOf(app)} app={app} />
        ) : view === "graph" ? (
          <Graph key={keyOf(app)} app={app} />
        ) : view === "diff" ? (
          <DiffView key={keyOf(app)} app={app} />
        ) : view === "history" ? (
          <History app={app} denied={denied.sync} onRollBack={(to) => setOpen({ is: "rollback", to })} />
        ) : view === "run" ? (
          <RunView app={app} mayEnd={denied.sync} />
        ) : (
          <ConfigView key={keyOf(app)} app={app} />
        )}
      </div>
      {node !== null && <ResourcePanel key={node} app={app} id={node} noLogs={denied.logs} />}
      {open?.is === "sync" && <SyncReview app={app} onClose={close} />}
      {open?.is === "undo" && <UndoReview app={app} onClose={close} />}
      {open?.is === "unhold" && <UnholdReview app={app} onClose={close} />}
      {open?.is === "rollback" && <RollbackReview app={app} to={open.to} onClose={close} />}
    </>
  );
}

function Head({
  app,
  at,
  denied,
  onOpen,
}: {
  app: Application;
  at: "page" | "pane";
  denied: Denied;
  onOpen(what: Open): void;
}) {
  const { namespace, name } = app.metadata;
  const isHeld = app.status?.hold !== undefined;
  const isGoing = kindOfRun(app) === "Deletion";
  const busy = isGoing ? "Deleting" : isRunning(app) ? "Syncing" : undefined;
  const [isRefreshing, setRefreshing] = useState(false);
  const refresh = async (how: Refresh): Promise<void> => {
    if (isRefreshing) return;
    setRefreshing(true);
    try {
      await askRefresh(app, how);
    } catch (cause) {
      note("bad", cause instanceof Error ? cause.message : String(cause));
    } finally {
      setRefreshing(false);
    }
  };
  const said = sentences(app);
  const undo = undoWords(app);
  const Title = at === "page" ? "h1" : "h2";
  return (
    <section class="application-head">
      <div class="title">
        <Title tabIndex={-1}>
          <span class="dim">{namespace}/</span>
          {name}
        </Title>
        <State word={syncOf(app)} />
        <State word={healthOf(app)} />
        {isHeld && <State word="Held" />}
        <div class="actions">
          <button
            type="button"
            aria-label={`Refresh ${name}`}
            aria-busy={isRefreshing}
            title="With Shift it is rendered again too"
            onClick={({ shiftKey }) => void refresh(shiftKey ? "hard" : "normal")}
          >
            Refresh
          </button>
          {isHeld ? (
            <button
              type="button"
              aria-label={`Lift the hold of ${name}`}
              aria-disabled={denied.sync !== undefined}
              title={denied.sync}
              onClick={() => denied.sync === undefined && onOpen({ is: "unhold" })}
            >
              Lift the hold
            </button>
          ) : (
            <button
              type="button"
              class={busy === undefined && syncOf(app) === "OutOfSync" ? "primary" : ""}
              aria-label={`${busy ?? "Review & sync"} ${name}`}
              aria-disabled={busy !== undefined || denied.sync !== undefined}
              title={denied.sync}
              onClick={() => busy === undefined && denied.sync === undefined && onOpen({ is: "sync" })}
            >
              {busy ?? "Review & sync"}
            </button>
          )}
        </div>
      </div>
      {said.length === 0 ? (
        <p class="words" data-tone="good">
          It is as Git says, and well.
        </p>
      ) : (
        said.map(({ lead, text, tone }) => (
          <p key={`${lead} ${text}`} class="words" data-tone={tone}>
            <b>{lead}</b> {text}
          </p>
        ))
      )}
      <p class="facts">
        <span class="mono">{revisionOf(app)}</span>
        <span>{sourceOf(app)}</span>
        <span>to {destinationOf(app)}</span>
        <span>project {app.spec.project}</span>
        <span>{countsOf(app)}</span>
        <Finished app={app} />
        {undo !== "" && !isGoing && (
          <button
            type="button"
            class="link"
            aria-disabled={denied.sync !== undefined}
            title={denied.sync}
            onClick={() => denied.sync === undefined && onOpen({ is: "undo" })}
          >
            {undo}
          </button>
        )}
      </p>
      <AsCli words={VIEW_COMMANDS[viewOf()](keyOf(app))} />
    </section>
  );
}

function Finished({ app }: { app: Application }) {
  const at = app.status?.operationState?.finishedAt;
  if (at === undefined) return null;
  const kind = kindOfRun(app);
  return (
    <span>
      {kind === "Deletion" ? "deletion stopped " : `last ${kind.toLowerCase()} `}
      <Ago at={at} />
    </span>
  );
}
