/** What several routes tell. */
import { ACTOR_KINDS } from "../../core/model/activity.ts";
import { TRANSITION_KINDS } from "../../core/model/transition.ts";
import {
  anything,
  choice,
  flag,
  kindOf,
  list,
  map,
  type Node,
  named,
  oneOf,
  optional,
  text,
  told,
  whole,
} from "./wire.ts";

export const APPLICATION = kindOf("Application");
export const SET = kindOf("ApplicationSet");
export const PROJECT = kindOf("AppProject");

/** Argo CD's lists. */
export const listed = (of: Node): Node =>
  told({ metadata: told({}, "Empty: there are no pages."), items: list(of) });

/** What names an object of a cluster. */
export const REF = { group: text(), kind: text(), namespace: text(), name: text() };

/** An object that something would not be done to, and why. */
export const REFUSAL = told({
  ...REF,
  text: text({ says: "A sentence for people." }),
  guard: optional(
    text({ says: "What keeps it, `prune-off` where nothing is pruned; absent: it cannot be written." }),
  ),
});

/** An object of a cluster, what is secret of it masked. */
export const OBJECT = map(anything());

/** What every error looks like: gRPC's code and a sentence, as Argo CD's gateway has it; `details` are ours. */
export const ERROR = named(
  "Error",
  told({
    error: text({ says: "What went wrong: the object, why, and what to do." }),
    code: whole({ says: "gRPC's number of it." }),
    message: text({ says: "As `error`." }),
    details: optional(map(anything(), { says: "`reason`, and what else a program can use." })),
  }),
);

/** A line in place of a result: what cannot go on, and why. */
export const ERROR_LINE = told({
  error: told({
    grpc_code: whole(),
    http_code: whole(),
    error: text(),
    code: whole(),
    message: text(),
    details: optional(map(anything())),
    podName: optional(text({ says: "Of a log: whose lines are missing." })),
  }),
});

/** What parsers and readers find wrong with what somebody wrote. */
export const PROBLEM = named(
  "Problem",
  told({
    severity: choice(["error", "warning"]),
    file: optional(text()),
    line: optional(whole({ says: "From 1." })),
    path: optional(text({ says: "Of the field: `spec.source.helm.valueFiles[0]`." })),
    object: optional(text()),
    text: text({ says: "What is wrong." }),
    fix: optional(text({ says: "What to do about it." })),
  }),
);

/** Who set a field, as managedFields tell. */
export const FIELD_SETTER = told(
  { manager: text(), operation: text(), time: text(), subresource: text() },
  "Who set what is there.",
);

/** One field that differs, for people. */
export const FIELD_DIFFERENCE = named(
  "FieldDifference",
  told({
    path: text({ says: "`spec.template.spec.containers[name=web].image`." }),
    live: optional(anything()),
    desired: optional(anything()),
    owner: optional(FIELD_SETTER),
  }),
);

/** One object that differs, field by field, what is secret of it masked. */
export const DIFFERENCE = named(
  "Difference",
  told({
    ...REF,
    version: text(),
    change: choice(
      ["create", "change", "prune", "none", "unknown"],
      "What a sync would do; `unknown`: the cluster could not be asked.",
    ),
    hook: flag("It is a hook, and no difference."),
    fields: list(FIELD_DIFFERENCE),
    live: optional(OBJECT),
    predicted: optional(OBJECT),
    why: optional(text({ says: "Why it was not compared." })),
  }),
);

/** Who had it done: a person by name, or nobody. */
export const STARTED_BY = told({ username: optional(text()), automated: optional(flag()) });

/** What a deployment took from elsewhere beside its sources. */
export const TAKEN_PARTS = [
  { is: choice(["base"]), repoURL: text(), asked: text(), commit: text() },
  { is: choice(["file"]), url: text(), digest: text() },
  {
    is: choice(["chart"]),
    repoURL: text(),
    name: text(),
    asked: text(),
    version: text(),
    digest: text({ says: "Of its archive." }),
  },
] as const;

const DEPLOYMENT_FIELDS = {
  id: whole(),
  deployedAt: text(),
  deployStartedAt: optional(text()),
  initiatedBy: optional(STARTED_BY),
  revision: optional(text()),
  revisions: optional(list(text())),
  source: optional(map(anything(), { says: "As it was written." })),
  sources: optional(list(map(anything()))),
  taken: optional(list(oneOf(...TAKEN_PARTS.map((part) => told(part))))),
  cause: optional(text({ says: "`manual`, `automated`, `self-heal` or `rollback to N`." })),
  reason: optional(text()),
};
/** One entry of `status.history`. */
export const DEPLOYMENT = named("Deployment", told(DEPLOYMENT_FIELDS));

