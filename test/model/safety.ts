/** What must hold at each write and each delete that reaches a cluster. */
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { parseRefKey, show } from "../../src/core/model/object-ref.ts";
import type { Operation } from "../../src/core/model/operation.ts";
import { isSelected } from "../../src/core/plan/selection.ts";
import type { Deed } from "./api-servers.ts";
import {
  forbidden,
  isHealthy,
  ORB,
  permits,
  stands,
  type Tree,
  type Wanted,
  type Wants,
  wantedOf,
} from "./reference-model.ts";
import { APPS, type AppName, type OrbScope, type Spec } from "./script.ts";
import { type Truth, trackingApp } from "./truth.ts";

export type Rule =
  /** Written for a spec that was replaced before the request began. */
  | "replaced-spec"
  /** Written from a commit that the application had left behind. */
  | "older-commit"
  /** Written with a scope that the kind never had, or before it was served. */
  | "guessed-scope"
  /** Written though no spec and no commit wants it so. */
  | "unwanted"
  /** Written while an object of an earlier wave is not healthy as Git wants it. */
  | "gate"
  /** Written or deleted against the project's limits. */
  | "project"
  /** Written while no operation of the application runs. */
  | "no-operation"
  /** Written by itself, and the spec says that only a person syncs. */
  | "unasked"
  /** Written for an application that is gone or going. */
  | "nobody"
  /** Written over an object that bears another application's mark, which wants it. */
  | "taken-from-another"
  | "pruned-wanted"
  | "pruned-for-another"
  | "pruned-unasked"
  | "made-and-deleted"
  | "not-ours"
  | "other-cluster"
  /** Found when everything has settled. */
  | "app-lost"
  | "not-settled"
  | "not-taken-over"
  | "wrong-status"
  | "endless"
  /** Whoever asked waits for an answer. */
  | "unanswered"
  | "restless"
  | "fell-over";

export interface Violation {
  rule: Rule;
  text: string;
}

/** How long news may be under way: what was so within this time may still be believed. */
const LAG_MS = 60_000;

export function judgeDeed(deed: Deed, truth: Truth): Violation[] {
  const name = deed.object === undefined ? ownerOf(deed, truth) : trackingApp(deed.object);
  const app = APPS.find((one) => one === name);
  const what = `${deed.verb} of ${show(parseRefKey(deed.key))} on ${deed.cluster}`;
  if (app === undefined)
    return deed.verb === "apply" || truth.live(deed.cluster, deed.key) !== undefined
      ? [{ rule: "not-ours", text: `${what}: it bears no application's tracking id` }]
      : [];
  const judge = deed.verb === "delete" ? judgeDelete : judgeWrite;
  return [...judge(deed, app, truth), ...judgeLimits(deed, app, truth)].map(({ rule, text }) => ({
    rule,
    text: `${what} for ${app}: ${text}`,
  }));
}

/** Whose it was when the delete was sent: who takes it over while it is under way sent nothing. */
function ownerOf({ cluster, key, moment }: Deed, truth: Truth): string | undefined {
  const live = truth.objects[cluster].get(key)?.at(moment) ?? truth.live(cluster, key);
  return live === undefined ? undefined : trackingApp(live);
}

/** One whose file is gone stays what it was until the daemon has made sure of that, and says so. */
function specOf(app: AppName, { moment, leaving }: Deed, truth: Truth): Spec | undefined {
  return truth.specs[app].at(moment) ?? (leaving.has(app) ? undefined : truth.lastSpec(app, moment));
}

// ---------------------------------------------------------------- writes

