import type { CommitSha } from "../core/model/commit-sha.ts";
import type { ObjectFormat } from "./git-object.ts";

/** What a server said about its refs, once. */
export interface Refs {
  /** Commit (annotated tags peeled) by full name, `refs/heads/main`. HEAD is not among them. */
  commitByName: ReadonlyMap<string, CommitSha>;
  /** Undefined where the server has no HEAD that leads anywhere. */
  head:
    | {
        commit: CommitSha /** `refs/heads/main`, "HEAD" where it is detached or the server does not say. */;
        ref: string;
      }
    | undefined;
  format: ObjectFormat;
}

/** Asked for always; others (`refs/pull/7/head`) only when somebody wants them. */
export const USUAL_PREFIXES: readonly string[] = ["refs/heads/", "refs/tags/"];

/** Whether a ref is among those asked for. */
export function isWanted(ref: string, extra: readonly string[]): boolean {
  return USUAL_PREFIXES.some((prefix) => ref.startsWith(prefix)) || extra.includes(ref);
}

/** A server with more refs than this is not listed: the answer would not fit the daemon's memory. */
export const MAX_REFS = 100_000;

/** Git's own rules (check-ref-format), so that no name from a server is ever more than a name. */
export function isRefName(name: string): boolean {
  if (!name.startsWith("refs/") || name.length > 1024) return false;
  if (/[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/u.test(name)) return false;
  return name.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}
