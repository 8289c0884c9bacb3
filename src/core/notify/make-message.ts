import { defined } from "../../lib/defined.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { Application } from "../model/application.ts";
import type { CommitAbout } from "../model/commit-about.ts";
import type { NotificationFact, NotificationMessage, Tone } from "../model/notification.ts";
import type { Source } from "../model/source.ts";
import type { Transition, TransitionKind } from "../model/transition.ts";
import { type ToldRevisions, toldRevisions } from "./told-commit.ts";

/** What is known of an event beside itself. */
export interface About {
  /** As it is now; absent: it is gone, or was never here. */
  app?: Application | undefined;
  /** The first of `toldRevisions`. */
  commit?: CommitAbout | undefined;
  /** Address of the page, without a slash at its end. */
  url?: string | undefined;
  /** Of `namespace/name`, the name alone is said in it. */
  homeNamespace: string;
}

interface Words {
  tone: Tone;
  /** Behind the name of whom it is of. */
  what: string;
  next?: (name: string) => string;
  /** What goes on from here, or is over: by the event that begins it. */
  condition?: { of: TransitionKind; is: "began" | "ended" };
}

const explains = (name: string): string => `holdfast app get ${name} says what to do.`;

const WORDS: Readonly<Record<TransitionKind, Words>> = {
  created: { tone: "neutral", what: "application created" },
  deleted: { tone: "neutral", what: "application deleted" },
  "sync-running": { tone: "neutral", what: "sync started" },
  "sync-succeeded": { tone: "good", what: "synced", condition: { of: "sync-failed", is: "ended" } },
  "sync-failed": {
    tone: "bad",
    what: "sync failed",
    next: (name) => `holdfast app get ${name} says why; holdfast app sync ${name} tries again.`,
    condition: { of: "sync-failed", is: "began" },
  },
  deployed: { tone: "good", what: "deployed and healthy" },
  "health-degraded": {
    tone: "bad",
    what: "degraded",
    next: explains,
    condition: { of: "health-degraded", is: "began" },
  },
  "health-recovered": {
    tone: "good",
    what: "healthy again",
    condition: { of: "health-degraded", is: "ended" },
  },
  "drift-found": {
    tone: "unsure",
    what: "differs from Git",
    next: (name) => `holdfast app diff ${name} shows what, and who set it.`,
    condition: { of: "drift-found", is: "began" },
  },
  "drift-healed": {
    tone: "good",
    what: "as in Git again",
    condition: { of: "drift-found", is: "ended" },
  },
  "prune-blocked": {
    tone: "unsure",
    what: "a prune waits for approval",
    next: (name) => `holdfast app diff ${name} shows what would be deleted.`,
  },
  "hold-set": {
    tone: "unsure",
    what: "held",
    next: (name) => `holdfast app unhold ${name} lets it follow Git again.`,
  },
  "hold-lifted": { tone: "neutral", what: "follows Git again" },
  "cluster-unreachable": {
    tone: "bad",
    what: "unreachable",
    next: (name) => `holdfast cluster test ${name} says where it ends.`,
    condition: { of: "cluster-unreachable", is: "began" },
  },
  "cluster-reachable": {
    tone: "good",
    what: "reachable again",
    condition: { of: "cluster-unreachable", is: "ended" },
  },
};

/** What began a sync that nobody asked for. */
const CAUSES: Readonly<Record<string, string>> = {
  automated: "automatically",
  "self-heal": "automatically, to heal drift",
  retry: "automatically, as another try",
};

/** @param id the same for each try of it, and another one for each destination */
export function makeMessage(transition: Transition, id: string, about: About): NotificationMessage {
  const { kind, at, app, cluster, why, project } = transition;
  const { tone, what, next, condition } = WORDS[kind];
  const name = app === undefined ? (cluster ?? "") : shortName(app, about.homeNamespace);
  const who = app === undefined ? `Cluster ${name}` : name;
  const source = sourceOf(about.app);
  const told = toldRevisions(transition, about.app);
  return {
    id,
    kind,
    tone,
    title: `${who}: ${what}`,
    at,
    facts: factsOf(transition, about, told),
    ...defined({
      why: isBlank(why) ? undefined : why,
      next: next?.(app ?? name),
      link: linkOf(transition, about),
      app,
      project,
      cluster,
      revision: told?.revisions[0],
      repository: source && withoutUserinfo(source.repoURL),
      condition: condition && { key: `${condition.of} ${app ?? name}`, is: condition.is },
    }),
  };
}

/** In the home namespace the name says it. */
function shortName(app: string, homeNamespace: string): string {
  const [namespace = "", name = ""] = app.split("/");
  return namespace === homeNamespace ? name : app;
}

/** Without a sign that anybody sees: some channels refuse such a text. */
function isBlank(text = ""): boolean {
  return /^[\s\p{C}]*$/u.test(text);
}

