/** An installation over one that is there: what nobody says anew stays as it is. */
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml, printYaml } from "../../lib/yaml.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { installedConfig } from "./install-objects.ts";
import {
  clusterWideName,
  formerName,
  type GivenRights,
  type InstallPlan,
  type KindRule,
  NAME,
  PARTS,
  STORAGE,
  USUAL_KINDS,
} from "./install-plan.ts";
import { CONFIG_FILE, type Installed, isBoundTo, WRITTEN } from "./installed.ts";
import { mergeConfig } from "./merge-config.ts";
import { rightsOf } from "./rights.ts";

/** What somebody says of an installation; what is absent is as it is installed, else as usual. */
export interface InstallWishes {
  namespace: string;
  image?: string;
  rights?:
    | { is: "all" | "read" }
    | { is: "namespaces"; namespaces: readonly string[]; kinds?: readonly KindRule[] };
  storage: { size?: string; class?: string };
}

/** @param usual the image where none is named and none is there */
export function planOver(wishes: InstallWishes, installed: Installed, usual: string): InstallPlan {
  const { namespace, image, storage } = wishes;
  const there = installed.storage;
  return {
    namespace,
    image: image ?? installed.image ?? usual,
    rights: rightsOver(wishes.rights, installed.rights),
    storage: {
      size: storage.size ?? there?.size ?? STORAGE,
      // A claim's class never changes: one that is asked for is only told.
      ...defined({ class: there === undefined ? storage.class : there.class }),
    },
  };
}

function rightsOver(said: InstallWishes["rights"], there: GivenRights | undefined): GivenRights {
  if (said === undefined) return there ?? { is: "all" };
  if (said.is !== "namespaces") return { is: said.is };
  const kinds = said.kinds ?? (there?.is === "namespaces" ? there.kinds : USUAL_KINDS);
  return { is: "namespaces", namespaces: said.namespaces, kinds };
}

/** Sentences of what stays, and of what it may before and afterwards. Nothing of a first installation but its rights. */
export function saidOf(wishes: InstallWishes, installed: Installed, plan: InstallPlan): string[] {
  const { image, rights: before, storage } = installed;
  const after = rightsInWords(plan.rights);
  const said: string[] = [];
  if (before === undefined) said.push(`Rights: ${after}.`);
  else if (rightsInWords(before) === after)
    said.push(`Rights stay: ${after}.${wishes.rights === undefined ? " --rights says otherwise." : ""}`);
  else said.push(`Rights change: from ${rightsInWords(before)}, to ${after}.`);
  if (image !== undefined && wishes.image === undefined)
    said.push(`Image stays: ${image}. --image names another one.`);
  if (storage !== undefined && wishes.storage.class !== undefined && wishes.storage.class !== storage.class)
    said.push(
      `Its volume stays of class ${storage.class ?? "none"}: the class of a claim cannot be changed. For another one make a backup, delete the claim and restore.`,
    );
  return said;
}

function rightsInWords(rights: GivenRights): string {
  switch (rights.is) {
    case "all":
      return "everything, in the whole cluster";
    case "read":
      return "it compares in the whole cluster, and writes nothing";
    case "namespaces":
      return `${kindsInWords(rights.kinds)} in ${[...rights.namespaces].sort().join(", ")}`;
  }
}

function kindsInWords(kinds: readonly KindRule[]): string {
  const named = kinds.flatMap(({ apiGroups, resources }) =>
    apiGroups.flatMap((group) => resources.map((each) => (group === "" ? each : `${group}/${each}`))),
  );
  const text = [...new Set(named)].join(", ");
  return equalJson(kinds, USUAL_KINDS) ? "the usual kinds" : text;
}

/** The ConfigMap as it is to be written, and what is said of it. */
export function configOver(
  map: KubeObject,
  installed: Installed,
  plan: InstallPlan,
): { map: KubeObject; said: string[] } {
  const now = installedConfig(plan);
  const written = printYaml(now);
  const { config } = installed;
  const metadata = { ...map.metadata, annotations: { [WRITTEN]: written } };
  if (config === undefined) return { map: { ...map, metadata }, said: [] };
  const { text, kept, otherwise } = mergeConfig(config.text, { last: lastOf(installed, plan), now });
  const said =
    kept.length === 0
      ? []
      : [
          `The config in ConfigMap ${plan.namespace}/${NAME} was changed, and stays as it is in: ${kept.join(", ")}.`,
          ...(otherwise === ""
            ? []
            : [
                "The default has there:",
                ...otherwise
                  .trimEnd()
                  .split("\n")
                  .map((line) => `+ ${line}`),
              ]),
        ];
  return {
    map: {
      ...map,
      metadata: { ...metadata, resourceVersion: config.resourceVersion },
      data: { [CONFIG_FILE]: text },
    },
    said,
  };
}

/** Where no note of it is kept: what would have been written for the rights that are there. */
function lastOf({ config, rights }: Installed, plan: InstallPlan): Record<string, unknown> {
  const noted = config?.last === undefined ? undefined : parseYaml(config.last).documents[0]?.value;
  return isMapping(noted) ? noted : installedConfig({ ...plan, rights: rights ?? plan.rights });
}

/** Rights of an installation that a plan does not give: bindings first, since a role without one gives nothing. */
export function staleRights(found: readonly KubeObject[], plan: InstallPlan): KubeObject[] {
  const { namespace } = plan;
  return rightsBeside(found, plan, [
    ...[undefined, ...PARTS].map((part) => clusterWideName(namespace, part)),
    ...formerNames(plan),
  ]);
}

/** Those that are called otherwise now: they go with any renewal, whatever is said of rights. */
export function renamedRights(found: readonly KubeObject[], plan: InstallPlan): KubeObject[] {
  return rightsBeside(found, plan, formerNames(plan)).filter(({ kind }) => kind.startsWith("Cluster"));
}

function formerNames({ namespace }: InstallPlan): string[] {
  const former = formerName(namespace);
  return former === undefined ? [] : [former];
}

/** @param wide names of the whole cluster that are of this installation where its binding bears them */
function rightsBeside(
  found: readonly KubeObject[],
  plan: InstallPlan,
  wide: readonly string[],
): KubeObject[] {
  const { namespace } = plan;
  const wanted = new Set(rightsOf(plan).map(keyOf));
  const stale = found.filter((each) => !wanted.has(keyOf(each)));
  const bindings = stale.filter(
    (each) => isBoundTo(each, namespace) && [...wide, NAME].includes(each.metadata.name),
  );
  const others = found.filter((each) => each["roleRef"] !== undefined && !bindings.includes(each));
  const roles = stale.filter(({ kind, metadata: { name, namespace: within } }) => {
    if (kind === "Role") return name === NAME && within === namespace;
    // A role that another one's binding names is not ours alone: names of two installations could meet before.
    return kind === "ClusterRole" && wide.includes(name) && !others.some((each) => roleOf(each) === name);
  });
  return [...bindings, ...roles];
}

function keyOf({ kind, metadata: { name, namespace = "" } }: KubeObject): string {
  return `${kind}/${namespace}/${name}`;
}

function roleOf(binding: KubeObject): string | undefined {
  const { kind, name } = binding["roleRef"] as { kind?: string; name?: string };
  return kind === "ClusterRole" ? name : undefined;
}
