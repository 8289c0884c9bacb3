/** What of a difference is not Git's doing: fields that others in the cluster set, and objects that they deleted. */
import { ACTION_MANAGER, FIELD_MANAGER, UNDO_MANAGER } from "./field-manager.ts";

/** A name that anybody can choose who writes to the cluster: of a program, and no proof of a person. */
export interface Setter {
  manager: string;
  subresource: string;
}

/** Of one object; kept with the answer of the dry run that found it. */
export interface SetByOthers {
  /** How many; 0: it is not known which. */
  fields: number;
  /** The first of them, as in `FieldDifference`; "" where it is not known. */
  path: string;
  /** Each once; empty where nobody wrote that down. `last-writer`: they wrote last, and it is not known that they set this. */
  by: Setter[];
  how: "setter" | "last-writer";
  /** When the last of them did, RFC 3339; "" where the server notes none. */
  time: string;
  /** Whether it differs in what Git changed, too. */
  rest: "of-git" | "none";
}

/** Of a whole application. */
export interface ShownOthers {
  /** Objects of which others set fields, and how many these are; 0 fields: of some it is not known which. */
  objects: number;
  fields: number;
  /** Where it is one field. */
  path?: string;
  by: Setter[];
  how: SetByOthers["how"];
  /** Objects that are gone, and that Git wants as they were applied. */
  deleted: number;
  /** Whether Git wants something else as well. */
  rest: SetByOthers["rest"];
  /** RFC 3339; `set`: as the server noted it, `seen`: it notes none, and then it was seen first. */
  at: { is: "set" | "seen"; time: string };
}

/** Setters that are kept of one application. */
export const MOST_SETTERS = 3;
/** Characters of a path and of a name. */
const MOST_PATH = 80;
const MOST_NAME = 40;

/** `spec.replicas set by kubectl at T`, `3 fields of 2 objects set by kubectl-edit, last at T; the rest comes from Git`. */
export function othersWords(shown: ShownOthers): string {
  const { objects, deleted, rest } = shown;
  return [
    objects === 0 ? "" : setWords(shown),
    deleted === 0 ? "" : `${deleted} deleted in the cluster${objects === 0 ? whenWords(shown, ", ") : ""}`,
    rest === "none" ? "" : "the rest comes from Git",
  ]
    .filter((part) => part !== "")
    .join("; ");
}

/** What a sync would do, with what of it others brought about: `1 to update: spec.replicas set by kubectl at T`. */
export function withOthers(changes: string, others: ShownOthers | undefined): string {
  return changes === "" || others === undefined ? changes : `${changes}: ${othersWords(others)}`;
}

function setWords(shown: ShownOthers): string {
  const { objects, fields, path, by, how } = shown;
  const many = `${objects} object${objects === 1 ? "" : "s"}`;
  const what =
    path !== undefined && path !== "" ? shownPath(path) : fields === 0 ? many : `${fields} fields of ${many}`;
  const names = [...new Set(by.map(setterWords))];
  if (names.length === 0) return `${what} set in the cluster${whenWords(shown, ", ")}`;
  const who = names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const when = whenWords(shown, names.length === 1 ? " " : ", last ");
  return how === "setter"
    ? `${what} set by ${who}${when}`
    : `${what} set in the cluster, written last by ${who}${when}`;
}

function whenWords({ at }: ShownOthers, before: string): string {
  return at.is === "set" ? `${before}at ${at.time}` : `, seen at ${at.time}`;
}

/** By which program: a controller is no person, and what we wrote for somebody is ours. */
export function setterWords({ manager, subresource }: Setter): string {
  switch (manager) {
    case "":
      return "somebody";
    case "kube-controller-manager":
      return subresource === "scale" ? `autoscaling (${manager})` : `a controller (${manager})`;
    case ACTION_MANAGER:
      return "an action of Holdfast";
    case UNDO_MANAGER:
      return "an undo of Holdfast";
    case FIELD_MANAGER:
      return `somebody under the name ${manager}`;
    default:
      return printable(manager, MOST_NAME, /[\w.:@/+-]/);
  }
}

function shownPath(path: string): string {
  return printable(path, MOST_PATH, /[\p{L}\p{N}\p{P}\p{S}]/u);
}

/** Without spaces: no name is to read as a part of the sentence. @param most characters that stay */
function printable(text: string, most: number, allowed: RegExp): string {
  const letters = [...text.slice(0, 2 * most + 1)].map((one) => (allowed.test(one) ? one : "\ufffd"));
  return (letters.length <= most ? letters : [...letters.slice(0, most - 1), "…"]).join("");
}
