/** What the routes of differences take and answer. */
import { DIFF_SIDE } from "../core/model/diff-side.ts";
import { may } from "./routes.ts";
import { DIFFERENCE, FIELD_SETTER, REF } from "./terms/answers.ts";
import { json, plain } from "./terms/terms.ts";
import { anything, choice, flag, list, map, named, optional, text, told, whole } from "./terms/wire.ts";

const SEEING = { asks: may("applications", "get") };
const SIDE = {
  pattern: DIFF_SIDE,
  expected: "live, git, git@REVISION (of several sources git@ONE,OTHER in their order) or deployment@ID",
};
const SIDES = {
  base: optional(text({ ...SIDE, says: "What is held against the target; default live." })),
  target: optional(text({ ...SIDE, says: "Default git: as it is followed now." })),
};
const HUNKS = list(
  told({
    at: whole({ says: "The place of its first line among those of both texts." }),
    before: whole({ says: "The number of its first line in the text before, from 1." }),
    after: whole(),
    lines: list(text(), { says: "Each with its sign: ` `, `-`, `+`. Long ones are cut." }),
    setters: optional(map(whole(), { says: "By the place of a line, who set it: a place in `setters`." })),
  }),
);
const REST = optional(whole({ says: "The place from which on changes are not in it." }));

/** One object that differs, line by line. */
export const FILE_DIFF = named(
  "FileDiff",
  told({
    ...REF,
    change: choice(["create", "change", "prune", "none", "unknown"]),
    id: text({ says: "By which parts of it are asked for." }),
    added: whole(),
    removed: whole(),
    total: whole({ says: "Lines of both texts together." }),
    near: whole({ says: "Of them as many as differ or stand near one that does." }),
    setters: list(FIELD_SETTER),
    left: list(
      told({
        path: text(),
        live: optional(anything()),
        desired: optional(anything()),
        rules: list(text(), { says: "Where they stand: `spec.ignoreDifferences[0].jsonPointers[0]`." }),
      }),
      { says: "Fields that differ and are left to others." },
    ),
    hunks: HUNKS,
    rest: REST,
    why: optional(text({ says: "Why there are no lines, or it was not compared." })),
  }),
);

export const DIFF = {
  id: "getDifferences",
  says: "Objects that a sync would change, field by field, with who set what is there.",
  ...SEEING,
  query: { ...SIDES, all: optional(flag("Those that differ in nothing too.")) },
  answers: json(
    told({
      revisions: optional(list(text(), { says: "That a revision which was asked for came to, by source." })),
      items: list(DIFFERENCE),
    }),
  ),
} as const;

export const DIFF_LINES = {
  id: "getDifferenceLines",
  says: "What differs, object by object and line by line; `If-None-Match` spares what is known.",
  ...SEEING,
  query: SIDES,
  answers: json(
    told({
      revision: optional(text({ says: "That was compared with." })),
      revisions: optional(list(text(), { says: "Of several sources, or of a revision that was asked for." })),
      items: list(FILE_DIFF),
    }),
  ),
} as const;

export const DIFF_PART = {
  id: "getDifferencePart",
  says: "More of one object: its next changes, or with `to` the lines between two places.",
  ...SEEING,
  query: {
    ...SIDES,
    file: text({ most: 64, says: "The `id` of the object's differences." }),
    from: whole({ says: "The first place." }),
    to: optional(whole({ says: "The place after the last, at most 1,000 further." })),
  },
  answers: json(told({ hunks: HUNKS, rest: REST })),
} as const;

export const DIFF_PATCH = {
  id: "getDifferencePatch",
  says: "What differs as a unified diff.",
  ...SEEING,
  query: SIDES,
  answers: plain("A unified diff."),
} as const;
