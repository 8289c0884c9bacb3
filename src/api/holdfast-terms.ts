/** What the routes of the daemon itself, of runs and of removals take and answer. */
import { INSTANCE_COLOURS } from "../core/model/page-words.ts";
import { NAMED_APPS } from "./find-app.ts";
import { may } from "./routes.ts";
import {
  ACTIVITY_ENTRY,
  APPLICATION,
  CHANGES_ABOUT,
  COMMITS_ABOUT,
  DEPLOYMENT_WITH_COMMITS,
  PROBLEM,
  STARTED_BY,
} from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import {
  anything,
  choice,
  fields,
  flag,
  list,
  map,
  number,
  oneOf,
  optional,
  text,
  told,
  whole,
} from "./terms/wire.ts";

const PAUSED = ["deletions", "writes"] as const;
const PAUSES = list(
  told({
    of: choice(PAUSED),
    from: choice(["config", "environment", "settings", "api"]),
    by: optional(text({ says: "Who said so to the API." })),
    since: optional(text()),
    why: optional(text()),
    text: text({ says: "What is not done, why, and what ends it." }),
  }),
);
const HOLDING = json(told({ items: PAUSES }));
/** It stands in a condition of every application that waits. */
const WHY = optional(
  text({ most: 500, expected: "a text of up to 500 characters", says: "Why, in your words." }),
);
const LET_IN = { asks: "let-in" } as const;
const SEEING = { asks: may("applications", "get") };
const CONNECTION = oneOf(
  told({ is: choice(["connected"]), since: number({ says: "Milliseconds since 1970." }) }),
  told({ is: choice(["unreachable"]), since: number(), why: text(), fix: optional(text()) }),
  told({ is: choice(["starting"]) }),
);

