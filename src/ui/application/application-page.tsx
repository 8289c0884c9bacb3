/** One application: an answer first, then what it consists of, what was deployed, what ran. */
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { useChosenInSight } from "../components/in-sight.ts";
import { type Later, later } from "../components/later.tsx";
import { State } from "../components/state.tsx";
import { FromNow } from "../components/time.tsx";
import { HeadLines } from "../config/head-lines.tsx";
import { known } from "../store/applications.ts";
import { type Denied, useDenied } from "../store/rights.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { whyStale } from "../store/stale.ts";
import { useWhole } from "../store/whole.ts";
import {
  destinationOf,
  healthOf,
  keyOf,
  revisionOf,
  sentences,
  sourceOf,
  syncOf,
} from "../words/app-words.ts";
import type { DeploymentLine } from "../words/deployment-words.ts";
import { historyCli } from "../words/history-cli.ts";
import { isMaker, makerOf } from "../words/maker.ts";
import type { Origin } from "../words/origin-words.ts";
import { kindsIn } from "../words/timeline.ts";
import { ApplicationHead, type Asks } from "./application-head.tsx";
import { ApplicationKeys } from "./application-keys.tsx";
import { Outline } from "./outline-grid.tsx";
import { pageOfMaker } from "./paths.ts";
import { reviews } from "./reviews-later.ts";
import { RunPage } from "./run-page.tsx";
import { LEFT_WITH_A_RUN } from "./run-query.ts";

const ResourcePanel = later(() => import("./resource-panel.tsx")).part(({ ResourcePanel }) => ResourcePanel);
const graph = later(() => import("./graph.tsx"));
const Graph = graph.part(({ Graph }) => Graph);
const diff = later(() => import("./diff-view.tsx"));
const DiffView = diff.part(({ DiffView }) => DiffView);
const ApproveReview = reviews.part(({ ApproveReview }) => ApproveReview);
const AutomationReview = reviews.part(({ AutomationReview }) => AutomationReview);
const DeleteReview = reviews.part(({ DeleteReview }) => DeleteReview);
const RollbackReview = reviews.part(({ RollbackReview }) => RollbackReview);
const SyncReview = reviews.part(({ SyncReview }) => SyncReview);
const TerminateReview = reviews.part(({ TerminateReview }) => TerminateReview);
const UndoReview = reviews.part(({ UndoReview }) => UndoReview);
const UnholdReview = reviews.part(({ UnholdReview }) => UnholdReview);

const history = later(() => import("./history.tsx"));
const History = history.part(({ History }) => History);
const run = later(() => import("./run-view.tsx"));
const RunView = run.part(({ RunView }) => RunView);
const events = later(() => import("./events-view.tsx"));
const EventsView = events.part(({ EventsView }) => EventsView);
const config = later(() => import("../config/config-view.tsx"));
const ConfigView = config.part(({ ConfigView }) => ConfigView);
/** Of those views whose scripts come later. */
const VIEW_PARTS: Readonly<Partial<Record<View, Pick<Later<unknown>, "load">>>> = {
  ...{ graph, diff, history, run, events, config },
};

const VIEWS = ["resources", "graph", "diff", "history", "run", "events", "config"] as const;
type View = (typeof VIEWS)[number];
const VIEW_WORDS: Readonly<Record<View, string>> = {
  resources: "Resources",
  graph: "Graph",
  diff: "Diff",
  history: "History",
  run: "Runs",
  events: "Events",
  config: "Config",
};

const VIEW_COMMANDS: Readonly<Record<View, (key: string) => string[]>> = {
  resources: (key) => ["app", "tree", key],
  graph: (key) => ["app", "tree", key],
  diff: (key) => ["app", "diff", key],
  history: (key) => historyCli(key, historyAsked()) ?? ["app", "history", key],
  run: (key) => ["runs", "--app", key],
  events: (key) => ["app", "events", key],
  config: (key) => ["app", "get", key, "-o", "yaml"],
};

function historyAsked(): Parameters<typeof historyCli>[1] {
  const { query } = place.value;
  return { kinds: kindsIn(query.get("what")), words: query.get("find") ?? "" };
}

function viewOf(): View {
  const asked = place.value.query.get("view") as View | null;
  // As it was called before there was more than the manifest.
  if (place.value.query.get("view") === "manifest") return "config";
  return asked !== null && VIEWS.includes(asked) ? asked : "resources";
}

type Open = { is: Exclude<Asks, "run" | "rollback"> } | { is: "rollback"; to?: DeploymentLine };

/** It leads here. */
export { RunPage };

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
  // They come while the daemon is asked, not after it.
  useLayoutEffect(() => VIEW_PARTS[viewOf()]?.load(), []);
  if (whole.is === "there") return <Whole app={whole.app} origin={whole.origin} at={at} />;
  const Title = at === "page" ? "h1" : "h2";
  return (
    <>
      <Title tabIndex={-1}>{of.slice(of.indexOf("/") + 1)}</Title>
      {whole.is === "refused" ? (
        <p class="refused" role="alert">
          {whole.why}
        </p>
      ) : (
        <NotWhole of={of} is={whole.is} />
      )}
    </>
  );
}