function sourceOf(app: Application | undefined): Source | undefined {
  return app?.spec.sources?.[0] ?? app?.spec.source;
}

function factsOf(
  transition: Transition,
  { app, commit }: About,
  told: ToldRevisions | undefined,
): NotificationFact[] {
  const { kind, project, count, first } = transition;
  const facts: (NotificationFact | undefined)[] = [
    project === undefined ? undefined : { label: "Project", text: project },
    placeOf(app),
    kind === "created" ? sourceFact(sourceOf(app)) : undefined,
    told && commitFact(told, commit, sourceOf(app)?.repoURL),
    originOf(transition),
    count > 1 ? { label: "Times", text: `${count} since ${first.slice(11, 19)} UTC` } : undefined,
  ];
  return facts.filter((fact) => fact !== undefined);
}

function sourceFact(source: Source | undefined): NotificationFact | undefined {
  if (source === undefined) return undefined;
  const { repoURL, path, chart, targetRevision } = source;
  const parts = [
    withoutUserinfo(repoURL),
    path ? `folder ${path}` : "",
    chart ? `chart ${chart}` : "",
    targetRevision ? `at ${targetRevision}` : "",
  ];
  return { label: "Source", text: parts.filter((part) => part !== "").join(", ") };
}

/** Who asked for it, or what began it. */
function originOf({ by, cause = "" }: Transition): NotificationFact | undefined {
  const isRollback = cause.startsWith("rollback");
  if (by !== undefined)
    return {
      label: "Asked for",
      text: `by ${by.replace(/^user:/, "")}${isRollback ? ", as a rollback" : ""}`,
    };
  const text = isRollback ? "as a rollback" : CAUSES[cause];
  return text === undefined ? undefined : { label: "Started", text };
}

function placeOf(app: Application | undefined): NotificationFact | undefined {
  if (app === undefined) return undefined;
  const { name, server, namespace } = app.spec.destination;
  const cluster = name === undefined || name === "" ? hostOf(server ?? "") : name;
  return { label: "Where", text: namespace ? `${cluster}, namespace ${namespace}` : cluster };
}

function hostOf(server: string): string {
  const host = URL.parse(server)?.host ?? server;
  return host === "kubernetes.default.svc" ? "in-cluster" : host;
}

function commitFact(
  { label, revisions }: ToldRevisions,
  commit: CommitAbout | undefined,
  repoURL: string | undefined,
): NotificationFact {
  const shown = revisions.map((one) => (/^[0-9a-f]{40,64}$/.test(one) ? one.slice(0, 7) : one)).join(", ");
  if (commit?.is !== "commit") return { label: label === "Commit" ? "Revision" : label, text: shown };
  const author = commit.author.replace(/\s*<[^>]*>\s*$/, "");
  return {
    label,
    text: `${shown} ${commit.subject} (${author})`,
    ...defined({ href: commitUrl(repoURL, revisions[0]) }),
  };
}

/** Where a known kind of server shows a commit; undefined: nobody knows. */
function commitUrl(repoURL: string | undefined, sha: string | undefined): string | undefined {
  const url = repoURL === undefined || sha === undefined ? null : URL.parse(repoURL);
  if (url === null || url.protocol !== "https:") return undefined;
  const base = `https://${url.host}${url.pathname.replace(/\.git$|\/+$/g, "")}`;
  if (/(?:^|\.)gitlab\./.test(url.host)) return `${base}/-/commit/${sha}`;
  if (/(?:^|\.)(?:github|gitea|forgejo|codeberg)\./.test(url.host)) return `${base}/commit/${sha}`;
  return undefined;
}

function linkOf({ app, cluster, kind }: Transition, { url }: About): NotificationMessage["link"] {
  if (url === undefined) return undefined;
  if (app === undefined)
    return { text: "The cluster", href: `${url}/clusters/${encodeURIComponent(cluster ?? "")}` };
  if (kind === "deleted") return { text: "All applications", href: `${url}/applications` };
  const [namespace = "", name = ""] = app.split("/");
  const view =
    kind === "sync-failed" || kind === "sync-running"
      ? "?view=run"
      : kind === "drift-found" || kind === "prune-blocked"
        ? "?view=diff"
        : "";
  return {
    text: "The application",
    href: `${url}/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}${view}`,
  };
}

/** What is sent to see whether it arrives. */
export function testMessage(
  id: string,
  at: string,
  by: string,
  url: string | undefined,
): NotificationMessage {
  return {
    id,
    kind: "test",
    tone: "neutral",
    title: "Holdfast: a test message",
    at,
    why: "If you can read this, messages arrive here",
    facts: [{ label: "Sent by", text: by.replace(/^user:/, "") }],
    ...defined({ link: url === undefined ? undefined : { text: "Holdfast", href: `${url}/applications` } }),
  };
}