function judgeWrite(deed: Deed, app: AppName, truth: Truth): Violation[] {
  const spec = specOf(app, deed, truth);
  if (spec === undefined) return [{ rule: "nobody", text: "the application was removed before" }];
  const found: Violation[] = [];
  const operation = deed.operations.get(app);
  if (
    operation === undefined ||
    (operation.state.finishedAt !== undefined && operation.state.phase !== "Terminating")
  )
    found.push({ rule: "no-operation", text: `its operation is ${operation?.state.phase ?? "not there"}` });
  else if (spec.sync === "manual" && operation.state.operation.initiatedBy?.automated === true)
    found.push({ rule: "unasked", text: "the sync is automated, and the spec is not" });
  else if (!isMeant(deed, operation.state.operation))
    found.push({ rule: "unasked", text: "the sync is a dry run, or of other objects" });
  if (deed.object === undefined) return found;
  const holder = holderOf(deed, app, truth);
  if (holder !== undefined)
    found.push({ rule: "taken-from-another", text: `${holder} has it, and wants it` });
  const explaining = candidates(deed, app, spec, truth).filter((wants) => explains(wants, deed, spec));
  if (explaining.length === 0) return [...found, unexplained(deed, app, truth)];
  const shut = explaining.map((wants) => shutGate(wants, deed, app, truth));
  if (shut.every((by) => by !== undefined)) found.push({ rule: "gate", text: shut[0] as string });
  return found;
}

/** Whether an operation is to write an object at all: a dry run is of none, and a selective sync of those that it names. */
function isMeant({ key }: Pick<Deed, "key">, { sync }: Operation): boolean {
  if (sync?.dryRun === true) return false;
  return isSelected(parseRefKey(key), sync?.resources);
}

/** Everything that the spec may have been believed to want since the operation began. */
function candidates(deed: Deed, app: AppName, spec: Spec, truth: Truth): Wants[] {
  const trees = treesSince(deed.operations.get(app)?.began ?? 0, app, spec, truth);
  return trees.flatMap((tree) => scopesBelieved(deed, truth).map((orb) => wantedOf(spec, tree, orb)));
}

function treesSince(began: number, app: AppName, spec: Spec, truth: Truth): Tree[] {
  const rendered = truth.rendered[app].at(began);
  const floor = rendered?.repository === spec.repository ? rendered.index : 0;
  return truth.commits[spec.repository]
    .all()
    .filter(({ index }) => index >= floor)
    .map(({ tree }) => tree);
}

function scopesBelieved(deed: Deed, truth: Truth): (OrbScope | undefined)[] {
  return [...new Set(truth.orbs[deed.cluster].since(truth.momentAt(deed.atMs - LAG_MS)))];
}

function explains({ objects }: Wants, { cluster, key, object }: Deed, spec: Spec): boolean {
  const wanted = objects.get(key);
  return (
    spec.cluster === cluster &&
    wanted !== undefined &&
    (object?.metadata.namespace ?? "") === (wanted.object.metadata.namespace ?? "") &&
    stands(wanted.object, object)
  );
}

function unexplained(deed: Deed, app: AppName, truth: Truth): Violation {
  const { object } = deed;
  if (object?.kind === ORB.kind) {
    const believed = new Set(scopesBelieved(deed, truth));
    const sent: OrbScope = (object.metadata.namespace ?? "") === "" ? "Cluster" : "Namespaced";
    if (!believed.has(sent))
      return {
        rule: "guessed-scope",
        text: `it is written as ${sent}, and Orb is ${[...believed].map((scope) => scope ?? "not served").join(", then ")}`,
      };
  }
  const present = specOf(app, deed, truth);
  if (present !== undefined) {
    const all = truth.commits[present.repository].all().map(({ tree }) => tree);
    if (
      all.some((tree) =>
        scopesBelieved(deed, truth).some((orb) => explains(wantedOf(present, tree, orb), deed, present)),
      )
    )
      return { rule: "older-commit", text: "only a commit that was left behind wants it so" };
  }
  for (const spec of truth.specs[app].all()) {
    if (spec === undefined) continue;
    const all = truth.commits[spec.repository].all().map(({ tree }) => tree);
    const scopes = [...new Set(truth.orbs[deed.cluster].all())];
    if (all.some((tree) => scopes.some((orb) => explains(wantedOf(spec, tree, orb), deed, spec))))
      return { rule: "replaced-spec", text: "only a spec that was replaced before wants it so" };
  }
  return { rule: "unwanted", text: "no spec and no commit wants it so" };
}