const COMMIT_FIELDS = {
  is: choice(["commit"]),
  subject: text(),
  author: text(),
  date: text(),
  signedOffBy: list(text(), { says: "As its last lines say; nobody proves them." }),
};
const NO_COMMIT = [
  told({ is: choice(["version"], "Its source is a chart or another artifact.") }),
  told({ is: choice(["unknown"]), why: text() }),
] as const;
/** Who made the commit of a source. */
const COMMIT_ABOUT = named("CommitAbout", oneOf(told(COMMIT_FIELDS), ...NO_COMMIT));
/** Which commit changed last what is read of a source. */
const CHANGE_ABOUT = named(
  "ChangeAbout",
  oneOf(told({ ...COMMIT_FIELDS, commit: text({ says: "Its id." }) }), ...NO_COMMIT),
);
export const CHANGES_ABOUT = list(CHANGE_ABOUT, {
  says: "The commits that changed last what is read, as of its revisions: the tip of a branch may be a commit that changed nothing of it. In the order of the sources.",
});
export const COMMITS_ABOUT = list(COMMIT_ABOUT, { says: "In the order of the sources." });
export const DEPLOYMENT_WITH_COMMITS = named(
  "DeploymentWithCommits",
  told({
    ...DEPLOYMENT_FIELDS,
    commits: COMMITS_ABOUT,
    changed: optional(CHANGES_ABOUT),
    fared: optional(
      oneOf(
        told({ is: choice(["healthy"]) }),
        told({ is: choice(["degraded"]), why: optional(text()) }),
        told({
          is: choice(["never-healthy"]),
        }),
      ),
    ),
  }),
);

/** What became of an application or a cluster. */
export const TRANSITION = named(
  "Transition",
  told({
    seq: whole({ says: "Rises over all, with gaps." }),
    kind: choice(TRANSITION_KINDS),
    at: text(),
    count: whole({
      says: "It stands for so many, within a short while each; `at` and `why` are of the last.",
    }),
    first: text({ says: "When the first of these was." }),
    app: optional(text()),
    uid: optional(text({ says: "Which of those that had the name." })),
    project: optional(text()),
    cluster: optional(text({ says: "Where it is the cluster's own." })),
    why: optional(text()),
    changes: optional(
      list(
        told({
          object: text(),
          path: text({ says: 'Of the field; "": the object was deleted.' }),
          from: optional(text({ says: "What Git wants; absent where it could be secret." })),
          to: optional(text({ says: "What was there." })),
          by: optional(told({ manager: text(), operation: text(), subresource: text() })),
        }),
        { says: "Of drift: a few of the fields that were not as Git wants them." },
      ),
    ),
    revisions: optional(list(text())),
    deployment: optional(whole({ least: 0 })),
    run: optional(whole({ least: 0, says: "Of a heal, the run that brought it about." })),
    cause: optional(text({ says: "`manual`, `automated`, `self-heal`, `rollback to 3`." })),
    by: optional(text()),
  }),
);

/** What somebody did, chained to what was done before. */
export const ACTIVITY_ENTRY = named(
  "ActivityEntry",
  told({
    seq: whole({ says: "Rising without gaps." }),
    at: text(),
    actor: text({ says: "`user:…`, `daemon`, `file:…`." }),
    who: optional(
      told({
        kind: choice(ACTOR_KINDS),
        name: text(),
        issuer: optional(text()),
        via: optional(text({ says: "Id of the session or token." })),
      }),
    ),
    from: optional(told({ address: text(), agent: optional(text()) })),
    action: text(),
    app: optional(text()),
    project: optional(text()),
    object: optional(
      told({ kind: text(), namespace: optional(text()), name: text(), live: optional(told(REF)) }),
    ),
    outcome: told({ is: choice(["done", "refused", "failed"]), why: optional(text()) }),
    before: optional(anything("What it was, masked; of what is big only what differs.")),
    after: optional(anything()),
    reason: optional(text()),
    count: optional(whole({ says: "It stands for so many of its kind." })),
    details: map(anything()),
    previous: text({ says: "Hash of the entry before." }),
    hash: text({ says: "SHA-256 of this entry without this field, as JSON with sorted keys and no spaces." }),
  }),
);
