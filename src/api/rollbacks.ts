import { keyOfApp } from "../core/model/application.ts";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { showPart } from "../core/model/taken-part.ts";
import type { RollbackPlan, RollbackRequest, UnholdPlan } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { notFound, refused } from "./api-error.ts";
import { written } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { difference } from "./difference.ts";
import { FILE_DIFF } from "./differences-terms.ts";
import { appName, findApp, keyFrom, NAMING, orNotFound } from "./find-app.ts";
import { HOW_REFUSED, orTold, TOLD_REFUSAL } from "./refusal-told.ts";
import { may, type Routes } from "./routes.ts";
import { APPLICATION, DEPLOYMENT, DIFFERENCE, REFUSAL, TAKEN_PARTS } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import {
  choice,
  either,
  fields,
  flag,
  int64,
  list,
  type Of,
  oneOf,
  optional,
  text,
  told,
  whole,
} from "./terms/wire.ts";

const WHICH = "The id of a deployment of `status.history`.";
const REASON = optional(text({ says: "Why, in your words: it is shown with the hold and in the activity." }));
/** Argo CD's, and ours. What reads like a slip is refused: `dryrun` would go back. */
const ROLLBACK_BODY = fields(
  {
    id: int64({ says: WHICH }),
    name: optional(text({ says: "As in the path." })),
    appNamespace: optional(text()),
    project: optional(text()),
    prune: optional(flag("Deletes what was not there then.")),
    dryRun: optional(flag("Writes nothing.")),
    confirmPrune: optional(int64({ says: "How many objects the person saw who approves their deletion." })),
    until: optional(
      choice(["lifted", "next-commit"], "How long an automated application is kept there; default lifted."),
    ),
    reason: REASON,
  },
  { unknown: "slips" },
);
/** Names of branches that Git takes, without what could be read as anything else. */
const BRANCH = /^(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)|\/\.|\.$))[A-Za-z0-9_][\w./+@=-]{0,199}(?<!\/)$/;

const REFUSALS = list(REFUSAL);
const SHOWN_PART = oneOf(...TAKEN_PARTS.map((part) => told({ ...part, text: text() })));
const FILES = list(FILE_DIFF, {
  says: "The same line by line; parts that are not in it are at `…/diff/part`.",
});
const READING = { asks: may("applications", "get") };
const PLAN = {
  id: "planRollback",
  says: "What going back to that deployment would change, and what would not be done and why.",
  ...READING,
  path: { id: WHICH },
  answers: json(
    told({
      deployment: DEPLOYMENT,
      then: choice(["held", "left"], "`held`: it is synced automatically, and is kept there."),
      sources: choice(["as-written", "of-that-time"]),
      items: list(DIFFERENCE),
      files: FILES,
      refusals: REFUSALS,
      asNow: list(SHOWN_PART, { says: "What it takes from elsewhere as that is now." }),
    }),
  ),
} as const;
const UNHOLD_PLAN = {
  id: "planUnhold",
  says: "What lifting its hold would change.",
  ...READING,
  answers: json(
    told({
      revisions: list(text()),
      extras: choice(["deleted", "kept"], "What becomes of what is there and Git does not want."),
      items: list(DIFFERENCE),
      files: FILES,
      refusals: REFUSALS,
    }),
  ),
} as const;
const REVERT_PLAN = {
  id: "planRevert",
  says: "Which commit would put its files back, where, and who else reads them.",
  ...READING,
  path: { id: WHICH },
  query: HOW_REFUSED,
  answers: json(
    either(
      told({
        repository: text(),
        branch: text({ says: "That is followed, and would be pushed to." }),
        tip: text({ says: "The commit that it would follow." }),
        from: text({ says: "The commit whose state the files get." }),
        paths: list(text(), { says: 'Files and folders; "" is everything.' }),
        sharedWith: list(text(), { says: "Other applications that read something of it." }),
      }),
      TOLD_REFUSAL,
    ),
  ),
} as const;
const REVERT = {
  id: "revertApplication",
  says: "Pushes a commit that puts the application's files back.",
  asks: may("applications", "rollback"),
  body: fields({
    id: whole({ says: WHICH }),
    tip: optional(
      text({
        pattern: /^[0-9a-f]{40,64}$/,
        expected: "a commit",
        says: "The tip that the person saw: where the files changed since, nothing is pushed.",
      }),
    ),
    branch: optional(
      text({
        pattern: BRANCH,
        expected: "the name of a branch",
        says: "A new one, for a pull request; default the one that is followed.",
      }),
    ),
    shared: optional(flag("Files that other applications read go back too.")),
    reason: REASON,
  }),
  answers: json(told({ repository: text(), branch: text(), paths: list(text()), commit: text() })),
} as const;
const UNHOLD = {
  id: "liftHold",
  says: "Lets an application follow what is written again.",
  asks: may("applications", "sync"),
  answers: json(APPLICATION),
} as const;

