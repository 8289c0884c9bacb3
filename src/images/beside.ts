/** What others have written, or want to, where something is to be written: two that want one field otherwise take turns for ever. */
import type { ImageUpdater } from "../core/images/image-updater.ts";
import { type Application, keyOfApp } from "../core/model/application.ts";
import { equalJson } from "../lib/equal-json.ts";
import { below } from "../lib/resolve-inside.ts";
import type { ImageEdit } from "./image-edit.ts";
import type { ImagesPorts } from "./images-ports.ts";
import type { GitPlace } from "./write-place.ts";

export const KUSTOMIZATIONS = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/** Whether both go to one branch, whoever's credentials bring them there. */
export function isBeside(a: GitPlace, b: GitPlace): boolean {
  return a.at === b.at && a.base === b.base && a.to === b.to;
}

/** Whether a place is in that file, as far as its path tells. */
export function mayBeIn({ path, target }: GitPlace, file: string): boolean {
  return (
    path === file || (target === "kustomization" && KUSTOMIZATIONS.some((name) => below(path, name) === file))
  );
}

/**
 * The same, each with its branch by its own name: a default branch has two. One that cannot be asked for now keeps the name
 * that it has, and who writes says why it cannot be.
 */
export async function onBranches(
  edits: readonly ImageEdit[],
  { git, clock }: Pick<ImagesPorts, "git" | "clock">,
): Promise<ImageEdit[]> {
  const names = new Map<string, string>();
  const named: ImageEdit[] = [];
  for (const edit of edits) {
    const { place } = edit;
    const key = JSON.stringify([place.at, place.access.scope]);
    if (place.base === "" && !names.has(key)) {
      const asOf = clock.now();
      const found = await git
        .resolve(place.access, "", { freshness: "latest", asOf, interest: "once" })
        .catch(() => undefined);
      names.set(key, found === undefined ? "" : bare(found.ref));
    }
    const base = place.base === "" ? (names.get(key) ?? "") : bare(place.base);
    named.push({ ...edit, place: { ...place, base } });
  }
  return named;
}

function bare(ref: string): string {
  return ref.replace(/^refs\/heads\//, "");
}

/** Which edits go into one commit. */
export function groupOf({ place: { at, access, base, to, pullRequest } }: ImageEdit): string {
  return JSON.stringify([at, access.scope, base, to, pullRequest]);
}

/** What asked for images when they were looked at. */
export interface Asked {
  app: Application;
  updaters: readonly ImageUpdater[];
}

/** Whether it asks for what it asked for when it was looked at: a round takes a while, and people edit meanwhile. */
export function isAsLooked(looked: Asked, ports: Pick<ImagesPorts, "application" | "updaters">): boolean {
  const [app, updaters] = [ports.application(keyOfApp(looked.app)), ports.updaters()];
  if (app === undefined) return false;
  return (
    (app === looked.app || equalJson(askedBy(looked.app), askedBy(app))) &&
    (updaters === looked.updaters ||
      equalJson(spokenOf(looked.app, looked.updaters), spokenOf(looked.app, updaters)))
  );
}

function askedBy({ metadata, spec, status }: Application): unknown {
  const { uid, labels, annotations, deletionTimestamp } = metadata;
  return [uid ?? "", labels ?? {}, annotations ?? {}, deletionTimestamp ?? "", spec, status?.hold ?? null];
}

/** By resources of its namespace: of another one's they say nothing. */
function spokenOf({ metadata: { namespace } }: Application, updaters: readonly ImageUpdater[]): unknown {
  const own = updaters.filter(({ metadata }) => metadata.namespace === namespace);
  return own.map(({ metadata, spec }) => [metadata.name, spec]);
}

/** Of what was edited, said with the application until the next look. */
export const EDITED =
  "it, or an ImageUpdater of its namespace, was edited while registries were asked. Nothing is written until the next look";
