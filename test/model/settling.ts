/** What must hold when nothing happens any more. */
import { ANNOTATION } from "../../src/core/model/application.ts";
import { parseRefKey, type RefKey, show } from "../../src/core/model/object-ref.ts";
import type { Deed } from "./api-servers.ts";
import {
  forbidden,
  isHealthy,
  permits,
  stands,
  type Wanted,
  type Wants,
  wantedOf,
} from "./reference-model.ts";
import type { Violation } from "./safety.ts";
import { APPS, type AppName, type Spec } from "./script.ts";
import { type Truth, trackingApp } from "./truth.ts";

/** An application as the API shows it. */
export interface Shown {
  sync: string;
  operation: "none" | "running" | "waits" | "ended";
  /** How long its present try has run, milliseconds. */
  runningMs: number;
  isGoing: boolean;
}

/** Longer than any try that waits for nobody: one that is made again each minute may run when it is looked at. */
const ENDLESS_MS = 2 * 60_000;

export function isEndless({ operation, runningMs }: Shown): boolean {
  return operation === "running" && runningMs > ENDLESS_MS;
}

/** @returns what is not yet as it should be */
export function unsettled(truth: Truth, shown: ReadonlyMap<AppName, Shown>): Violation[] {
  return APPS.flatMap((app) => {
    const spec = truth.specs[app].now;
    return spec === undefined
      ? unsettledGone(app, truth, shown)
      : unsettledApp(app, spec, truth, shown.get(app));
  });
}

function unsettledGone(app: AppName, truth: Truth, shown: ReadonlyMap<AppName, Shown>): Violation[] {
  const last = truth.lastSpec(app);
  if (last === undefined || forbidden(last, truth.limits.now)) return [];
  const left = truth.trackedBy(app, last.cluster);
  if (left.some(({ key }) => !permits(last.project, truth.limits.now, parseRefKey(key).namespace))) return [];
  if (shown.has(app)) return [{ rule: "not-settled", text: `${app} was removed and is still there` }];
  // One that went and came back knows nothing of what it left behind.
  const wentBefore = truth.specs[app].all().slice(0, -1).includes(undefined);
  return last.cascade === "objects-stay" || hasMoved(app, truth) || wentBefore
    ? []
    : left
        // It was left to whoever wanted it then, who may have lost interest since.
        .filter(({ key }) => !APPS.some((other) => other !== app && everWanted(other, key, truth)))
        .map(({ key }) => ({
          rule: "not-settled",
          text: `${app} is gone, ${show(parseRefKey(key))} is left`,
        }));
}

function everWanted(app: AppName, key: RefKey, truth: Truth): boolean {
  return truth.specs[app].all().some((spec) => {
    if (spec === undefined) return false;
    const scopes = [...new Set(truth.orbs[spec.cluster].all())];
    return truth.commits[spec.repository]
      .all()
      .some(({ tree }) => scopes.some((orb) => wantedOf(spec, tree, orb).objects.has(key)));
  });
}

/** Applications of which nothing is said, though they may still have something to do: their next try is waited for. */
export function someUnjudged(truth: Truth): boolean {
  return APPS.some((app) => {
    const [spec, wants] = [truth.specs[app].now, truth.wants(app)];
    if (spec === undefined || wants === undefined) return false;
    return isContested(app, truth) || isHeldBySilent(app, wants, spec, truth);
  });
}

