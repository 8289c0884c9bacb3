/** The answer before everything else: how one application stands, why, and what can be done about it. */

import { useEffect, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { commitLines } from "../../core/model/commit-lines.ts";
import { lastSyncOf, withoutDryRun } from "../../core/model/last-sync.ts";
import { suspendedHookIn } from "../../core/model/suspended-hook.ts";
import { SHORTCUTS, useShortcuts } from "../app/shortcuts.ts";
import { AsCli, copy } from "../components/as-cli.tsx";
import type { Answer } from "../components/asked.tsx";
import { later } from "../components/later.tsx";
import { Menu, type MenuItem } from "../components/menu.tsx";
import { note } from "../components/notes.tsx";
import { Star } from "../components/star.tsx";
import { State } from "../components/state.tsx";
import { Ago, FromNow } from "../components/time.tsx";
import { askedThere } from "../store/asked-there.ts";
import { offerHere } from "../store/offered.ts";
import { hrefOf, withQuery } from "../store/route.ts";
import {
  blamedPod,
  countsOf,
  destinationOf,
  healthOf,
  keyOf,
  kindOfRun,
  lastDeployed,
  revisionOf,
  sentences,
  shortOf,
  sourceOf,
  startedBy,
  syncOf,
  undoWords,
  unplacedPod,
  wellWords,
} from "../words/app-words.ts";
import { type ActionId, actionsOf, backOf, primaryOf, type Situation } from "../words/application-actions.ts";
import { cliLine } from "../words/cli-line.ts";
import { policyOf } from "../words/policy-words.ts";
import { idOfResource } from "../words/resource-ids.ts";
import { Author, Subject } from "./commit-words.tsx";
import { OpenMenu } from "./open-menu.tsx";
import { pageAt, pageOf, setPageAt } from "./paths.ts";
import { askRefresh, type Refresh } from "./refresh.ts";
import { RolledBack } from "./rolled-back.tsx";
import { type Deployments, useDeployments } from "./use-deployments.ts";

/** Most applications have nothing to resume. */
const ResumeButton = later(() => import("./resume-button.tsx")).extra(({ ResumeButton }) => ResumeButton);

const KEYS: Readonly<Partial<Record<ActionId, string>>> = {
  sync: SHORTCUTS.sync.shown,
  refresh: SHORTCUTS.refresh.shown,
  "hard-refresh": SHORTCUTS["hard-refresh"].shown,
  link: SHORTCUTS.link.shown,
};
const TITLES: Readonly<Partial<Record<ActionId, string>>> = {
  refresh: "Look at Git and the cluster again",
  "hard-refresh": "Look again, and render again though nothing of its sources changed",
};

/** What opens a review, or leads to a view; the rest is done at once, because it writes nothing. */
export type Asks = Exclude<ActionId, "refresh" | "hard-refresh" | "link" | "cli">;

export function ApplicationHead({
  situation,
  at,
  cli,
  onAsk,
}: {
  situation: Situation;
  at: "page" | "pane";
  /** What is shown below, by the command line: words after `holdfast`. */
  cli: readonly string[];
  onAsk(what: Asks): void;
}) {
  const { app } = situation;
  const { namespace, name } = app.metadata;
  const [isRefreshing, setRefreshing] = useState(false);
  const [opening, setOpening] = useState(0);
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
  const act = (id: ActionId): void => {
    if (id === "refresh") void refresh("normal");
    else if (id === "hard-refresh") void refresh("hard");
    else if (id === "link") void copy(linkOf(app, at));
    else if (id === "cli") void copy(cliLine(cli));
    else onAsk(id);
  };
  const groups = actionsOf(situation).map((group) =>
    group.map(
      ({ id, word, why }): MenuItem => ({
        ...{ id, word, why, key: KEYS[id], act: () => act(id) },
        tone: id === "delete" ? "danger" : undefined,
      }),
    ),
  );
  const primary = primaryOf(situation);
  const back = at === "page" ? backOf(situation) : undefined;
  const said = sentences(app);
  const deployments = useDeployments(app);
  const Title = at === "page" ? "h1" : "h2";
  return (
    <section class="application-head">
      {at === "page" && (
        <Keys app={app} groups={groups} onActions={() => setOpening((before) => before + 1)} />
      )}
      <div class="title">
        <Title tabIndex={-1}>
          <span class="dim">{namespace}/</span>
          {name}
        </Title>
        <Star app={app} />
        {/* Two that are the same word are told apart. */}
        <State word={syncOf(app)} of={syncOf(app) === healthOf(app) ? "Sync" : undefined} />
        <State word={healthOf(app)} of={syncOf(app) === healthOf(app) ? "Health" : undefined} />
        {app.status?.hold !== undefined && <State word="Held" />}
        <div class="actions">
          {isRefreshing && (
            <span class="dim" role="status">
              Refreshing…
            </span>
          )}
          <OpenMenu app={app} />
          {primary !== undefined && (
            <button
              type="button"
              class={primary.isDue ? "primary" : ""}
              aria-label={`${primary.word} ${primary.id === "unhold" ? "of " : ""}${name}`}
              aria-disabled={primary.why !== undefined}
              title={primary.why ?? TITLES[primary.id]}
              onClick={() => primary.why === undefined && act(primary.id)}
            >
              {primary.word}
            </button>
          )}
          {back !== undefined && (
            <button
              type="button"
              class="in-the-menu-too"
              aria-label={`Roll back ${name}…`}
              onClick={() => act("rollback")}
            >
              {back.word}
            </button>
          )}
          <Menu word="Actions" name={`Actions of ${name}`} groups={groups} opening={opening} />
        </div>
      </div>
      {said.length === 0 ? (
        <p class="words" data-tone="good">
          {wellWords(app)}
        </p>
      ) : (
        said.map(({ lead, text, tone }) => (
          <p key={`${lead} ${text}`} class="words" data-tone={tone}>
            <b>{lead}</b> <FromNow text={text} /> <LogOf text={text} />
            <HookOf app={app} text={text} />
            {text.includes("Correct the source's path") && (
              <a href={hrefOf(withQuery({ view: "config", edit: "yes", node: undefined, tab: undefined }))}>
                Edit its source
              </a>
            )}
            {lead === "Suspended" && <ResumeOf app={app} />}
          </p>
        ))
      )}
      <RolledBack app={app} />
      <Now app={app} deployments={deployments} />
      <p class="facts">
        <span>
          revision <span class="mono">{revisionOf(comparedNow(app, deployments))}</span>
        </span>
        <Place of={sourceOf(app)} />
        <span>to {destinationOf(app)}</span>
        <span>project {app.spec.project}</span>
        <span>{countsOf(app)}</span>
        <span class="lately">
          <span>{policyOf(app, situation.origin)}</span>
          <MadeBy origin={situation.origin} />
          <Finished app={app} />
          <Undo situation={situation} onAsk={onAsk} />
        </span>
      </p>
      <AsCli words={cli} />
    </section>
  );
}

/** Beside what a Pod is to blame for, the way to what it wrote; of one that has no node, to what happened to it. */
function LogOf({ text }: { text: string }) {
  const writer = blamedPod(text);
  const pod = writer ?? unplacedPod(text);
  if (pod === undefined) return null;
  const [tab, word] = writer === undefined ? ["events", "See its events"] : ["logs", "Read its log"];
  return <a href={hrefOf(withQuery({ node: `/Pod/${pod.namespace}/${pod.name}`, tab }))}>{word}</a>;
}

/** Beside a hook that waits for somebody, the way to it: its actions are what lifts it. */
function HookOf({ app, text }: { app: Application; text: string }) {
  const hook = suspendedHookIn(text);
  if (hook === undefined) return null;
  const { group, kind, namespace, name } = hook;
  const id = `${group}/${kind}/${namespace}/${name}`;
  return (
    <>
      <a href={hrefOf(withQuery({ node: id }))}>
        Open {kind} {name}
      </a>{" "}
      <ResumeButton key={id} app={app} id={id} />
    </>
  );
}

/** Beside what is Suspended, what lets the first such object go on. */
function ResumeOf({ app }: { app: Application }) {
  const first = app.status?.resources?.find(({ health }) => health?.status === "Suspended");
  if (first === undefined) return null;
  const id = idOfResource(first);
  return <ResumeButton key={id} app={app} id={id} />;
}

/** The keys of the page, and what the palette finds while this application is shown. */
function Keys({
  app,
  groups,
  onActions,
}: {
  app: Application;
  groups: readonly (readonly MenuItem[])[];
  onActions(): void;
}) {
  const items = groups.flat();
  const press = (id: ActionId) => (): void => {
    const item = items.find((one) => one.id === id);
    // What a key cannot do is said, because nobody points at it.
    if (item?.why !== undefined) note("bad", `${item.word.replace("…", "")}: ${item.why}`);
    else item?.act();
  };
  useShortcuts({
    sync: press("sync"),
    refresh: press("refresh"),
    "hard-refresh": press("hard-refresh"),
    link: press("link"),
    actions: onActions,
  });
  useEffect(() => offerHere({ app, items }));
  const asked = askedThere.value;
  const isAsked = asked?.key === keyOf(app);
  useEffect(() => {
    if (asked === undefined || !isAsked) return;
    askedThere.value = undefined;
    press(asked.id)();
  }, [isAsked]);
  return null;
}

/** What it is compared with by the answer that says who made it: what a stream told may be of the commit before. */
function comparedNow(app: Application, deployments: Answer<Deployments>): Application {
  if (deployments.is !== "answered" || app.status === undefined) return app;
  const { revisions } = deployments.value;
  const at =
    app.status.sync.revisions === undefined
      ? { revision: revisions[0] ?? "" }
      : { revisions: [...revisions] };
  return { ...app, status: { ...app.status, sync: { ...app.status.sync, ...at } } };
}

/** Who changed it last and by which commit, and what it is at where that is another one; what is not known says nothing. */
function Now({ app, deployments }: { app: Application; deployments: Answer<Deployments> }) {
  if (deployments.is !== "answered") return null;
  return (
    <>
      {commitLines(app, deployments.value).map(({ about, commit, lead, tip }) => (
        <p key={`${lead} ${commit}`} class="facts commit">
          <span>{lead}</span>
          {commit !== "" && (
            <span class="mono" title={commit}>
              {shortOf(commit)}
            </span>
          )}
          <span>
            <Subject text={about.subject} />
          </span>
          <span>
            <Author of={about} />
          </span>
          {tip !== undefined && (
            <span class="dim">
              {tip.lead}{" "}
              <span class="mono" title={tip.commit}>
                {shortOf(tip.commit)}
              </span>
            </span>
          )}
        </p>
      ))}
    </>
  );
}

/** Where Git has it: of a long one the repository gives way, and its folder goes to a line of its own before it is cut. */
function Place({ of }: { of: string }) {
  const [repository = "", ...rest] = of.split(" · ");
  const part = rest.length === 0 ? "" : `· ${rest.join(" · ")}`;
  return (
    <span class="source" title={of} style={{ "--part": `${Math.max(8, part.length)}ch` }}>
      from <span class="repository">{repository}</span>
      {part !== "" && <span class="part">{part}</span>}
    </span>
  );
}

/** Whose child it is: the ApplicationSet, or the application, above it. */
function MadeBy({ origin }: Pick<Situation, "origin">) {
  if (origin?.from !== "parent") return null;
  if (origin.set !== undefined)
    return (
      <span>
        made by <a href={hrefOf(setPageAt(origin.set))}>ApplicationSet {origin.set}</a>
      </span>
    );
  return origin.parent === undefined ? null : (
    <span>
      rendered by <a href={hrefOf(pageAt(origin.parent))}>{origin.parent}</a>
    </span>
  );
}

function Undo({ situation, onAsk }: { situation: Situation; onAsk(what: Asks): void }) {
  const undo = undoWords(situation.app);
  const { denied, app } = situation;
  if (undo === "" || app.metadata.deletionTimestamp !== undefined) return null;
  return (
    <button
      type="button"
      class="link"
      aria-disabled={denied.sync !== undefined}
      title={denied.sync}
      onClick={() => denied.sync === undefined && onAsk("undo")}
    >
      {undo}
    </button>
  );
}

function linkOf(app: Application, at: "page" | "pane"): string {
  return new URL(hrefOf(at === "page" ? withQuery({}) : pageOf(app)), location.href).href;
}

function Finished({ app }: { app: Application }) {
  const last = lastSyncOf(app.status);
  const at = last?.finishedAt;
  if (at === undefined) return null;
  const kind = kindOfRun(withoutDryRun(app));
  const by = startedBy(app);
  const hasFailed = last?.phase !== "Succeeded";
  // One that failed deployed nothing, and what did stays said.
  const deployed = hasFailed ? lastDeployed(app) : undefined;
  return (
    <span>
      {deployed !== undefined && (
        <>
          deployed <Ago at={deployed.at} />
          {deployed.by !== "" && ` by ${deployed.by}`},{" "}
        </>
      )}
      {kind === "Deletion" ? "deletion stopped " : `last ${kind.toLowerCase()} ${hasFailed ? "failed " : ""}`}
      <Ago at={at} />
      {by !== "" && ` by ${by}`}
    </span>
  );
}