/** What the list knows already, where the daemon does not answer for the rest. */
function NotWhole({ of, is }: { of: string; is: "gone" | "asking" }) {
  const listed = known.value?.get(of);
  if (is === "gone") return <p class="dim">It is gone.</p>;
  if (whyStale() === undefined || listed === undefined) return <p class="dim">Asking the daemon…</p>;
  return (
    <>
      <p class="row">
        <State word={syncOf(listed)} />
        <State word={healthOf(listed)} />
      </p>
      {sentences(listed).map(({ lead, text, tone }) => (
        <p key={`${lead} ${text}`} class="words" data-tone={tone}>
          <b>{lead}</b> <FromNow text={text} />
        </p>
      ))}
      <p class="dim">
        {revisionOf(listed)}, {sourceOf(listed)}, to {destinationOf(listed)}
      </p>
      <p>
        This is what the list had. The rest was not read before the connection was lost, and comes when it is
        back.
      </p>
    </>
  );
}

function Whole({ app, origin, at }: { app: Application; origin: Origin; at: "page" | "pane" }) {
  const [open, setOpen] = useState<Open>();
  const view = viewOf();
  const asked = place.value.query.get("node");
  const maker = makerOf(origin);
  const isElsewhere = isMaker(asked, maker, app.status?.resources ?? []);
  const node = isElsewhere ? null : asked;
  useEffect(() => {
    if (isElsewhere && maker !== undefined) go(pageOfMaker(maker), "replace");
  }, [isElsewhere]);
  const close = (): void => setOpen(undefined);
  const denied = useDenied(keyOf(app));
  const tabs = useChosenInSight<HTMLDivElement>(view);
  const show = (view: View): void =>
    go(
      withQuery({
        view: view === "resources" ? undefined : view,
        // Two views of the same objects: what is open in one is open in the other.
        ...(view === "resources" || view === "graph" ? {} : { node: undefined }),
        ...(view === "config" ? {} : { edit: undefined }),
        // What is looked for in one view is not looked for in another.
        ...{ ...LEFT_WITH_A_RUN, run: undefined, pages: undefined, of: undefined, find: undefined },
      }),
      "push",
    );
  return (
    <>
      {at === "page" && <ApplicationKeys app={app} node={node} views={VIEWS} onView={show} />}
      <ApplicationHead
        situation={{ app, denied, origin }}
        at={at}
        cli={VIEW_COMMANDS[view](keyOf(app))}
        onAsk={(what) => (what === "run" ? show("run") : setOpen({ is: what }))}
      />
      <HeadLines app={app} />
      <div ref={tabs} role="tablist" class="tabs" aria-label={`About ${app.metadata.name}`}>
        {VIEWS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={one === view}
            aria-controls="view"
            onClick={() => show(one)}
          >
            {VIEW_WORDS[one]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="view" aria-labelledby={`tab-${view}`}>
        {view === "resources" ? (
          <Outline key={keyOf(app)} app={app} origin={origin} />
        ) : view === "graph" ? (
          <Graph key={keyOf(app)} app={app} origin={origin} />
        ) : view === "diff" ? (
          <DiffView key={keyOf(app)} app={app} />
        ) : view === "history" ? (
          <History app={app} denied={denied.sync} onRollBack={(to) => setOpen({ is: "rollback", to })} />
        ) : view === "events" ? (
          <EventsView key={keyOf(app)} app={app} />
        ) : view === "run" ? (
          <RunView app={app} deeds={{ denied: denied.sync, onRetry: () => setOpen({ is: "sync" }) }} />
        ) : (
          <ConfigView key={keyOf(app)} app={app} origin={origin} denied={denied.update} />
        )}
      </div>
      {node !== null && <ResourcePanel key={node} app={app} id={node} noLogs={denied.logs} />}
      {open !== undefined && (
        <Review
          {...{ open, app, origin, denied }}
          onUnhold={() => setOpen({ is: "unhold" })}
          onClose={close}
        />
      )}
    </>
  );
}

function Review({
  open,
  app,
  origin,
  denied,
  onUnhold,
  onClose,
}: {
  open: Open;
  app: Application;
  origin: Origin;
  denied: Denied;
  onUnhold(): void;
  onClose(): void;
}) {
  switch (open.is) {
    case "sync":
      return <SyncReview app={app} onClose={onClose} />;
    case "undo":
      return <UndoReview app={app} onClose={onClose} />;
    case "unhold":
      return <UnholdReview app={app} onClose={onClose} />;
    case "rollback":
      return <RollbackReview app={app} to={open.to} denied={denied} onUnhold={onUnhold} onClose={onClose} />;
    case "terminate":
      return <TerminateReview app={app} onClose={onClose} />;
    case "confirm":
      return app.metadata.deletionTimestamp === undefined ? (
        <SyncReview app={app} start="approve" onClose={onClose} />
      ) : (
        <ApproveReview app={app} onClose={onClose} />
      );
    case "pause":
    case "resume":
      return <AutomationReview app={app} to={open.is === "pause" ? "paused" : "on"} onClose={onClose} />;
    case "delete":
      return <DeleteReview app={app} origin={origin} onClose={onClose} />;
  }
}
