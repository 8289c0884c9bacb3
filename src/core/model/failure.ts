import { messageOf } from "../../lib/caught.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";

/** When it is worth trying again: after a pause, or only once somebody edited something. */
export type Retry = "backoff" | "after-edit";

export type FailureCode =
  | "git-unreachable"
  | "git-auth"
  | "git-revision"
  | "git-path"
  | "artifact-unreachable"
  | "artifact-auth"
  | "artifact-version"
  | "artifact-refused"
  | "provider-unreachable"
  | "provider-auth"
  | "sign-on"
  | "path-outside-source"
  | "render"
  | "render-timeout"
  | "manifest"
  | "tool-missing"
  | "cluster-unreachable"
  | "cluster-auth"
  | "kind-unknown"
  | "forbidden"
  | "refused"
  | "conflict"
  | "not-found"
  | "config"
  | "invalid-spec"
  | "store"
  | "exec"
  | "not-ready"
  | "paused"
  | "window-closed"
  | "internal";

export interface FailureDetails {
  /** The verb that did not happen: "apply", "fetch", "render". */
  cannot: string;
  /** The reason, one sentence without a full stop at its end. Never holds a secret's value. */
  why: string;
  /** What a person can do about it. */
  fix?: string;
  /** The shortest pause before another try, where the other side or a back-off asks for one. */
  retryAfterMs?: number;
  cause?: unknown;
}

/**
 * Something that could not be done. Thrown where I/O meets the core; names the object, the reason and the fix. What is
 * said goes everywhere (conditions, events, logs, the store), so passwords in addresses are taken out here, once.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  /** What it was about: an object, a repository URL, a file, a cluster. */
  readonly object: string;
  readonly cannot: string;
  readonly why: string;
  readonly fix: string | undefined;
  readonly retryAfterMs: number | undefined;
  constructor(
    readonly code: FailureCode,
    object: string,
    readonly retry: Retry,
    { cannot, why, fix, retryAfterMs, cause }: FailureDetails,
  ) {
    super(
      withoutUserinfo(`${object}: cannot ${cannot}: ${why}${fix === undefined ? "" : `. ${fix}`}`),
      cause === undefined ? undefined : { cause },
    );
    this.object = withoutUserinfo(object);
    this.cannot = cannot;
    this.why = withoutUserinfo(why);
    this.fix = fix === undefined ? undefined : withoutUserinfo(fix);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Any thrown value as a Failure, so that callers handle one shape. */
export function asFailure(cause: unknown, object: string, cannot: string): Failure {
  if (cause instanceof Failure) return cause;
  const why = messageOf(cause);
  return new Failure("internal", object, "backoff", { cannot, why, cause });
}
