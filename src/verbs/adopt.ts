/** Looks at the applications of an Argo CD beside it, and says where it would judge otherwise. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdoptAsk, TakeableAsk } from "../cli/offline-verbs.ts";
import type { Config } from "../config/config.ts";
import { defaultConfig } from "../config/load-config.ts";
import { type ArgoStatus, readArgoStatus } from "../core/adopt/argo-status.ts";
import { type HeldObject, instanceLabelOf, seenByLabel } from "../core/adopt/by-label.ts";
import { type Unread, unreadOf } from "../core/adopt/concerns.ts";
import { letsGo } from "../core/adopt/letting-go.ts";
import { differencesOf, type FieldsByObject, notesOf, saidBy, verdictOf } from "../core/adopt/verdicts.ts";
import type {
  AdoptedApplication,
  AdoptionReport,
  TakeableApplication,
} from "../core/model/adoption-report.ts";
import {
  ANNOTATION,
  type AppKey,
  type Application,
  type ApplicationStatus,
  keyOfApp,
  trackingName,
} from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { refKey } from "../core/model/object-ref.ts";
import { parseApplication } from "../core/model/parse-application.ts";
import { parseProject } from "../core/model/parse-project.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { Project } from "../core/model/project.ts";
import { seenIn } from "../core/model/seen-application.ts";
import type { ReadControl } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { type JsonLog, jsonLog } from "../lib/json-log.ts";
import { adoptionConfig, clustersBeside } from "./adopt-config.ts";
import { lookAt } from "./adopt-look.ts";
import { type ArgoEstate, readEstate, readTakeable } from "./adopt-read.ts";
import { kubeconfigOf } from "./cluster-account.ts";
import { configFile, readConfig } from "./config-file.ts";
import type { Surroundings } from "./surroundings.ts";

/** @throws {Failure} where Argo CD's objects, or the config, cannot be read */
export async function adopt(around: Surroundings, ask: AdoptAsk): Promise<AdoptionReport> {
  const { context, namespace, timeoutMs, signal } = ask;
  const kubeconfig = ask.kubeconfig ?? kubeconfigOf(around.env);
  // What stands in the way of an application is part of its verdict.
  const log = silentLog();
  const data = mkdtempSync(join(tmpdir(), "holdfast-adopt-"));
  try {
    const base = baseConfig(around, ask.config, data);
    const estate = await readEstate({
      kubeconfig,
      context,
      namespace,
      environment: around.env,
      log,
      signal,
    });
    const { apps, unreadable } = applicationsOf(estate.applications, namespace);
    const { projects, problems: ofProjects } = projectsOf(estate.projects, namespace);
    const config = adoptionConfig(base, estate, { data, namespace, kubeconfig, context });
    const clusters = clustersBeside(estate, base);
    return await lookAt(
      around,
      { config, clusters, applications: apps.map(({ app }) => app), projects, timeoutMs, log, signal },
      async (control, ofClusters) => {
        const judged: AdoptedApplication[] = [];
        const label = instanceLabelOf(estate.configMaps);
        const problems = [...estate.problems, ...ofProjects, ...ofClusters];
        const unread = { settings: estate.held.unknown, problems, secrets: estate.secrets };
        for (const each of apps) judged.push(await judge(each, control, { namespace, label, unread }));
        return {
          context: context ?? "",
          namespace,
          applications: [...judged, ...unreadable].sort((a, b) => (a.application < b.application ? -1 : 1)),
          read: {
            projects: projects.length,
            repositories: new Set(estate.held.repositories.map(({ url }) => url)).size,
            clusters: clusters.length,
          },
          problems,
          notHonoured: withoutEffect(estate),
        };
      },
    );
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** What Argo CD has now, and whether it has let go of each. @throws {Failure} as `adopt` */
export async function takeable(
  around: Surroundings,
  { context, namespace, kubeconfig = kubeconfigOf(around.env), signal }: TakeableAsk,
): Promise<TakeableApplication[]> {
  const { env: environment } = around;
  const asked = { kubeconfig, context, namespace, environment, log: silentLog(), signal };
  const { applications, controller } = await readTakeable(asked);
  return applications.map((written): TakeableApplication => {
    const parsed = parseApplication(asOurs(written), { homeNamespace: namespace });
    return {
      application: `${written.metadata.namespace ?? namespace}/${written.metadata.name}`,
      letsGo: letsGo(controller, written),
      ...defined({ deletingSince: written.metadata.deletionTimestamp }),
      ...(parsed.ok ? { manifest: parsed.value } : {}),
    };
  });
}

export function silentLog(): JsonLog {
  return jsonLog(
    () => "error",
    () => undefined,
  );
}

interface Found {
  /** As we would have it: without what Argo CD notes in it. */
  app: Application;
  written: KubeObject;
  said: ArgoStatus;
}

async function judge(
  { app, written, said }: Found,
  control: ReadControl,
  { namespace, label, unread }: { namespace: string; label: string; unread: Unread },
): Promise<AdoptedApplication> {
  const key = keyOfApp(app);
  const ours = control.application(key);
  if (ours?.status?.reconciledAt === undefined)
    return {
      is: "not-judged",
      application: key,
      why: ["it was not looked at in time: wait longer with --timeout"],
    };
  let status = ours.status;
  let differences = differencesOf(said, { status }, new Map());
  let labelled = 0;
  const notes = notesOf(said, written);
  if (differences.some(({ of, object }) => of === "sync" && object !== undefined)) {
    const held = await heldBy(key, control);
    const byLabel = seenByLabel(status, held, { label, name: trackingName(key, namespace) });
    status = byLabel.status;
    labelled = byLabel.objects;
    differences = differencesOf(said, { status }, fieldsOf(held));
    if (byLabel.objects > 0)
      notes.push(
        `${byLabel.objects} of its objects bear Argo CD's label ${label} and no tracking id: the first sync writes the id`,
      );
  }
  return {
    is: differences.length === 0 ? "equal" : "different",
    application: key,
    argoCD: saidBy(said),
    holdfast: verdictOf(status),
    differences,
    notes,
    unknown: [...unreadOf(app, unread), ...unknownIn(ours.status)],
    seen: seenIn(ours.status),
    byLabel: labelled,
  };
}

/** What our own verdict leaves open. Where the sync is Unknown, its reason stands there. */
function unknownIn({ health, sync, resources = [] }: ApplicationStatus): string[] {
  const open = resources.filter((each) => each.status === "Unknown" || each.health?.status === "Unknown");
  if (sync.status === "Unknown") return [];
  if (open.length === 0 && health.status !== "Unknown") return [];
  const [first] = open;
  const why = first?.health?.message ?? health.message ?? "";
  const which = first === undefined ? "its health" : `${first.kind} ${first.name}`;
  const more = open.length > 1 ? ` and ${open.length - 1} more` : "";
  return [`how ${which}${more} is cannot be told${why === "" ? "" : `: ${why}`}`];
}

/** What cannot be told leaves the verdicts as they are, without their reasons. */
async function heldBy(key: AppKey, control: ReadControl): Promise<HeldObject[]> {
  try {
    const found = await control.managedResources(key);
    return found.is === "absent" ? [] : found.value;
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return [];
  }
}

function fieldsOf(held: readonly HeldObject[]): FieldsByObject {
  return new Map(held.map(({ ref, fields }) => [refKey(ref), fields]));
}

function applicationsOf(
  objects: readonly KubeObject[],
  homeNamespace: string,
): { apps: Found[]; unreadable: AdoptedApplication[] } {
  const apps: Found[] = [];
  const unreadable: AdoptedApplication[] = [];
  for (const written of objects) {
    const parsed = parseApplication(asOurs(written), { homeNamespace });
    if (parsed.ok) apps.push({ app: parsed.value, written, said: readArgoStatus(written["status"]) });
    else
      unreadable.push({
        is: "not-judged",
        application: `${written.metadata.namespace ?? homeNamespace}/${written.metadata.name}`,
        why: parsed.problems.filter(({ severity }) => severity === "error").map(showProblem),
      });
  }
  return { apps, unreadable };
}

/** Without status, operation and marks that Argo CD's controller alone obeys. */
export function asOurs({ apiVersion, kind, metadata, spec }: KubeObject): unknown {
  const { name, namespace, labels, finalizers } = metadata;
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(
      ([key]) =>
        ![ANNOTATION.skipReconcile, ANNOTATION.refresh, ANNOTATION.lastApplied].includes(key as never),
    ),
  );
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      annotations,
      ...defined({ labels, finalizers }),
    },
    spec,
  };
}

/** Where applications are was honoured by reading them there; people are asked where the namespace is the home alone. */
export function withoutEffect({ held }: Pick<ArgoEstate, "held">): string[] {
  return [...held.notHonoured, ...held.ofPeople].filter((key) => !key.endsWith(": application.namespaces"));
}

export function projectsOf(
  objects: readonly KubeObject[],
  homeNamespace: string,
): { projects: Project[]; problems: Problem[] } {
  const projects: Project[] = [];
  const problems: Problem[] = [];
  for (const { status: _, ...object } of objects) {
    const parsed = parseProject(object, { homeNamespace });
    if (parsed.ok) projects.push(parsed.value);
    else problems.push(...parsed.problems.filter(({ severity }) => severity === "error"));
  }
  return { projects, problems };
}

/** @throws {Failure} config */
function baseConfig(around: Surroundings, named: string | undefined, data: string): Config {
  if (named === undefined) return defaultConfig(data);
  const file = configFile(named, around);
  const parsed = readConfig(file, around);
  if (parsed.ok) return parsed.value;
  throw new Failure("config", file, "after-edit", {
    cannot: "read it",
    why: parsed.problems.map(showProblem).join("; "),
  });
}
