/** What several routes tell. */
import { anything, kindOf, list, map, type Node, named, optional, text, told, whole } from "./wire.ts";

export const APPLICATION = kindOf("Application");
export const SET = kindOf("ApplicationSet");
export const PROJECT = kindOf("AppProject");

/** Argo CD's lists. */
export const listed = (of: Node): Node =>
  told({ metadata: told({}, "Empty: there are no pages."), items: list(of) });

/** What names an object of a cluster. */
export const REF = { group: text(), kind: text(), namespace: text(), name: text() };

/** An object of a cluster, what is secret of it masked. */
export const OBJECT = map(anything());

/** What every error looks like: gRPC's code and a sentence, as Argo CD's gateway has it; `details` are ours. */
export const ERROR = named(
  "Error",
  told({
    error: text({ says: "What went wrong: the object, why, and what to do." }),
    code: whole({ says: "gRPC's number of it." }),
    message: text({ says: "As `error`." }),
    details: optional(map(anything(), { says: "`reason`, and what else a program can use." })),
  }),
);

/** One field that differs, for people. */
export const FIELD_DIFFERENCE = named(
  "FieldDifference",
  told({
    path: text({ says: "`spec.template.spec.containers[name=web].image`." }),
    live: optional(anything()),
    desired: optional(anything()),
    owner: optional(
      told(
        { manager: text(), operation: text(), time: text(), subresource: text() },
        "Who set what is there.",
      ),
    ),
  }),
);
