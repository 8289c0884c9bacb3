/** What the routes of ApplicationSets take and answer. */
import { NAMED_APPS } from "./find-app.ts";
import { SET_FILTERS } from "./find-set.ts";
import { MANIFEST_CAP_BYTES } from "./read-json.ts";
import { may } from "./routes.ts";
import { APPLICATION, DIFFERENCE, listed, OBJECT, PROBLEM, REF, SET } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { choice, fields, flag, list, named, oneOf, optional, text, told, whole } from "./terms/wire.ts";

const READING = { asks: may("applicationsets", "get") };
const NAMING = {
  query: { appsetNamespace: optional(text({ says: "Where several ApplicationSets have the name." })) },
};
const MANIFEST = { body: SET, capBytes: MANIFEST_CAP_BYTES };

export const LIST_SETS = {
  id: "listApplicationSets",
  says: "ApplicationSets with their status.",
  ...READING,
  query: SET_FILTERS,
  answers: json(listed(SET)),
} as const;
export const GET_SET = {
  id: "getApplicationSet",
  says: "One ApplicationSet with its status.",
  ...READING,
  ...NAMING,
  answers: json(SET),
} as const;
export const SET_TREE = {
  id: "getApplicationSetTree",
  says: "The applications of an ApplicationSet.",
  ...READING,
  ...NAMING,
  answers: json(
    told({
      nodes: list(
        told({
          ...REF,
          version: text(),
          uid: optional(text()),
          resourceVersion: optional(text()),
          createdAt: optional(text()),
          health: optional(told({ status: text(), message: optional(text()) })),
          parentRefs: list(told({ ...REF, version: text(), uid: text() })),
        }),
      ),
    }),
  ),
} as const;
export const SET_EVENTS = {
  id: "listApplicationSetEvents",
  says: "Events of an ApplicationSet.",
  ...READING,
  ...NAMING,
  answers: json(listed(OBJECT)),
} as const;
export const GENERATE = {
  id: "generateApplications",
  says: "The applications that an ApplicationSet would make now.",
  asks: may("applicationsets", "create"),
  body: fields({ applicationSet: SET }, { unknown: "ignore" }),
  capBytes: MANIFEST_CAP_BYTES,
  answers: json(told({ applications: list(APPLICATION), problems: list(PROBLEM) })),
} as const;
export const CREATE_SET = {
  id: "createApplicationSet",
  says: "Makes an ApplicationSet.",
  asks: may("applicationsets", "create"),
  query: {
    upsert: optional(flag("Changes the one that is there.")),
    dryRun: optional(flag("Writes nothing: the answer has the applications that it would make.")),
  },
  ...MANIFEST,
  answers: json(SET),
} as const;
export const DELETE_SET = {
  id: "deleteApplicationSet",
  says: "Deletes an ApplicationSet with its applications.",
  asks: may("applicationsets", "delete"),
  ...NAMING,
  answers: json(told({ project: text(), applicationset: SET })),
} as const;

const ORIGIN = told({
  from: choice(["file", "api", "parent", "cluster"]),
  file: optional(text()),
  line: optional(whole()),
  parent: optional(text({ says: "The application that renders it." })),
  cluster: optional(text()),
});
const SHOWN = named(
  "ShownApplicationSet",
  told({
    origin: ORIGIN,
    applicationSet: SET,
    applications: list(text({ says: "`namespace/name`." })),
    blocked: list(text(), { says: "Applications whose deletion waits for a person." }),
    clash: optional(text({ says: "Another one has its name: which, and what to do." })),
  }),
);
const FROM = text({ says: "Generator and set of parameters." });
const STEP = oneOf(
  told({ do: choice(["create"]), application: text(), difference: DIFFERENCE, from: FROM }),
  told({
    do: choice(["update"]),
    application: text(),
    difference: DIFFERENCE,
    from: FROM,
    changed: list(text(), { says: "Paths of fields." }),
  }),
  told({ do: choice(["delete"]), application: text(), difference: DIFFERENCE }),
  told({ do: choice(["nothing"]), application: text(), from: FROM }),
  told({
    do: choice(["held"]),
    application: text(),
    wanted: choice(["create", "update", "delete"]),
    why: text(),
  }),
);

export const LIST_OWN = {
  id: "listShownApplicationSets",
  says: "ApplicationSets with where they are written and what they came to.",
  ...READING,
  query: SET_FILTERS,
  answers: json(told({ items: list(SHOWN), problems: list(PROBLEM) })),
} as const;
export const GET_OWN = {
  id: "getShownApplicationSet",
  says: "One ApplicationSet with where it is written and what it came to.",
  ...READING,
  answers: json(SHOWN),
} as const;
export const ELEMENTS = {
  id: "listApplicationSetElements",
  says: "What each generator of an ApplicationSet found, and what became of it.",
  ...READING,
  answers: json(
    told({
      is: choice(
        ["current", "stale", "unknown"],
        "`stale`: the set was edited since. `unknown`: it was not looked at yet.",
      ),
      at: optional(text({ says: "When the generators were told." })),
      parameters: choice(
        ["shown", "hidden"],
        "Parameters are told to whoever may update the set; secrets in them are masked.",
      ),
      generators: list(
        told({
          path: text({ says: "`spec.generators[0].list`." }),
          kind: text(),
          problems: list(PROBLEM),
          elements: list(
            told({
              is: choice(["made", "due", "held", "left-out", "wrong"]),
              name: text({ says: "Place and the parameter that tells it best." }),
              parameters: optional(OBJECT),
              application: optional(text({ says: "`namespace/name`." })),
              why: optional(text()),
            }),
          ),
        }),
      ),
      unwanted: list(told({ application: text(), why: text() })),
    }),
  ),
} as const;
export const PREVIEW = {
  id: "previewApplicationSet",
  says: "What would be done if this ApplicationSet were written now.",
  asks: may("applicationsets", "create"),
  ...MANIFEST,
  answers: json(
    told({
      applicationSet: text(),
      origin: optional(ORIGIN),
      is: choice(
        ["whole", "part"],
        "`part`: something could not be generated, so that nothing would be deleted.",
      ),
      problems: list(PROBLEM),
      steps: list(STEP),
    }),
  ),
} as const;
export const REFRESH = {
  id: "refreshApplicationSet",
  says: "Asks everything that its generators ask again.",
  ...READING,
  answers: json(SHOWN),
} as const;
export const APPROVE = {
  id: "approveApplicationSetDeletions",
  says: "Those of its applications that wait for it may be deleted.",
  asks: may("applicationsets", "update"),
  body: NAMED_APPS,
  answers: json(told({ approved: list(text()) })),
} as const;
