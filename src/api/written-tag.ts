import type { Context } from "hono";
import { hashValue } from "../lib/hash.ts";
import { ApiError } from "./api-error.ts";
import type { Env } from "./context.ts";

/** As much of something as people write: an Application, an AppProject, an ApplicationSet. */
interface Writable {
  metadata: { labels?: unknown; annotations?: unknown; finalizers?: unknown };
  spec: unknown;
}

/** The `ETag` of what people wrote of it: the same as long as nobody edits it, whatever becomes of it. */
export function writtenTag({ metadata: { labels, annotations, finalizers }, spec }: Writable): string {
  return `"${hashValue([labels ?? {}, annotations ?? {}, finalizers ?? [], spec])}"`;
}

/**
 * Where the request says what it is to be written over (`If-Match`), it is that. Asked in the very step that writes.
 * @param there as it is now; undefined: there is none
 * @param what `project web`
 * @throws {ApiError} 409
 */
export function demandMatch(c: Context<Env>, there: Writable | undefined, what: string): void {
  const wanted = c.req.header("if-match");
  if (wanted === undefined || (wanted.trim() === "*" && there !== undefined)) return;
  const tags = wanted.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (there !== undefined && tags.includes(writtenTag(there))) return;
  throw overtaken(
    there === undefined
      ? `${what} is not there any more, and nothing was written`
      : `${what} was changed by somebody else meanwhile, and nothing was written. Look at it again, and change what is there now`,
  );
}

/** Of two who write in the same moment, the other one. */
export function overtaken(why: string): ApiError {
  return new ApiError("Aborted", why, { details: { reason: "changed-meanwhile" } });
}
