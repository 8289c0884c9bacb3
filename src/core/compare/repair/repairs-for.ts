import { valueAt } from "../../../lib/field-path.ts";
import { nearest } from "../../../lib/nearest.ts";
import type { Repair } from "../../model/comparison.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { FIELD_NAMES } from "./field-names.ts";
import { itemsThatFit, resolveServerPath } from "./server-path.ts";

/** What the server said to an apply that it did not take. */
export interface ServerRefusal {
  status: number;
  message: string;
  causes?: readonly { field: string; reason: string; message: string }[];
}

/**
 * What must change so that the server takes an object that client-side apply would have let pass: fields that its
 * schema does not know, and several entries of one key in a keyed list. The server names one unknown field at a time
 * but all duplicates of a list, so this is asked again until the object passes.
 *
 * @param object what was sent, earlier repairs included
 * @param known names of fields that the schema has, for better advice
 * @returns none where the refusal is of another sort (a wrong type, an invalid value): that is the user's to correct
 */
export function repairsFor(
  refusal: ServerRefusal,
  object: KubeObject,
  known: Iterable<string> = [],
): Repair[] {
  return faultsIn(refusal.message).flatMap((fault): Repair[] => {
    const steps = resolveServerPath(object, fault.path);
    if (steps === undefined || steps.length === 0) return [];
    if (fault.is === "unknown-field")
      return [
        {
          do: "drop-unknown-field",
          path: fault.path,
          text: unknownField(String(steps.at(-1)), fault.path, object, known),
        },
      ];
    const list = valueAt(object, steps);
    const count = Array.isArray(list) ? itemsThatFit(list, fault.key, 2).length : 0;
    if (count < 2) return [];
    const which = fault.key.startsWith("=") ? fault.key.slice(1) : fault.key;
    return [
      {
        do: "keep-last-duplicate",
        path: `${fault.path}[${fault.key}]`,
        text: `${fault.path.slice(1)} has ${count} entries with ${which}; only the last one was applied`,
      },
    ];
  });
}

/** Lists of which several entries have one key, as the server names them. */
export function duplicatesIn({ message }: ServerRefusal): { path: string; key: string }[] {
  return faultsIn(message).filter((fault) => fault.is === "duplicate");
}

type Fault = { is: "unknown-field"; path: string } | { is: "duplicate"; path: string; key: string };

/**
 * `… typed patch object (ns/name; apps/v1, Kind=Deployment): .spec.x: field not declared in schema`, or several
 * after `errors:`, one a line. Texts: testdata/server-refusals.json.
 */
function faultsIn(message: string): Fault[] {
  const [, list] = /failed to create typed patch object \([^)]*\): ([\s\S]*)$/.exec(message) ?? [];
  if (list === undefined) return [];
  return list
    .replace(/^errors:/, "")
    .split("\n")
    .flatMap((line): Fault[] => {
      const unknown = /^\s*(\..+): field not declared in schema$/.exec(line);
      if (unknown !== null) return [{ is: "unknown-field", path: unknown[1] as string }];
      const duplicate = /^\s*(\..+): duplicate entries for key \[(.+)\]$/.exec(line);
      return duplicate === null
        ? []
        : [{ is: "duplicate", path: duplicate[1] as string, key: duplicate[2] as string }];
    });
}

function unknownField(name: string, path: string, object: KubeObject, known: Iterable<string>): string {
  const near = nearest(
    name,
    [...known, ...FIELD_NAMES, ...namesIn(object)].filter((other) => other !== name),
  );
  const advice = near === undefined ? "" : `; did you mean ${near}?`;
  return `${path.slice(1)} is not a field of ${object.apiVersion} ${object.kind} and was left out${advice}`;
}

/** Every name of a field in the object: its other containers often spell right what one spells wrong. */
function namesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== "object" || value === null) return found;
  if (!Array.isArray(value)) for (const name of Object.keys(value)) found.add(name);
  for (const child of Object.values(value)) namesIn(child, found);
  return found;
}