function unsettledApp(app: AppName, spec: Spec, truth: Truth, is: Shown | undefined): Violation[] {
  if (is === undefined || is.isGoing)
    return [
      { rule: "app-lost", text: `${app} is ${is === undefined ? "gone" : "going"}, and nobody removed it` },
    ];
  const wants = truth.wants(app);
  if (wants === undefined || isContested(app, truth) || isHeldBySilent(app, wants, spec, truth)) return [];
  const found: Violation[] = [];
  // What a person asked for goes on through commits that change nothing of what it waits for, and no other begins beside it.
  if (isEndless(is) && isPersonsWait(app, spec, wants, truth)) return found;
  const mayWait = !forbidden(spec, truth.limits.now) && canWait(wants, spec, truth);
  if (isEndless(is) && !mayWait)
    found.push({ rule: "endless", text: `an operation of ${app} runs without end` });
  // What is there already may stand though it could not be written any more.
  if (isRefused(wants, spec, truth)) return found;
  if (forbidden(spec, truth.limits.now) || wants.unknownKinds === "some") {
    if (is.sync === "Synced")
      found.push({ rule: "wrong-status", text: `${app} cannot be synced and is Synced` });
    return found;
  }
  const due = [...wants.objects.values()].filter(({ wave }) => wave <= firstShutWave(wants, spec, truth));
  const apart = due.filter((wanted) => !isThere(wanted, app, spec, truth));
  // As in Argo CD, nothing is healed while an operation is in progress, and one may wait for health for ever.
  const isHealed = spec.sync === "self-heal" && !(isEndless(is) && truth.handled.has(app));
  const converges = isHealed || (spec.sync === "automated" && !truth.touched.has(app));
  if (converges) {
    found.push(...apart.map((wanted) => notThere(wanted, app, spec, truth)));
    const isPruned = spec.extras === "prune" && (isHealed || !wasSyncedWithoutPrune(app, truth));
    if (isPruned && firstShutWave(wants, spec, truth) === Number.POSITIVE_INFINITY)
      found.push(
        ...prunable(app, spec, wants, truth).map(
          (text): Violation => ({ rule: "not-settled", text: `${app} should have pruned ${text}` }),
        ),
      );
  }
  const all = [...wants.objects.values()].every((wanted) => isThere(wanted, app, spec, truth));
  const left = extras(app, spec, wants, truth);
  const isSynced = all && left.length === 0;
  const mayBeSynced = all && left.every((key) => isLeftBehind(key, app, spec, wants, truth));
  const anothers = [...wants.objects.values()].find((wanted) => isAnothers(wanted, app, spec, truth));
  if (is.sync === "Synced" && anothers !== undefined)
    found.push({
      rule: "not-taken-over",
      text: `${app} is Synced, and ${show(parseRefKey(anothers.key))} is not its own`,
    });
  else if ((is.sync === "Synced") !== isSynced && !(is.sync === "Synced" && mayBeSynced))
    found.push({
      rule: "wrong-status",
      text: `${app} is ${is.sync}, and ${isSynced ? "nothing differs" : "something differs"}`,
    });
  return found;
}

/**
 * Whether it is a deletion by one more try of a sync that an unhealthy wave ends each time: each try deletes the first wave
 * of what is left to prune, because as in Argo CD those waves change places among themselves, anew in each try. They are
 * few, and whatever makes such an object again is no deletion.
 */
export function comesWithNextTry({ verb, cluster, key }: Deed, truth: Truth): boolean {
  const live = truth.live(cluster, key);
  const app = APPS.find((one) => live !== undefined && trackingApp(live) === one);
  const spec = app && truth.specs[app].now;
  const wants = app && truth.wants(app);
  if (verb !== "delete" || spec === undefined || wants === undefined) return false;
  const isTriedAgain = spec.sync !== "manual" && spec.extras === "prune" && canWait(wants, spec, truth);
  return isTriedAgain && spec.cluster === cluster && !wants.objects.has(key);
}

function isThere({ key, object }: Wanted, app: AppName, { cluster, namespace }: Spec, truth: Truth): boolean {
  const live = truth.live(cluster, key);
  if (live === undefined || trackingApp(live) !== app || !stands(object, live)) return false;
  // As in Argo CD the id of what has no namespace names the destination's, so that another destination is a difference.
  const { namespace: own, name } = parseRefKey(key);
  const id = live.metadata.annotations?.[ANNOTATION.trackingId];
  return own !== "" || id?.endsWith(`:${namespace}/${name}`) === true;
}

function isAnothers({ key }: Wanted, app: AppName, { cluster }: Spec, truth: Truth): boolean {
  const live = truth.live(cluster, key);
  return live !== undefined && trackingApp(live) !== app;
}

function notThere({ key, object }: Wanted, app: AppName, { cluster }: Spec, truth: Truth): Violation {
  const live = truth.live(cluster, key);
  const what = `${show(parseRefKey(key))} on ${cluster}`;
  if (live === undefined) return { rule: "not-settled", text: `${app} should have made ${what}` };
  const owner = trackingApp(live);
  if (owner !== app)
    return {
      rule: "not-taken-over",
      text: `${what} bears the mark of ${owner ?? "nobody"}, and only ${app} wants it`,
    };
  return { rule: "not-settled", text: `${app} should have made ${what} ${JSON.stringify(object)}` };
}

/** Of an automated application it ends where the newest commit does not want what it waits for, or wants it otherwise. */
function isPersonsWait(app: AppName, { sync, cluster }: Spec, { objects }: Wants, truth: Truth): boolean {
  const { operation, message = "" } = truth.operations.get(app)?.state ?? {};
  const [, what] = /^waiting for healthy state of (\S+ \S+)/.exec(message) ?? [];
  if (operation?.initiatedBy?.automated === true || what === undefined) return false;
  const wanted = [...objects.values()].find(({ key }) => show(parseRefKey(key)) === what);
  return (
    sync === "manual" || (wanted !== undefined && stands(wanted.object, truth.live(cluster, wanted.key)))
  );
}

