/** What the kustomizations of Applications' sources name elsewhere, at the commits that the sources follow. */
import type { Check } from "../cli/offline-verbs.ts";
import { type Application, sourcesOf } from "../core/model/application.ts";
import { asFailure, type Failure } from "../core/model/failure.ts";
import { type Source, sourceKind } from "../core/model/source.ts";
import { resolveSource, type SourcePlaces, treeOf, type Where } from "../engine/target/locate.ts";
import { defined } from "../lib/defined.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import type { AskedAddress } from "./address-checks.ts";
import { kustomizedAddresses, mayBeKustomized } from "./source-addresses.ts";

export interface KustomizedSources {
  asked: AskedAddress[];
  /** Of what cannot be asked: commits that cannot be had, and kustomizations that say nothing that could be. */
  checks: Check[];
}

/** @param silent addresses of repositories that gave no answer, of which nothing more is said */
export async function kustomizedSources(
  apps: readonly Application[],
  places: SourcePlaces,
  where: Omit<Where, "revisions">,
  silent: ReadonlySet<string>,
): Promise<KustomizedSources> {
  const once = new Map<string, Source>();
  for (const source of apps.flatMap(({ spec }) => sourcesOf(spec)))
    if (sourceKind(source) === "git" && mayBeKustomized(source) && !silent.has(source.repoURL)) {
      const { repoURL, targetRevision, path, kustomize } = source;
      once.set(JSON.stringify([repoURL, targetRevision, path, kustomize?.components]), source);
    }
  const all = await Promise.all([...once.values()].map((source) => kustomizedSource(source, places, where)));
  return { asked: all.flatMap(({ asked }) => asked), checks: all.flatMap(({ checks }) => checks) };
}

async function kustomizedSource(
  source: Source,
  places: SourcePlaces,
  where: Omit<Where, "revisions">,
): Promise<KustomizedSources> {
  const url = withoutUserinfo(source.repoURL);
  try {
    const tree = await treeOf(
      await resolveSource(source, source.targetRevision, places, where),
      places,
      where,
    );
    const { named, nowhere, unread } = await kustomizedAddresses(tree, source);
    return {
      asked: named.map((one) => ({ places: one.places, by: `${one.file} of ${url}: ${one.field} names ` })),
      checks: [
        ...nowhere.map((failure) => checkOf(failure, "failed", url)),
        ...unread.map((failure) => checkOf(failure, "warning", url)),
      ],
    };
  } catch (cause) {
    const { object, cannot, why, fix } = asFailure(cause, url, "read it");
    const text = `${object === url ? "" : `${url}: `}${object}: cannot ${cannot}: ${why}`;
    return { asked: [], checks: [{ name: "repository", state: "failed", text, ...defined({ fix }) }] };
  }
}

function checkOf({ object, why, fix }: Failure, state: Check["state"], url: string): Check {
  const what = state === "failed" ? why : `it was not looked into: ${why}`;
  return { name: "base", state, text: `${object} of ${url}: ${what}`, ...defined({ fix }) };
}
