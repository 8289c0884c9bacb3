import type { InstallSteps } from "../cli/offline-verbs.ts";
import { Installer, type InstallOutlook } from "../cluster/installer.ts";
import { installObjects } from "../core/install/install-objects.ts";
import { type InstallPlan, OURS, ours } from "../core/install/install-plan.ts";
import { type Installed, readInstalled } from "../core/install/installed.ts";
import {
  configOver,
  type InstallWishes,
  planOver,
  renamedRights,
  saidOf,
  staleRights,
} from "../core/install/over-installed.ts";
import { claimOf } from "../core/install/workload.ts";
import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { defined } from "../lib/defined.ts";
import { jsonLog } from "../lib/json-log.ts";
import { kubeconfigOf } from "./cluster-account.ts";
import type { Surroundings } from "./surroundings.ts";

interface Meant {
  definitions: readonly KubeObject[];
  wishes: InstallWishes;
  /** The image where none is named and none is there. */
  usual: string;
}

interface Step {
  object: KubeObject;
  outlook: InstallOutlook;
}

/** Reads what is installed, and what of it would be another. As `Installation.into`. */
export async function installInto(
  { env, stderr }: Surroundings,
  meant: Meant,
  { kubeconfig, context, signal }: { kubeconfig?: string; context?: string; signal: AbortSignal },
): Promise<InstallSteps> {
  const installer = new Installer({
    cluster: context ?? "the current context",
    kubeconfig: kubeconfig ?? kubeconfigOf(env),
    ...defined({ context }),
    environment: env,
    log: jsonLog(() => "error", stderr),
    marks: OURS,
  });
  signal.addEventListener("abort", () => installer.stop(), { once: true });
  try {
    return await stepsOf(installer, meant);
  } catch (cause) {
    installer.stop();
    throw cause;
  }
}

async function stepsOf(installer: Installer, { definitions, wishes, usual }: Meant): Promise<InstallSteps> {
  const found = await installer.marked(wishes.namespace);
  const installed = readInstalled(found, wishes.namespace);
  refuseUnknownRights(installed, wishes);
  const plan = planOver(wishes, installed, usual);
  const said = saidOf(wishes, installed, plan);
  const steps: Step[] = [];
  for (const object of [...definitions, ...installObjects(plan)]) {
    if (object.kind === "PersistentVolumeClaim") {
      steps.push(await claimStep(installer, { object, installed, plan, said }));
      continue;
    }
    if (object.kind !== "ConfigMap") {
      steps.push({ object, outlook: await installer.outlook(object) });
      continue;
    }
    const { map, said: ofConfig } = configOver(object, installed, plan);
    said.push(...ofConfig);
    steps.push({ object: map, outlook: await installer.outlook(map) });
  }
  refuseForeign(steps);
  const stale = wishes.rights === undefined ? renamedRights(found, plan) : staleRights(found, plan);
  return {
    said,
    image: wishes.image ?? installed.image,
    steps: [
      ...steps.map(({ object, outlook }) => ({ object: nameOf(object), ...outlook })),
      ...stale.map((object) => ({ object: nameOf(object), is: "remove" as const })),
    ],
    async apply(did) {
      for (const { object, outlook } of steps) {
        if (outlook.is !== "create" && outlook.is !== "change") continue;
        await installer.apply(object);
        did(nameOf(object), outlook.is === "create" ? "created" : "changed");
      }
      // Last: until the new ones are there, it lives by the old.
      for (const object of stale) {
        await installer.remove(object);
        did(nameOf(object), "removed");
      }
    },
    stop: () => installer.stop(),
  };
}

/** Rights that somebody else made must not become all of them because nothing was said. */
function refuseUnknownRights({ image, rights }: Installed, wishes: InstallWishes): void {
  if (image === undefined || rights !== undefined || wishes.rights !== undefined) return;
  throw new Failure("conflict", `the installation in ${wishes.namespace}`, "after-edit", {
    cannot: "tell its rights",
    why: "none of its bindings is one that install makes",
    fix: "Say what it may: --rights all, namespaces or read",
  });
}

/** A claim that its server does not let be another stays as it is: everything else can be renewed all the same. */
async function claimStep(
  installer: Installer,
  {
    object,
    installed: { storage },
    plan,
    said,
  }: { object: KubeObject; installed: Installed; plan: InstallPlan; said: string[] },
): Promise<Step> {
  try {
    return { object, outlook: await installer.outlook(object) };
  } catch (cause) {
    if (!(cause instanceof Failure) || storage === undefined || storage.size === plan.storage.size)
      throw cause;
    const kept = ours(claimOf({ ...plan, storage }));
    const outlook = await installer.outlook(kept);
    said.push(`Its volume stays at ${storage.size}: ${cause.why}`);
    return { object: kept, outlook };
  }
}

function refuseForeign(steps: readonly Step[]): void {
  const foreign = steps.filter(({ outlook }) => outlook.is === "foreign").map(({ object }) => nameOf(object));
  if (foreign.length > 0)
    throw new Failure("conflict", foreign.join(", "), "after-edit", {
      cannot: "install",
      why: "somebody else made what stands there",
      fix: "Install into another namespace by --namespace; where it is Argo CD's, holdfast adopt says how to move in",
    });
}

function nameOf({ kind, metadata: { name, namespace } }: KubeObject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
