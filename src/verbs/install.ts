import type { InstallAsk, Installation } from "../cli/offline-verbs.ts";
import { installedDefinitions, installObjects } from "../core/install/install-objects.ts";
import { type KindRule, kindRule, NAMESPACE } from "../core/install/install-plan.ts";
import { type InstallWishes, planOver } from "../core/install/over-installed.ts";
import { Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { installInto } from "./install-into.ts";
import type { Surroundings } from "./surroundings.ts";

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** @throws {Failure} invalid-spec where what is asked makes no sense */
export function install(around: Surroundings, ask: InstallAsk): Installation {
  const wishes = wishesOf(ask);
  const usual = `holdfast:${around.build.version}`;
  const definitions = ask.definitions === false ? [] : installedDefinitions();
  return {
    objects: [...definitions, ...installObjects(planOver(wishes, {}, usual))],
    into: (where) => installInto(around, { definitions, wishes, usual }, where),
  };
}

function wishesOf(ask: InstallAsk): InstallWishes {
  const { image, storage, storageClass, rights, namespaces = [], kinds = [] } = ask;
  const namespace = named(ask.namespace ?? NAMESPACE, "the namespace");
  if (image !== undefined && !/^[a-z0-9][^\s"'\\]*$/i.test(image))
    throw refused(JSON.stringify(image), "it is no image", "Name it as registry/name:tag");
  if (storage !== undefined && !/^[1-9]\d*(Mi|Gi|Ti)$/.test(storage))
    throw refused(JSON.stringify(storage), "it is no size", "Write it as 5Gi");
  return {
    namespace,
    storage: defined({ size: storage, class: storageClass }),
    ...defined({ image, rights: rightsOf({ rights, namespaces, kinds }) }),
  };
}

function rightsOf({
  rights,
  namespaces,
  kinds,
}: {
  rights: InstallAsk["rights"];
  namespaces: readonly string[];
  kinds: readonly string[];
}): InstallWishes["rights"] {
  if (rights !== "namespaces") {
    if (namespaces.length > 0 || kinds.length > 0)
      throw refused(
        `--rights ${rights ?? "all"}`,
        "namespaces and kinds are chosen by --rights namespaces alone",
        "Write --rights namespaces, or leave the others away",
      );
    return rights === undefined ? undefined : { is: rights };
  }
  if (namespaces.length === 0)
    throw refused("--rights namespaces", "it names no namespace", "Name them by --in, which may be repeated");
  return {
    is: "namespaces",
    namespaces: [...new Set(namespaces.map((each) => named(each, "a namespace of --in")))],
    ...(kinds.length === 0 ? {} : { kinds: kinds.map(ruleOf) }),
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