/** Back to what was deployed once, and the hold that follows. */
export function rollbackRoutes(routes: Routes, { control, diffs, looks }: ApiContext): void {
  const rollback = {
    id: "rollbackApplication",
    says: "Goes back to what was deployed once.",
    asks: may("applications", "sync"),
    query: NAMING,
    body: ROLLBACK_BODY,
    answers: json(APPLICATION),
  } as const;
  routes.post("/api/v1/applications/:name/rollback", rollback, async (c, who, { body }) => {
    const { appNamespace, project, ...asked } = rollbackRequest(body);
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query(), { appNamespace, project }));
    return c.json(written(await control.rollback(who, keyOfApp(app), { ...asked, actor: who.actor }), app));
  });

  const base = "/api/holdfast/v1/applications/:namespace/:name";

  /** What going back to that deployment would change; as `/diff`, with what would not be done and why. */
  routes.get(`${base}/history/:id/diff`, PLAN, async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const { signal } = c.req.raw;
    const id = c.req.param("id");
    if (!/^\d{1,9}$/.test(id)) throw notFound(`deployment ${id} of application ${key}`);
    const { asNow, ...plan } = orNotFound(
      await looks.hold(who, signal, () => control.rollbackPlan(who, key, Number(id), signal)),
      `application ${key}`,
    );
    return c.json({
      ...planOf(plan),
      files: await diffs.of(key, plan.resources),
      asNow: asNow.map((part) => ({ ...part, text: showPart(part) })),
    });
  });

  /** What lifting its hold would change, as above. */
  routes.get(`${base}/hold/diff`, UNHOLD_PLAN, async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const { signal } = c.req.raw;
    const found = await looks.hold(who, signal, () => control.unholdPlan(who, key, signal));
    const plan = orNotFound(found, `application ${key}`);
    return c.json({ ...planOf(plan), files: await diffs.of(key, plan.resources) });
  });

  /** Which commit would put its files back, where, and who else reads them. */
  routes.get(`${base}/history/:id/revert`, REVERT_PLAN, async (c, who, { query }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const id = c.req.param("id");
    if (!/^\d{1,9}$/.test(id)) throw notFound(`deployment ${id} of application ${key}`);
    const plan = await orTold(query.refusal, async () =>
      orNotFound(await control.revertPlan(who, key, Number(id), c.req.raw.signal), `application ${key}`),
    );
    return c.json(plan);
  });

  routes.post(`${base}/revert`, REVERT, async (c, who, { body }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const { id: deployment, shared, tip, branch, reason } = body;
    const done = await control.revert(who, key, {
      deployment,
      shared: shared === true ? "too" : "refuse",
      ...defined({ tip: tip as CommitSha | undefined, branch, reason }),
      actor: who.actor,
    });
    if (done.is !== "pushed") throw refused(done, `application ${key}`);
    const { is: _, ...pushed } = done;
    return c.json(pushed);
  });

  routes.delete(`${base}/hold`, UNHOLD, async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const app = findApp(control, who, { ...partsOf(key), project: undefined });
    return c.json(written(await control.unhold(who, key, who.actor), app));
  });
}

/** With the objects that differ, as `/diff` has them. */
function planOf({
  resources,
  refusals,
  ...plan
}: Omit<RollbackPlan, "asNow"> | UnholdPlan): Record<string, unknown> {
  const items = resources.map(difference).filter(({ change }) => change !== "none");
  return { ...plan, items, refusals: refusals.map(({ ref, ...refusal }) => ({ ...ref, ...refusal })) };
}

function partsOf(key: string): { namespace: string; name: string } {
  const [namespace = "", name = ""] = key.split("/");
  return { namespace, name };
}

interface RollbackAsk extends Omit<RollbackRequest, "actor"> {
  appNamespace?: string;
  project?: string;
}

/** With ours: `until`, `reason`, `confirmPrune`. */
function rollbackRequest({ id, until = "lifted", reason, ...asked }: Of<typeof ROLLBACK_BODY>): RollbackAsk {
  const { prune, dryRun, confirmPrune, appNamespace, project } = asked;
  return {
    deployment: id,
    ...defined({ prune, dryRun, confirmPrune, reason: reason || undefined, appNamespace, project }),
    until,
  };
}
