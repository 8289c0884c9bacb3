import type { SetKey } from "../core/model/application-set.ts";
import type { Problem } from "../core/model/problem.ts";
import type { SetClash, SetOrigin } from "../core/ports/sets-home.ts";

/** Which two have the name, what that means, and what to do, as sentences. */
export function sayClash(key: SetKey, { file, line, other: { origin } }: SetClash): string {
  return `ApplicationSet ${key} stands in ${file}:${line}, and ${whereElse(origin)}. Until one of them is gone, its applications stay as they are. ${wayOut(key, origin)}`;
}

export function clashProblem([key, clash]: readonly [SetKey, SetClash]): Problem {
  const { file, line, other } = clash;
  return {
    severity: "error",
    ...{ file, line, object: `ApplicationSet ${key}` },
    text: `this name is taken: ${whereElse(other.origin)}. Until one of them is gone, its applications stay as they are`,
    fix: wayOut(key, other.origin),
  };
}

function whereElse(origin: SetOrigin): string {
  return origin.from === "parent" && origin.parent !== undefined
    ? `application ${origin.parent} renders one`
    : origin.from === "parent"
      ? "another application renders one"
      : "one was made through the API";
}

function wayOut(key: SetKey, origin: SetOrigin): string {
  const other =
    origin.from === "parent"
      ? "rename the other one where it is rendered from"
      : `delete the other one, which leaves its applications to the one of the file: holdfast appset delete ${key}`;
  return `Rename or remove the one in the file, or ${other}`;
}