// ---------------------------------------------------------------- the gate of a wave

/** @returns which object of an earlier wave is not as it should be, undefined where all are */
function shutGate({ objects }: Wants, deed: Deed, app: AppName, truth: Truth): string | undefined {
  const wanted = objects.get(deed.key);
  const wave = wanted?.wave ?? 0;
  // What stood once passed its gate then, and is put back whatever became of the earlier waves since.
  if (wanted !== undefined && isHeal(deed, app) && everStood(wanted, deed, truth)) return undefined;
  const { initiatedBy, sync } = deed.operations.get(app)?.state.operation ?? {};
  // As in Argo CD, a part that somebody chose waits for itself alone.
  const chosen = initiatedBy?.automated === true ? [] : sync?.resources;
  for (const earlier of objects.values()) {
    if (!isSelected(parseRefKey(earlier.key), chosen)) continue;
    if (earlier.wave < wave && wasAnothers(earlier, deed, app, truth)) continue;
    if (earlier.wave < wave && !wasHealthy(earlier, deed, truth))
      return `it is of wave ${wave}, and ${show(parseRefKey(earlier.key))} of wave ${earlier.wave} is not healthy`;
  }
  return undefined;
}

/** A sync by itself of the objects that drifted. */
function isHeal({ operations }: Deed, app: AppName): boolean {
  const { initiatedBy, sync } = operations.get(app)?.state.operation ?? {};
  return initiatedBy?.automated === true && (sync?.resources ?? []).length > 0;
}

function everStood({ key, object }: Wanted, { cluster }: Deed, truth: Truth): boolean {
  const lives = truth.objects[cluster].get(key)?.all() ?? [];
  return lives.some((live) => live !== undefined && stands(object, live));
}

/** What another application holds is neither applied nor waited for. */
function wasAnothers({ key }: Wanted, { cluster, atMs }: Deed, app: AppName, truth: Truth): boolean {
  const lives = truth.objects[cluster].get(key)?.since(truth.momentAt(atMs - LAG_MS)) ?? [];
  return lives.some((live) => live !== undefined && trackingApp(live) !== app);
}

/** How long what the daemon itself wrote may be unknown to it: as long as an answer is under way. */
const ANSWERED_MS = 10_000;

/** The other application whose the object has been, and who has wanted it, for as long as news may take. */
function holderOf({ cluster, key, atMs, moment }: Deed, app: AppName, truth: Truth): AppName | undefined {
  const was = truth.objects[cluster].get(key)?.since(truth.momentAt(atMs - ANSWERED_MS)) ?? [];
  return APPS.find(
    (other) =>
      other !== app &&
      was.every((live) => live !== undefined && trackingApp(live) === other) &&
      was.length > 0 &&
      hasWanted(other, { cluster, key, atMs, moment }, truth),
  );
}

/** Whether an application has wanted the object all the time that news may take, whatever of it is believed. */
function hasWanted(
  app: AppName,
  { cluster, key, atMs, moment }: Pick<Deed, "cluster" | "key" | "atMs" | "moment">,
  truth: Truth,
): boolean {
  const start = truth.momentAt(atMs - LAG_MS);
  const orbs = truth.orbs[cluster].since(start);
  return truth.specs[app]
    .since(start)
    .every(
      (spec) =>
        spec !== undefined &&
        spec.cluster === cluster &&
        !forbidden(spec, truth.limits.at(moment)) &&
        truth.commits[spec.repository]
          .all()
          .every(({ tree }) => orbs.every((orb) => wantedOf(spec, tree, orb).objects.has(key))),
    );
}