/** By a person, and last: as in Argo CD that revision counts as delivered, and what is left waits for the next one. */
function wasSyncedWithoutPrune(app: AppName, { operations }: Truth): boolean {
  const { sync, initiatedBy } = operations.get(app)?.state.operation ?? {};
  return sync !== undefined && sync.prune !== true && initiatedBy?.automated !== true;
}

function extras(app: AppName, { cluster }: Spec, { objects }: Wants, truth: Truth): RefKey[] {
  return truth
    .trackedBy(app, cluster)
    .filter(({ key }) => !objects.has(key))
    .map(({ key }) => key);
}

/**
 * What the application had when it went away, or to another cluster: it has no record of that any more. Back again it
 * looks at the kinds that Git wants, so of another kind it may not know, unless somebody else has that watched.
 */
function isLeftBehind(
  key: RefKey,
  app: AppName,
  { cluster }: Spec,
  { objects }: Wants,
  truth: Truth,
): boolean {
  const { kind } = parseRefKey(key);
  if ([...objects.keys()].some((wanted) => parseRefKey(wanted).kind === kind)) return false;
  const lives = truth.objects[cluster].get(key),
    specs = truth.specs[app];
  const uid = lives?.now?.metadata.uid;
  return [...specs.moments(0), ...(lives?.moments(0) ?? [])].some((moment) => {
    const was = lives?.at(moment);
    const wasThere = was?.metadata.uid === uid && was !== undefined && trackingApp(was) === app;
    return wasThere && specs.at(moment)?.cluster !== cluster;
  });
}

/** Extras that nothing keeps: of an application that went away and came back, some are unknown to it. */
function prunable(app: AppName, spec: Spec, wants: Wants, truth: Truth): string[] {
  if (hasMoved(app, truth) || truth.specs[app].all().some((one) => one === undefined)) return [];
  return truth
    .trackedBy(app, spec.cluster)
    .filter(
      ({ key }) =>
        !wants.objects.has(key) &&
        // Whoever else wants it gets it, or is told why not; so it is where that is not known any more.
        !APPS.some(
          (other) =>
            other !== app &&
            (truth.wants(other)?.objects.has(key) ||
              (isSilent(other, truth) && everWanted(other, key, truth))),
        ) &&
        permits(spec.project, truth.limits.now, parseRefKey(key).namespace),
    )
    .map(({ key }) => show(parseRefKey(key)));
}

function hasMoved(app: AppName, truth: Truth): boolean {
  return new Set(truth.specs[app].all().flatMap((spec) => spec?.cluster ?? [])).size > 1;
}

/** Another application wants one of its objects: whose they are is decided by who came first. */
function isContested(app: AppName, truth: Truth): boolean {
  const mine = truth.wants(app)?.objects;
  const spec = truth.specs[app].now;
  return APPS.some(
    (other) =>
      other !== app &&
      truth.specs[other].now?.cluster === spec?.cluster &&
      [...(truth.wants(other)?.objects.keys() ?? [])].some((key) => mine?.has(key)),
  );
}

/** What the owner of one of its objects wants is not known, because its project forbids all of it: it lets go of nothing. */
function isHeldBySilent(app: AppName, { objects }: Wants, { cluster }: Spec, truth: Truth): boolean {
  return APPS.some((other) => {
    if (other === app || !isSilent(other, truth)) return false;
    return truth.trackedBy(other, cluster).some(({ key }) => objects.has(key));
  });
}

/** Its project forbids all of it, so it is not looked at. */
function isSilent(app: AppName, truth: Truth): boolean {
  const spec = truth.specs[app].now;
  return spec !== undefined && forbidden(spec, truth.limits.now);
}

function isRefused({ objects }: Wants, { project }: Spec, truth: Truth): boolean {
  return [...objects.keys()].some((key) => !permits(project, truth.limits.now, parseRefKey(key).namespace));
}

/** The first wave that cannot become healthy: what comes after it is not written. */
function firstShutWave({ objects }: Wants, spec: Spec, truth: Truth): number {
  const shut = [...objects.values()].flatMap((wanted) =>
    canBeHealthy(wanted, spec, truth) ? [] : [wanted.wave],
  );
  return Math.min(Number.POSITIVE_INFINITY, ...shut);
}

function canBeHealthy({ key, object, state }: Wanted, { cluster }: Spec, truth: Truth): boolean {
  const said = truth.judged.get(object.metadata.name)?.now;
  if (said !== undefined) return said === "Healthy";
  const live = truth.live(cluster, key);
  return state === "good" || (live !== undefined && isHealthy(live));
}

/** Whether a wave may wait for as long as nobody does anything. */
function canWait(wants: Wants, spec: Spec, truth: Truth): boolean {
  return firstShutWave(wants, spec, truth) !== Number.POSITIVE_INFINITY;
}
