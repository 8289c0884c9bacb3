import { isMapping } from "../../lib/is-mapping.ts";
import type { KubeObject } from "../model/kube-object.ts";

/**
 * What becomes of applications that somebody else makes, when all of them are files: sentences that say what to do.
 * @param going of them those that Argo CD is deleting
 */
export function notCarried({
  applications,
  going,
  namespace,
}: {
  applications: readonly KubeObject[];
  going: readonly KubeObject[];
  namespace: string;
}): string[] {
  const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? namespace}/${metadata.name}`;
  const sets = new Map<string, string[]>();
  for (const each of applications)
    for (const { kind, name } of each.metadata.ownerReferences ?? [])
      if (kind === "ApplicationSet") sets.set(name, [...(sets.get(name) ?? []), nameOf(each)]);
  return [
    ...going.map(
      (each) =>
        `${nameOf(each)}: Argo CD is deleting it, so it is no file. If it is to stay, take its finalizer away`,
    ),
    ...[...sets].map(
      ([name, made]) =>
        `ApplicationSet ${namespace}/${name}: the applications that it makes are files now, as they are (${made.join(", ")}), and follow it no more: keep the set in Git, and write them anew by holdfast appset generate`,
    ),
    ...applications.flatMap((each) => {
      const children = childrenOf(each);
      return children.length === 0
        ? []
        : [
            `${nameOf(each)}: it renders ${children.length} of kinds of Argo CD's (${children.slice(0, 3).join(", ")}${children.length > 3 ? ", …" : ""}), which are files too. While the cluster has these definitions the files count, and have to be changed with it; take them out where Holdfast is to serve these kinds itself, or have home: cluster, which moves no file`,
          ];
    }),
  ];
}

function childrenOf({ status }: KubeObject): string[] {
  const resources = isMapping(status) && Array.isArray(status["resources"]) ? status["resources"] : [];
  return resources.flatMap((each) =>
    isMapping(each) &&
    each["group"] === "argoproj.io" &&
    (each["kind"] === "Application" || each["kind"] === "AppProject")
      ? [`${each["kind"]} ${String(each["name"])}`]
      : [],
  );
}

const IMAGE_LIST = "argocd-image-updater.argoproj.io/image-list";

/** Where images are kept up to date: which repositories may be written to nothing of Argo CD's says. */
export function unpushed({
  said,
  applications,
  updaters,
}: {
  said: Readonly<Record<string, string>>;
  applications: readonly KubeObject[];
  updaters: readonly KubeObject[];
}): string[] {
  const isAsking = applications.some(({ metadata }) => metadata.annotations?.[IMAGE_LIST] !== undefined);
  if (!isAsking && updaters.length === 0 && Object.keys(said).length === 0) return [];
  return [
    "images are kept up to date in Git by entries of repositories with push: allowed alone: write it beside those that may be written to",
  ];
}
