import type { Application } from "../../core/model/application.ts";
import { ago } from "./ago.ts";
import { nameOf } from "./app-words.ts";
import { count } from "./count.ts";

/** Where somebody looks who misses an object: that it can come back, and how. */
export function undoHint(
  app: Application,
  { run, at, objects }: { run: number; at: string; objects: number },
  nowMs: number,
): string {
  return `${count(objects, "object")} that run ${run} pruned ${ago(at, nowMs)} can be made again: holdfast app undo ${nameOf(app)}`;
}
