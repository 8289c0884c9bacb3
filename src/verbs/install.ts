import type { InstallAsk, Installation, InstallOutlook } from "../cli/offline-verbs.ts";
import { Installer } from "../cluster/installer.ts";
import { installedDefinitions, installObjects } from "../core/install/install-objects.ts";
import {
  type GivenRights,
  type KindRule,
  kindRule,
  NAMESPACE,
  OURS,
  STORAGE,
  USUAL_KINDS,
} from "../core/install/install-plan.ts";
import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { defined } from "../lib/defined.ts";
import { jsonLog } from "../lib/json-log.ts";
import { kubeconfigOf } from "./cluster-account.ts";
import type { Surroundings } from "./surroundings.ts";

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** @throws {Failure} invalid-spec where what is asked makes no sense */
export function install({ env, stderr, build }: Surroundings, ask: InstallAsk): Installation {
  const { definitions = true, image = `holdfast:${build.version}`, storage = STORAGE } = ask;
  const namespace = named(ask.namespace ?? NAMESPACE, "the namespace");
  if (!/^[a-z0-9][^\s"'\\]*$/i.test(image))
    throw refused(JSON.stringify(image), "it is no image", "Name it as registry/name:tag");
  if (!/^[1-9]\d*(Mi|Gi|Ti)$/.test(storage))
    throw refused(JSON.stringify(storage), "it is no size", "Write it as 5Gi");
  const objects = [
    ...(definitions ? installedDefinitions() : []),
    ...installObjects({
      namespace,
      image,
      rights: rightsOf(ask),
      storage: { size: storage, ...defined({ class: ask.storageClass }) },
    }),
  ];
  return {
    objects,
    async into({ kubeconfig, context, signal }) {
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
        const steps: { object: KubeObject; outlook: InstallOutlook }[] = [];
        for (const object of objects) steps.push({ object, outlook: await installer.outlook(object) });
        const foreign = steps
          .filter(({ outlook }) => outlook === "foreign")
          .map(({ object }) => said(object));
        if (foreign.length > 0)
          throw new Failure("conflict", foreign.join(", "), "after-edit", {
            cannot: "install",
            why: "somebody else made what stands there",
            fix: "Install into another namespace by --namespace; where it is Argo CD's, holdfast adopt says how to move in",
          });
        return {
          steps: steps.map(({ object, outlook }) => ({ object: said(object), outlook })),
          async apply(did) {
            for (const { object, outlook } of steps) {
              if (outlook === "kept" || outlook === "unchanged") continue;
              await installer.apply(object);
              did(said(object), outlook === "create" ? "created" : "changed");
            }
          },
          stop: () => installer.stop(),
        };
      } catch (cause) {
        installer.stop();
        throw cause;
      }
    },
  };
}

function rightsOf({ rights = "all", namespaces = [], kinds = [] }: InstallAsk): GivenRights {
  if (rights !== "namespaces") {
    if (namespaces.length > 0 || kinds.length > 0)
      throw refused(
        `--rights ${rights}`,
        "namespaces and kinds are chosen by --rights namespaces alone",
        "Write --rights namespaces, or leave the others away",
      );
    return { is: rights };
  }
  if (namespaces.length === 0)
    throw refused("--rights namespaces", "it names no namespace", "Name them by --in, which may be repeated");
  return {
    is: "namespaces",
    namespaces: [...new Set(namespaces.map((each) => named(each, "a namespace of --in")))],
    kinds: kinds.length === 0 ? USUAL_KINDS : kinds.map(ruleOf),
  };
}

function ruleOf(text: string): KindRule {
  const rule = kindRule(text);
  if (rule !== undefined) return rule;
  throw refused(
    JSON.stringify(text),
    "it names no kind",
    "Write it as apps/deployments, batch/* or configmaps",
  );
}

function named(name: string, what: string): string {
  if (DNS_LABEL.test(name)) return name;
  throw refused(
    JSON.stringify(name),
    `${what} cannot be called so`,
    "Use up to 63 of a-z, 0-9 and -, with no - at either end",
  );
}

function refused(object: string, why: string, fix: string): Failure {
  return new Failure("invalid-spec", object, "after-edit", { cannot: "install", why, fix });
}

function said({ kind, metadata: { name, namespace } }: KubeObject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
