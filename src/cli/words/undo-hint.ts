import type { Application, ShownUndo } from "../../core/model/application.ts";
import { ago } from "../../lib/ago.ts";
import { nameOf } from "./app-words.ts";
import { count } from "./count.ts";

/** Where somebody looks who misses an object: that it can come back, and how. */
export function undoHint(app: Application, { run, at, objects }: ShownUndo, nowMs: number): string {
  return `${count(objects, "object")} that run ${run} deleted ${ago(at, nowMs)} can be made again: holdfast app undo ${nameOf(app)}`;
}
