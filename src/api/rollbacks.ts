import { keyOfApp } from "../core/model/application.ts";
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { Problem } from "../core/model/problem.ts";
import { showPart } from "../core/model/taken-part.ts";
import type { RevertRequest, RollbackPlan, RollbackRequest, UnholdPlan } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { invalid, notFound, refused } from "./api-error.ts";
import { written } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { difference } from "./difference.ts";
import { appName, findApp, keyFrom, orNotFound } from "./find-app.ts";
import { readJson } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";

/** Back to what was deployed once, and the hold that follows. */
export function rollbackRoutes(routes: Routes, { control }: ApiContext): void {
  routes.post("/api/v1/applications/:name/rollback", may("applications", "sync"), async (c, who) => {
    const { appNamespace, project, ...asked } = rollbackRequest(await readJson(c.req.raw));
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query(), { appNamespace, project }));
    return c.json(written(await control.rollback(who, keyOfApp(app), { ...asked, actor: who.actor }), app));
  });

  const base = "/api/holdfast/v1/applications/:namespace/:name";

  /** What going back to that deployment would change; as `/diff`, with what would not be done and why. */
  routes.get(`${base}/history/:id/diff`, may("applications", "get"), async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const id = c.req.param("id");
    if (!/^\d{1,9}$/.test(id)) throw notFound(`deployment ${id} of application ${key}`);
    const { asNow, ...plan } = orNotFound(
      await control.rollbackPlan(who, key, Number(id)),
      `application ${key}`,
    );
    return c.json({ ...planOf(plan), asNow: asNow.map((part) => ({ ...part, text: showPart(part) })) });
  });

  /** What lifting its hold would change, as above. */
  routes.get(`${base}/hold/diff`, may("applications", "get"), async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    return c.json(planOf(orNotFound(await control.unholdPlan(who, key), `application ${key}`)));
  });

  /** Which commit would put its files back, where, and who else reads them. */
  routes.get(`${base}/history/:id/revert`, may("applications", "get"), async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const id = c.req.param("id");
    if (!/^\d{1,9}$/.test(id)) throw notFound(`deployment ${id} of application ${key}`);
    return c.json(orNotFound(await control.revertPlan(who, key, Number(id)), `application ${key}`));
  });

  routes.post(`${base}/revert`, may("applications", "rollback"), async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const done = await control.revert(who, key, {
      ...revertRequest(await readJson(c.req.raw)),
      actor: who.actor,
    });
    if (done.is !== "pushed") throw refused(done, `application ${key}`);
    const { is: _, ...pushed } = done;
    return c.json(pushed);
  });

  routes.delete(`${base}/hold`, may("applications", "sync"), async (c, who) => {
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
  return { ...plan, items, refusals: refusals.map(({ ref, text }) => ({ ...ref, text })) };
}

function partsOf(key: string): { namespace: string; name: string } {
  const [namespace = "", name = ""] = key.split("/");
  return { namespace, name };
}

/** Names of branches that Git takes, without what could be read as anything else. */
const BRANCH = /^(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)|\/\.|\.$))[A-Za-z0-9_][\w./+@=-]{0,199}(?<!\/)$/;

/** `{id, tip, branch, shared, reason}`. @throws {ApiError} 400 with all problems */
function revertRequest(body: unknown): Omit<RevertRequest, "actor"> {
  const problems: Problem[] = [];
  const fields = isMapping(body) ? body : {};
  const read = (name: string, expected: string, is: (value: unknown) => boolean): unknown => {
    const value = fields[name];
    if (value === undefined || value === null || is(value)) return value ?? undefined;
    problems.push({ severity: "error", path: name, text: `expected ${expected}` });
    return undefined;
  };
  const matches = (pattern: RegExp) => (value: unknown) => typeof value === "string" && pattern.test(value);
  const id = read("id", "a whole number: the id of a deployment", (value) => Number.isSafeInteger(value));
  if (fields.id === undefined || fields.id === null)
    problems.push({ severity: "error", path: "id", text: "say which deployment of status.history" });
  const ask = {
    deployment: id as number,
    shared:
      read("shared", "true or false", (value) => typeof value === "boolean") === true ? "too" : "refuse",
    ...defined({
      tip: read("tip", "a commit", matches(/^[0-9a-f]{40,64}$/)) as CommitSha | undefined,
      branch: read("branch", "the name of a branch", matches(BRANCH)) as string | undefined,
      reason: read("reason", "a text", (value) => typeof value === "string") as string | undefined,
    }),
  } as const;
  if (problems.length > 0) throw invalid(problems);
  return ask;
}

interface RollbackAsk extends Omit<RollbackRequest, "actor"> {
  appNamespace?: string;
  project?: string;
}

/**
 * Argo CD's body of a rollback: `{id, prune, dryRun, appNamespace, project}`, and ours: `until` (`lifted` or
 * `next-commit`), `reason`, `confirmPrune`.
 * @throws {ApiError} 400 with all problems
 */
function rollbackRequest(body: unknown): RollbackAsk {
  const problems: Problem[] = [];
  const wrong = (path: string, text: string): undefined =>
    void problems.push({ severity: "error", path, text });
  const fields = isMapping(body) ? body : {};
  if (!isMapping(body)) wrong("", "send an object");
  const read = <T>(name: string, expected: string, as: (value: unknown) => T | undefined): T | undefined => {
    const value = fields[name];
    return value === undefined || value === null
      ? undefined
      : (as(value) ?? wrong(name, `expected ${expected}`));
  };
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const flag = (value: unknown) => (typeof value === "boolean" ? value : undefined);
  // Argo CD's clients send 64 bit numbers as text.
  const whole = (value: unknown) => {
    const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
    return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
  };
  if (isMapping(body) && (fields.id === undefined || fields.id === null))
    wrong("id", "say which deployment of status.history");
  const ask = {
    deployment: read("id", "a whole number: the id of a deployment of status.history", whole) ?? 0,
    ...defined({
      prune: read("prune", "true or false", flag),
      dryRun: read("dryRun", "true or false", flag),
      confirmPrune: read("confirmPrune", "a whole number", whole),
      reason: read("reason", "a text", text) || undefined,
      appNamespace: read("appNamespace", "a text", text),
      project: read("project", "a text", text),
    }),
    until:
      read<RollbackAsk["until"]>("until", "lifted or next-commit", (value) =>
        value === "lifted" || value === "next-commit" ? value : undefined,
      ) ?? "lifted",
  };
  if (problems.length > 0) throw invalid(problems);
  return ask;
}
