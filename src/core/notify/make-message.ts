import { defined } from "../../lib/defined.ts";
import type { Application } from "../model/application.ts";
import type { CommitAbout } from "../model/commit-about.ts";
import type { NotificationFact, NotificationMessage, Tone } from "../model/notification.ts";
import type { Transition, TransitionKind } from "../model/transition.ts";

/** What is known of an event beside itself. */
export interface About {
  /** As it is now; absent: it is gone, or was never here. */
  app?: Application | undefined;
  /** Of the first source. */
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
    what: "is degraded",
    next: explains,
    condition: { of: "health-degraded", is: "began" },
  },
  "health-recovered": {
    tone: "good",
    what: "is healthy again",
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
    what: "is as in Git again",
    condition: { of: "drift-found", is: "ended" },
  },
  "prune-blocked": {
    tone: "unsure",
    what: "a prune waits for approval",
    next: (name) =>
      `holdfast app diff ${name} shows what would go; holdfast app sync ${name} --help how to approve.`,
  },
  "hold-set": {
    tone: "unsure",
    what: "is held",
    next: (name) => `holdfast app unhold ${name} lets it follow Git again.`,
  },
  "hold-lifted": { tone: "neutral", what: "follows Git again" },
  "cluster-unreachable": {
    tone: "bad",
    what: "is unreachable",
    next: (name) => `holdfast cluster test ${name} says where it ends.`,
    condition: { of: "cluster-unreachable", is: "began" },
  },
  "cluster-reachable": {
    tone: "good",
    what: "is reachable again",
    condition: { of: "cluster-unreachable", is: "ended" },
  },
};

const CAUSES: Readonly<Record<string, string>> = {
  manual: "by hand",
  automated: "by itself",
  "self-heal": "to heal drift",
  rollback: "as a way back",
  retry: "once more",
};

/** @param id the same for each try of it, and another one for each destination */
export function makeMessage(transition: Transition, id: string, about: About): NotificationMessage {
  const { kind, at, app, cluster, why, project } = transition;
  const { tone, what, next, condition } = WORDS[kind];
  const name = app === undefined ? (cluster ?? "") : shortName(app, about.homeNamespace);
  const who = app === undefined ? `Cluster ${name}` : name;
  const source = sourceOf(about.app);
  return {
    id,
    kind,
    tone,
    title: `${who}: ${what}`,
    at,
    facts: factsOf(transition, about),
    ...defined({
      why: why === undefined || why === "" ? undefined : why,
      next: next?.(app ?? name),
      link: linkOf(transition, about),
      app,
      project,
      cluster,
      revision: transition.revisions?.[0],
      repository: source?.repoURL,
      condition: condition && { key: `${condition.of} ${app ?? name}`, is: condition.is },
    }),
  };
}

/** In the home namespace the name says it. */
function shortName(app: string, homeNamespace: string): string {
  const [namespace = "", name = ""] = app.split("/");
  return namespace === homeNamespace ? name : app;
}

function sourceOf(app: Application | undefined): { repoURL: string } | undefined {
  return app?.spec.sources?.[0] ?? app?.spec.source;
}

function factsOf(transition: Transition, { app, commit }: About): NotificationFact[] {
  const { project, revisions = [], by, cause, count, first } = transition;
  const facts: (NotificationFact | undefined)[] = [
    project === undefined ? undefined : { label: "Project", text: project },
    placeOf(app),
    revisions.length === 0 ? undefined : commitFact(revisions, commit, sourceOf(app)?.repoURL),
    by === undefined && cause === undefined
      ? undefined
      : {
          label: "Asked for",
          text: [
            by === undefined ? "" : `by ${by.replace(/^user:/, "")}`,
            cause === undefined || (by !== undefined && cause === "manual") ? "" : (CAUSES[cause] ?? cause),
          ]
            .filter((part) => part !== "")
            .join(", "),
        },
    count > 1 ? { label: "Times", text: `${count} since ${first.slice(11, 19)} UTC` } : undefined,
  ];
  return facts.filter((fact) => fact !== undefined);
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
  revisions: readonly string[],
  commit: CommitAbout | undefined,
  repoURL: string | undefined,
): NotificationFact {
  const shown = revisions.map((one) => (/^[0-9a-f]{40,64}$/.test(one) ? one.slice(0, 7) : one)).join(", ");
  if (commit?.is !== "commit") return { label: "Revision", text: shown };
  const author = commit.author.replace(/\s*<[^>]*>\s*$/, "");
  return {
    label: "Commit",
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