/** Healthy at some moment of the time that news may take, and as Git wants it then or before. */
function wasHealthy(earlier: Wanted, deed: Deed, truth: Truth): boolean {
  const { key, object } = earlier;
  const { cluster, atMs } = deed;
  const lives = truth.objects[cluster].get(key);
  if (lives === undefined || !everStood(earlier, deed, truth)) return false;
  const judged = truth.judged.get(object.metadata.name);
  const start = truth.momentAt(atMs - LAG_MS);
  const moments = [...lives.moments(start), ...(judged?.moments(start) ?? [])];
  return moments.some((moment) => {
    const live = lives.at(moment);
    const said = judged?.at(moment);
    return live !== undefined && (said === undefined ? isHealthy(live) : said === "Healthy");
  });
}

// ---------------------------------------------------------------- deletes

function judgeDelete(deed: Deed, app: AppName, truth: Truth): Violation[] {
  const live = truth.live(deed.cluster, deed.key);
  if (live === undefined) return [];
  const found: Violation[] = [];
  if (deed.uid === undefined) found.push({ rule: "not-ours", text: "without its uid as precondition" });
  else if (deed.uid !== live.metadata.uid) return found;
  if (!writtenByUs(live)) found.push({ rule: "not-ours", text: "it was never applied" });
  const other = APPS.find((one) => one !== app && isWanted(deed, one, truth) === "always");
  if (other !== undefined) found.push({ rule: "pruned-for-another", text: `${other} wants it` });
  const spec = specOf(app, deed, truth);
  if (spec === undefined) {
    const last = truth.lastSpec(app, deed.moment);
    if (last?.cascade === "objects-stay")
      found.push({ rule: "pruned-unasked", text: "the application is gone, and its objects stay" });
    return found;
  }
  if (spec.cluster !== deed.cluster)
    found.push({ rule: "other-cluster", text: `the application's objects go to ${spec.cluster}` });
  else if (isWanted(deed, app, truth) === "always")
    found.push({ rule: "pruned-wanted", text: "it is wanted" });
  const operation = deed.operations.get(app);
  const { sync, initiatedBy } = operation?.state.operation ?? {};
  if (operation !== undefined && !isMeant(deed, operation.state.operation))
    found.push({ rule: "pruned-unasked", text: "the sync is a dry run, or of other objects" });
  const isAsked =
    sync?.prune === true && initiatedBy?.automated !== true && operation?.state.finishedAt === undefined;
  if (!isAsked && !(spec.sync !== "manual" && spec.extras === "prune"))
    found.push({ rule: "pruned-unasked", text: "neither the spec nor a person asks for pruning" });
  const made = truth.made.get(deed.uid ?? "");
  if (made !== undefined && operation !== undefined && made >= operation.began)
    found.push({ rule: "made-and-deleted", text: "this same sync made it" });
  return found;
}

/** Whether an application wants the object: by all that it may believe, by some of it, or not at all. */
function isWanted(deed: Deed, app: AppName, truth: Truth): "always" | "sometimes" | "never" {
  const spec = specOf(app, deed, truth);
  if (spec === undefined || spec.cluster !== deed.cluster || forbidden(spec, truth.limits.at(deed.moment)))
    return "never";
  const believed = candidates(deed, app, spec, truth).map(({ objects }) => objects.has(deed.key));
  return believed.every((is) => is) ? "always" : believed.some((is) => is) ? "sometimes" : "never";
}

function writtenByUs({ metadata }: KubeObject): boolean {
  return (metadata.managedFields ?? []).some(
    ({ manager, operation }) => manager === "holdfast" && operation === "Apply",
  );
}

// ---------------------------------------------------------------- limits

function judgeLimits(deed: Deed, app: AppName, truth: Truth): Violation[] {
  const spec = truth.lastSpec(app, deed.moment);
  if (spec === undefined) return [];
  const limits = truth.limits.at(deed.moment);
  // Of an application that goes each object is asked for by itself.
  const isThere = truth.specs[app].at(deed.moment) !== undefined;
  if (isThere && forbidden(spec, limits))
    return [{ rule: "project", text: "its project permits nothing of it" }];
  const { namespace } = parseRefKey(deed.key);
  return permits(spec.project, limits, namespace)
    ? []
    : [{ rule: "project", text: "its project does not permit it" }];
}