export const STATUS = {
  id: "getStatus",
  says: "How the daemon is, and what it has, as far as whoever asks may see it.",
  ...LET_IN,
  answers: json(
    told({
      version: text(),
      commit: text(),
      asker: text({ says: "Who asks, as errors name them." }),
      accounts: choice(["on", "off"]),
      ready: flag(),
      state: choice(["stopped", "paused", "ready", "starting"]),
      pauses: PAUSES,
      sandbox: told({ level: text(), why: text() }, "How well rendering is shut in."),
      certificate: optional(
        told({
          by: choice(["files", "self-signed"]),
          fingerprint: text({ says: "SHA-256." }),
          keyFingerprint: text(),
          names: list(text()),
          notBefore: text(),
          notAfter: text(),
        }),
      ),
      applications: told({ total: whole(), sync: map(whole()), health: map(whole()) }),
      applicationSets: optional(
        told({
          total: whole(),
          waiting: list(text(), { says: "Applications whose deletion waits for a person." }),
          wrong: list(told({ name: text(), message: text() })),
        }),
      ),
      clusters: list(
        told({ name: text(), server: text(), kubeVersion: optional(text()), connection: CONNECTION }),
      ),
      problems: list(PROBLEM),
      home: told(
        { in: choice(["files", "cluster"]), namespace: text() },
        "Where Applications are written: as files and by the API, or as custom resources of a cluster; and the namespace of those that name none.",
      ),
      page: told(
        {
          instance: text(),
          colour: optional(choice(INSTANCE_COLOURS)),
          banner: optional(
            told({
              text: text(),
              url: optional(text()),
              permanent: choice(["yes", "no"]),
              position: choice(["top", "bottom", "both"]),
            }),
          ),
          chat: optional(told({ url: text(), text: text() })),
        },
        "What whoever runs it has the page say.",
      ),
    }),
  ),
} as const;
export const LIST_PAUSES = {
  id: "listPauses",
  says: "Who has the whole daemon hold still.",
  ...LET_IN,
  answers: HOLDING,
} as const;
export const PAUSE = {
  id: "pause",
  says: "The emergency brake of the whole daemon: from now on nothing of it is done.",
  asks: may("applications", "update"),
  body: fields({ of: choice(PAUSED, "What is not done."), why: WHY }),
  answers: HOLDING,
} as const;
export const RESUME = {
  id: "resume",
  says: "Takes back what was said by a person; what is answered still holds.",
  asks: may("applications", "update"),
  body: fields({ why: WHY }),
  answers: HOLDING,
} as const;
export const LIST_PROBLEMS = {
  id: "listProblems",
  says: "What is wrong with the daemon, with files and with folders.",
  ...LET_IN,
  answers: json(told({ items: list(PROBLEM) })),
} as const;
export const GET_WITH_ORIGIN = {
  id: "getApplicationWithOrigin",
  says: "One application, and where it is written.",
  ...SEEING,
  answers: json(
    told({
      origin: told({
        from: choice(["file", "api", "parent", "cluster"]),
        file: optional(text()),
        line: optional(whole()),
        folder: optional(text({ says: "The configured file or folder that it was found by." })),
        parent: optional(text({ says: "The application that renders it." })),
        set: optional(text({ says: "The ApplicationSet that makes it." })),
        cluster: optional(text()),
      }),
      application: APPLICATION,
    }),
  ),
} as const;
export const HISTORY = {
  id: "listDeployments",
  says: "What was deployed, the oldest first, who made the commits, as far as the clones here tell, and which changed something of it, which Git is asked; `revisions` is what it is compared with, and `now` who made that.",
  ...SEEING,
  answers: json(
    told({
      revisions: list(text(), { says: "In the order of the sources." }),
      now: COMMITS_ABOUT,
      changed: optional(CHANGES_ABOUT),
      ahead: optional(
        told(
          { revisions: list(text(), { says: "Empty where one is not known." }), changed: CHANGES_ABOUT },
          "What Git has beyond that, which waits for a hold to end or cannot be used.",
        ),
      ),
      items: list(DEPLOYMENT_WITH_COMMITS),
    }),
  ),
} as const;
export const LIST_REMOVALS = {
  id: "listRemovals",
  says: "Applications and ApplicationSets that are missing from the folders and wait for a person.",
  ...SEEING,
  answers: json(
    told({
      waiting: list(text({ says: "An application, as `namespace/name`." })),
      applicationSets: list(text({ says: "`namespace/name`." })),
    }),
  ),
} as const;
export const APPROVE_REMOVAL = {
  id: "approveRemoval",
  says: "Those of the applications that wait may leave.",
  asks: may("applications", "delete"),
  body: NAMED_APPS,
  answers: json(told({ approved: list(text()) })),
} as const;
export const APPROVE_SET_REMOVAL = {
  id: "approveSetRemoval",
  says: "Those of the ApplicationSets that wait may go, with their applications.",
  asks: may("applicationsets", "delete"),
  body: fields({
    applicationSets: list(text(), {
      least: 1,
      expected: "a list of at least one",
      says: "Those that are meant, as `namespace/name`.",
    }),
  }),
  answers: json(told({ approved: list(text()) })),
} as const;

const LATEST = {
  app: optional(text({ says: "`namespace/name`." })),
  limit: optional(whole({ says: "Default 50, at most 1000." })),
};
const RUN = told({
  id: whole(),
  app: text(),
  cause: text({ says: "`manual`, `automated`, `self-heal`, `retry`, `deletion`." }),
  state: told({
    operation: told({
      initiatedBy: optional(STARTED_BY),
      info: optional(list(told({ name: text(), value: text() }))),
      retry: optional(map(anything())),
      sync: optional(map(anything(), { says: "As Argo CD writes it." })),
    }),
    phase: choice(["Running", "Terminating", "Succeeded", "Failed", "Error"]),
    message: text(),
    startedAt: text(),
    finishedAt: optional(text({ says: "Of one that is Running: it waits for the next try." })),
    retryCount: optional(whole()),
    terminatedBy: optional(text()),
    syncResult: optional(map(anything(), { says: "As Argo CD writes it." })),
  }),
});
export const LIST_RUNS = {
  id: "listRuns",
  says: "Syncs, the newest first.",
  ...SEEING,
  query: LATEST,
  answers: json(told({ items: list(RUN) })),
} as const;
export const GET_RUN = {
  id: "getRun",
  says: "One sync, by its number.",
  ...SEEING,
  answers: json(RUN),
} as const;
export const LIST_AUDIT = {
  id: "listAudit",
  says: "What was done, the newest first; `/api/holdfast/v1/activity` knows more filters.",
  ...SEEING,
  query: LATEST,
  answers: json(told({ items: list(ACTIVITY_ENTRY) })),
} as const;
