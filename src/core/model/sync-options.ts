import { nearest } from "../../lib/nearest.ts";
import { ANNOTATION } from "./application.ts";

const SWITCHES = (names: readonly string[]) => names.flatMap((name) => [`${name}=true`, `${name}=false`]);

/** Options of one object, in its annotation. Those that an application may set for all of its objects are among the others too. */
const OBJECT_SYNC_OPTIONS: readonly string[] = [
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
const APP_SYNC_OPTIONS: readonly string[] = [
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
const OBJECT_COMPARE_OPTIONS: readonly string[] = [
  "IgnoreExtraneous",
  "ServerSideDiff=true",
  "ServerSideDiff=false",
  "IncludeMutationWebhook=true",
  "IncludeMutationWebhook=false",
];

/**
 * What options say of a switch: the first list that has a word on it decides, so that an object's own word beats its
 * application's. Words are compared whole, as in Argo CD.
 *
 * @returns undefined where none of them says anything
 */
export function optionSaid(name: string, ...lists: readonly (readonly string[])[]): boolean | undefined {
  for (const options of lists) {
    if (options.includes(`${name}=true`)) return true;
    if (options.includes(`${name}=false`)) return false;
  }
  return undefined;
}

/** Where words stand that mean something in one place and nothing in another. */
export type OptionPlace = "application" | "sync-options" | "compare-options";

const PLACES: Readonly<Record<OptionPlace, { known: readonly string[]; name: string }>> = {
  application: { known: APP_SYNC_OPTIONS, name: "spec.syncPolicy.syncOptions of the Application" },
  "sync-options": {
    known: OBJECT_SYNC_OPTIONS,
    name: `the annotation ${ANNOTATION.syncOptions} of the object`,
  },
  "compare-options": {
    known: OBJECT_COMPARE_OPTIONS,
    name: `the annotation ${ANNOTATION.compareOptions} of the object`,
  },
};

/** A sentence about an option that has no effect where it stands: it belongs elsewhere, or is a slip of the pen. */
export function unknownOption(word: string, place: OptionPlace): { text: string; fix: string } | undefined {
  const { known } = PLACES[place];
  if (known.includes(word)) return undefined;
  const elsewhere = Object.values(PLACES).find((other) => other.known.includes(word));
  if (elsewhere === undefined) return unknownValue(word, known) ?? unknownWord("option", word, known);
  return {
    text: `the option ${JSON.stringify(word)} has no effect here`,
    fix: `Write it into ${elsewhere.name}`,
  };
}

/** An option that is known, with a value that is not, or without one: which values there are. */
function unknownValue(word: string, known: readonly string[]): { text: string; fix: string } | undefined {
  const [name = "", value = ""] = word.trim().split("=");
  const same = known.filter((one) => one.includes("=") && nameOf(one).toLowerCase() === name.toLowerCase());
  if (same.length === 0) return undefined;
  const meant = nearest(
    value,
    same.map((one) => one.slice(nameOf(one).length + 1)),
  );
  return {
    text: `the option ${JSON.stringify(word)} is not known and has no effect`,
    fix:
      meant === undefined
        ? `Write ${same.slice(0, -1).join(", ")} or ${same.at(-1)}`
        : `Did you mean ${nameOf(same[0] ?? "")}=${meant}?`,
  };
}

const nameOf = (word: string): string => word.split("=")[0] ?? "";

/** One option with several values in one place: whoever wrote that meant one of them. */
export function contradictions(
  words: readonly string[],
  place: OptionPlace,
): { text: string; fix: string }[] {
  const known = words.filter((word) => word.includes("=") && PLACES[place].known.includes(word));
  return [...Map.groupBy(new Set(known), nameOf).values()]
    .filter((values) => values.length > 1)
    .map((values) => ({
      text: `the options ${values.map((one) => JSON.stringify(one)).join(" and ")} contradict each other`,
      fix: "Leave one of them",
    }));
}

/**
 * A sentence about a word that has no effect, with the nearest one that has; undefined where it is known. Words are
 * compared whole.
 *
 * @param what what the word would be: `hook type`
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
