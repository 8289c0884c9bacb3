import { nearest } from "../../lib/nearest.ts";

const SWITCHES = (names: readonly string[]) => names.flatMap((name) => [`${name}=true`, `${name}=false`]);

/** Options of one object, in its annotation. Those that an application may set for all of its objects are among the others too. */
export const OBJECT_SYNC_OPTIONS: readonly string[] = [
  ...SWITCHES([
    "Prune",
    "Delete",
    "Validate",
    "SkipDryRunOnMissingResource",
    "PruneLast",
    "Replace",
    "Force",
    "ServerSideApply",
  ]),
  "Prune=confirm",
  "Delete=confirm",
];

/** Options of an application, in spec.syncPolicy.syncOptions or an operation. */
export const APP_SYNC_OPTIONS: readonly string[] = [
  ...SWITCHES([
    "CreateNamespace",
    "Prune",
    "Delete",
    "Validate",
    "SkipDryRunOnMissingResource",
    "ApplyOutOfSyncOnly",
    "PruneLast",
    "Replace",
    "ServerSideApply",
    "ClientSideApplyMigration",
    "FailOnSharedResource",
    "RespectIgnoreDifferences",
  ]),
  "Prune=confirm",
  "Delete=confirm",
  "PrunePropagationPolicy=foreground",
  "PrunePropagationPolicy=background",
  "PrunePropagationPolicy=orphan",
];

/** Options of an object's compare-options annotation. */
export const OBJECT_COMPARE_OPTIONS: readonly string[] = [
  "IgnoreExtraneous",
  "ServerSideDiff=true",
  "ServerSideDiff=false",
  "IncludeMutationWebhook=true",
  "IncludeMutationWebhook=false",
];

/**
 * A sentence about a word that has no effect, with the nearest one that has; undefined where it is known. Words are
 * compared whole.
 *
 * @param what what the word would be: `option`
 */
export function unknownWord(
  what: string,
  word: string,
  known: readonly string[],
): { text: string; fix: string } | undefined {
  if (known.includes(word)) return undefined;
  const meant = nearest(word, known);
  return {
    text: `the ${what} ${JSON.stringify(word)} is not known and has no effect`,
    fix: meant === undefined ? "Remove it" : `Did you mean ${meant}?`,
  };
}
