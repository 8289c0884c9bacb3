import { equalJson } from "../../lib/equal-json.ts";
import { type Application, hasOption, type SyncPolicy } from "./application.ts";

export type NamespaceMetadata = NonNullable<SyncPolicy["managedNamespaceMetadata"]>;

/** `behind`: its metadata was edited since the last sync, which is no commit and shows in no object. */
export type NamespaceIs = "as-left" | "behind";

/** What a sync gives the destination's Namespace; undefined where it does not make one. Empty maps are left out. */
export function namespaceMetadata(
  { spec: { syncPolicy } }: Pick<Application, "spec">,
  options: readonly string[] = syncPolicy?.syncOptions ?? [],
): NamespaceMetadata | undefined {
  if (!hasOption(options, "CreateNamespace=true")) return undefined;
  const asked = Object.entries(syncPolicy?.managedNamespaceMetadata ?? {});
  return Object.fromEntries(asked.filter(([, entries]) => Object.keys(entries).length > 0));
}

/**
 * @param given what a sync gave it last; undefined where that is not known: then the next one, for whatever reason, does
 */
export function namespaceIs(
  app: Pick<Application, "spec">,
  given: NamespaceMetadata | undefined,
): NamespaceIs {
  // Where the whole of it is taken out, what the Namespace has stays, as in Argo CD.
  if (app.spec.syncPolicy?.managedNamespaceMetadata === undefined || given === undefined) return "as-left";
  const wanted = namespaceMetadata(app);
  return wanted !== undefined && !equalJson(wanted, given) ? "behind" : "as-left";
}
