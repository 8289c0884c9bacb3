/** What may stand on a side of a diff: `live`, `git`, `git@REVISION` (of several sources `git@ONE,OTHER`), `deployment@ID`. */

const LONGEST_REVISION = 200;
/** Names of refs, commits, and constraints of versions; a comma is between two sources. */
const SIGNS = "[\\w./+@#~^*=-]";
const REVISION = new RegExp(`^${SIGNS}{0,${LONGEST_REVISION}}$`);

export const DIFF_SIDE = new RegExp(
  `^(live|git(@${SIGNS}{0,${LONGEST_REVISION}}(,${SIGNS}{0,${LONGEST_REVISION}}){0,31})?|deployment@\\d{1,9})$`,
);

/** Why a text cannot be a revision there; undefined: it can. */
export function revisionFault(text: string): string | undefined {
  if (REVISION.test(text)) return undefined;
  return text.length > LONGEST_REVISION
    ? `A branch, tag or commit has at most ${LONGEST_REVISION} characters here`
    : "A branch, tag or commit is of letters, digits and . _ / + - @ # ~ ^ * = here";
}
