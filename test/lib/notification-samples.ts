/** A message of every kind, made as the daemon makes it of what happened, and the same as somebody hostile would have it. */
import { appKey } from "../../src/core/model/application.ts";
import type { NotificationMessage } from "../../src/core/model/notification.ts";
import {
  MOST_WHY,
  TRANSITION_KINDS,
  type Transition,
  type TransitionKind,
} from "../../src/core/model/transition.ts";
import { digestOf } from "../../src/core/notify/digest.ts";
import { type About, makeMessage, testMessage } from "../../src/core/notify/make-message.ts";

const SHA = "4f1c2d3e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d";
const URL_OF_PAGE = "https://cd.example.com";
const AT = "2026-11-30T10:00:00Z";

const ABOUT: About = {
  app: {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "shop", namespace: "argocd" },
    spec: {
      project: "payments",
      source: { repoURL: "https://github.com/acme/shop.git", path: "deploy", targetRevision: "main" },
      destination: { name: "prod-eu", namespace: "shop" },
    },
    status: {
      sync: { status: "Synced", revision: SHA },
      health: { status: "Healthy" },
      history: [{ id: 7, revision: SHA, deployedAt: "2026-11-30T09:59:00Z" }],
    } as never,
  },
  commit: {
    ...{ is: "commit", subject: "Raise the limit of uploads to 20 MB", author: "Ana Ruiz <ana@example.com>" },
    ...{ date: "2026-11-30T09:58:00Z", signedOffBy: [] },
  },
  url: URL_OF_PAGE,
  homeNamespace: "argocd",
};

/** What the engine says of each, beside of whom and when. */
const HAPPENED: Readonly<Record<TransitionKind, Partial<Transition>>> = {
  created: {},
  deleted: {},
  "sync-running": { revisions: [SHA], cause: "automated" },
  "sync-succeeded": { revisions: [SHA], cause: "rollback to 6", by: "ana" },
  "sync-failed": {
    ...{ revisions: [SHA], cause: "automated", count: 3, first: "2026-11-30T09:52:10Z" },
    why: "apps/Deployment shop/web: cannot apply: spec.replicas must be a number. Correct it in deploy/web.yaml",
  },
  deployed: { revisions: [SHA], cause: "manual", by: "ana" },
  "health-degraded": { why: "Deployment shop/web: 1 of 3 replicas: ImagePullBackOff for acme/web:2.4.1" },
  "health-recovered": {},
  "drift-found": { why: "Deployment shop/web, ConfigMap shop/limits and 2 more" },
  "drift-healed": {},
  "prune-blocked": {
    why: "12 of 14 objects of this application would be deleted, which is more than 50 % and more than 10. None was. Approve: holdfast app sync argocd/shop --prune --confirm 12",
  },
  "hold-set": { by: "ana", deployment: 7, why: "checkout is broken since noon" },
  "hold-lifted": {},
  "cluster-unreachable": { why: "connect ECONNREFUSED 10.0.0.7:6443" },
  "cluster-reachable": {},
};

function messageOf(kind: TransitionKind): NotificationMessage {
  const isCluster = kind.startsWith("cluster-");
  const subject = isCluster
    ? { cluster: "prod-eu" }
    : { app: appKey("argocd", "shop"), project: "payments", uid: "u-1" };
  const transition: Transition = { seq: 1, count: 1, first: AT, at: AT, kind, ...subject, ...HAPPENED[kind] };
  const { app, commit, ...about } = ABOUT;
  // What is gone is not known any more, and a cluster has no commit.
  return makeMessage(
    transition,
    "0123456789abcdef0123456789abcdef",
    isCluster || kind === "deleted" ? about : { ...about, app, commit },
  );
}

const EVENTS = TRANSITION_KINDS.map(messageOf);

/** In the order of the kinds, then what is told together, a test, and what a template of Argo CD's settings says. */
export const SAMPLES: readonly NotificationMessage[] = [
  ...EVENTS,
  digestOf([...EVENTS, ...EVENTS], "fedcba9876543210fedcba9876543210", URL_OF_PAGE),
  testMessage("00112233445566778899aabbccddeeff", AT, "user:ana", URL_OF_PAGE),
  {
    ...messageOf("deployed"),
    kind: "trigger",
    written: {
      message: "shop is out: see the dashboard",
      email: { subject: "shop is out", body: "<p>shop is <b>out</b></p>" },
    },
  },
];

export const HOSTILE =
  'a <!channel> @everyone <@U123> <at>all</at> [x](javascript:alert(1)) <script>alert(1)</script> \r\nBcc: x@evil.example "quoted" {{.secrets.token}} ${expr} \u202e*bold* _it_ `code` ||spoiler||';

/** Each of its texts is what somebody hostile would write there, many times over; addresses are no web addresses. */
export function hostile(message: NotificationMessage): NotificationMessage {
  const { lines, why, next, link, facts } = message;
  return {
    ...message,
    title: HOSTILE,
    facts: [...facts, ...Array.from({ length: 40 }, () => ({ label: HOSTILE, text: HOSTILE }))].map(() => ({
      ...{ label: HOSTILE, text: HOSTILE, href: "javascript:alert(1)" },
    })),
    ...(why === undefined ? {} : { why: `${HOSTILE}\n`.repeat(400) }),
    ...(next === undefined ? {} : { next: HOSTILE }),
    ...(link === undefined ? {} : { link: { text: HOSTILE, href: "javascript:alert(1)" } }),
    ...(lines === undefined ? {} : { lines: lines.map((line) => ({ ...line, title: HOSTILE })) }),
    ...(message.written === undefined ? {} : { written: { message: HOSTILE } }),
  };
}

/** Each of its texts is one text over and over, as long as the daemon lets it be, with addresses that are links. */
export function filledWith(message: NotificationMessage, text: string): NotificationMessage {
  const { lines, why, next, facts } = message;
  const long = (most: number): string => text.repeat(most).slice(0, most);
  const href = "https://github.com/acme/shop/commit/4f1c2d3e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d";
  return {
    ...message,
    // A name with its namespace is what is longest of a title.
    title: `x${long(320)}`,
    facts: facts.map(({ label }) => ({ label, text: `x${long(650)}`, href })),
    ...(why === undefined ? {} : { why: `x${long(MOST_WHY)}` }),
    ...(next === undefined ? {} : { next: `x${long(900)}` }),
    ...(lines === undefined ? {} : { lines: lines.map((line) => ({ ...line, title: `x${long(320)}` })) }),
    ...(message.written === undefined ? {} : { written: { message: `x${long(50_000)}` } }),
  };
}
