/** What made an application, where something did that has a page of its own. */
import type { ResourceStatus } from "../../core/model/application.ts";
import type { Origin } from "./origin-words.ts";

export interface Maker {
  kind: "ApplicationSet" | "Application";
  /** `namespace/name`. */
  key: string;
}

/** @returns undefined for what nothing makes, and for what made it and is not to be seen */
export function makerOf(origin: Origin): Maker | undefined {
  if (origin.from !== "parent") return undefined;
  if (origin.set !== undefined) return { kind: "ApplicationSet", key: origin.set };
  return origin.parent === undefined ? undefined : { kind: "Application", key: origin.parent };
}

/** How it came of it: `made by`, `rendered by`. */
export function madeWords({ kind }: Pick<Maker, "kind">): string {
  return kind === "ApplicationSet" ? "made by" : "rendered by";
}

/**
 * Whether an address names what made the application, as Argo CD's links to its tree do.
 * @param node `group/Kind/namespace/name`
 * @param resources its own: one of them is shown as one, even if it made the application
 */
export function isMaker(
  node: string | null,
  maker: Maker | undefined,
  resources: readonly Pick<ResourceStatus, "group" | "kind" | "namespace" | "name">[],
): boolean {
  if (maker === undefined || node !== `argoproj.io/${maker.kind}/${maker.key}`) return false;
  return !resources.some(
    ({ group = "", kind, namespace = "", name }) => `${group}/${kind}/${namespace}/${name}` === node,
  );
}
