import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Failure, type FailureCode } from "../core/model/failure.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { WriteRefusal } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";

/** gRPC's codes with the HTTP status that Argo CD's gateway maps each to. */
const GRPC = {
  InvalidArgument: { code: 3, http: 400 },
  DeadlineExceeded: { code: 4, http: 504 },
  NotFound: { code: 5, http: 404 },
  PermissionDenied: { code: 7, http: 403 },
  ResourceExhausted: { code: 8, http: 429 },
  FailedPrecondition: { code: 9, http: 400 },
  Aborted: { code: 10, http: 409 },
  Unimplemented: { code: 12, http: 501 },
  Internal: { code: 13, http: 500 },
  Unavailable: { code: 14, http: 503 },
  Unauthenticated: { code: 16, http: 401 },
} as const satisfies Record<string, { code: number; http: ContentfulStatusCode }>;

export type GrpcCode = keyof typeof GRPC;

/** What a client gets in place of an answer. `details` is ours: Argo CD's clients ignore it. */
export interface ErrorBody {
  error: string;
  code: number;
  message: string;
  details?: Record<string, unknown>;
}

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly http: ContentfulStatusCode;
  readonly body: ErrorBody;
  /** @param http where the usual status for the code is not precise enough (413, 415, 421) */
  constructor(
    code: GrpcCode,
    message: string,
    { http, details }: { http?: ContentfulStatusCode; details?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.http = http ?? GRPC[code].http;
    this.body = {
      error: message,
      code: GRPC[code].code,
      message,
      ...defined({ details }),
    };
  }
}

/** 404, for what is absent and for what the caller may not know of. */
export function notFound(what: string): ApiError {
  return new ApiError("NotFound", `${what} not found`);
}

/**
 * Argo CD answers a conflict (an operation is running, the spec differs) with FailedPrecondition, HTTP 400;
 * its clients look for that. Whoever was overtaken by another writer is told so by 409. An application that lives in a file is PermissionDenied: trying again never helps.
 */
export function refused(refusal: WriteRefusal, what: string): ApiError {
  switch (refusal.is) {
    case "absent":
      return notFound(what);
    case "conflict":
      return new ApiError("FailedPrecondition", refusal.why, { details: { reason: "conflict" } });
    case "overtaken":
      return new ApiError("Aborted", refusal.why, { details: { reason: "changed-meanwhile" } });
    case "held":
    case "would-be-undone": {
      const { is: reason, object, cannot, why, fix } = refusal;
      return new ApiError("FailedPrecondition", `${object}: cannot ${cannot}: ${why}. ${fix}`, {
        details: { reason, object, cannot, why, fix },
      });
    }
    case "managed-by-file":
      return new ApiError(
        "PermissionDenied",
        `${what} is defined in ${refusal.file}${refusal.asked === "delete" ? TAKE_OUT : EDIT}`,
        {
          details: { reason: "managed-by-file", file: refusal.file },
        },
      );
    case "managed-by-set":
      return new ApiError(
        "PermissionDenied",
        `${what} is made by ApplicationSet ${refusal.set}. Change that one's template or generators: what is done here would be undone by it`,
        { details: { reason: "managed-by-set", set: refusal.set } },
      );
    case "managed-by-parent": {
      const { parent } = refusal;
      const by = parent === undefined ? "another application" : `application ${parent}`;
      return new ApiError(
        "PermissionDenied",
        `${what} is rendered by ${by}. Change it where that one is rendered from: what is done here would be undone by it`,
        { details: { reason: "managed-by-parent", ...defined({ parent }) } },
      );
    }
    case "invalid":
      return invalid(refusal.problems);
  }
}

const EDIT = ". Edit or remove that file: what is done here would be undone by it";
const TAKE_OUT =
  ". Take it out of that file, and it leaves soon after; where that leaves its folder empty, say that it may: holdfast admin approve-removal";

export function invalid(problems: readonly Problem[]): ApiError {
  return new ApiError("InvalidArgument", problems.map(showProblem).join("\n"), {
    details: { reason: "invalid", problems },
  });
}

/** Any thrown value. What is no Failure is our own fault: its text stays in the log. */
export function fromThrown(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  if (!(cause instanceof Failure))
    return new ApiError("Internal", "internal error; the daemon's log has the cause");
  const { code, object, cannot, why, fix } = cause;
  return new ApiError(CODE_OF[code], cause.message, {
    details: { reason: code, object, cannot, why, ...defined({ fix }) },
  });
}

/** As grpc-gateway ends a stream that cannot go on: in place of a result. */
export function errorLine(cause: unknown): { error: Record<string, unknown> } {
  const { http, body } = fromThrown(cause);
  return { error: { grpc_code: body.code, http_code: http, ...body } };
}

const CODE_OF: Record<FailureCode, GrpcCode> = {
  "git-unreachable": "Unavailable",
  "cluster-unreachable": "Unavailable",
  "not-ready": "Unavailable",
  "artifact-unreachable": "Unavailable",
  "provider-unreachable": "Unavailable",
  "git-auth": "FailedPrecondition",
  "artifact-auth": "FailedPrecondition",
  "provider-auth": "FailedPrecondition",
  "sign-on": "Unauthenticated",
  "cluster-auth": "FailedPrecondition",
  forbidden: "FailedPrecondition",
  "git-revision": "InvalidArgument",
  "git-path": "InvalidArgument",
  "artifact-version": "InvalidArgument",
  "artifact-refused": "InvalidArgument",
  "path-outside-source": "InvalidArgument",
  render: "InvalidArgument",
  manifest: "InvalidArgument",
  config: "InvalidArgument",
  "invalid-spec": "InvalidArgument",
  "kind-unknown": "InvalidArgument",
  "render-timeout": "DeadlineExceeded",
  "tool-missing": "FailedPrecondition",
  refused: "FailedPrecondition",
  conflict: "FailedPrecondition",
  paused: "FailedPrecondition",
  "window-closed": "FailedPrecondition",
  "not-found": "NotFound",
  store: "Unavailable",
  exec: "Internal",
  internal: "Internal",
};
