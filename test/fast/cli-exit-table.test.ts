/** What a script may rely on: every way to fail has one code, wherever it was noticed, and every code is explained. */
import { describe, expect, test } from "bun:test";
import { ApiError, fromThrown, type GrpcCode, refused } from "../../src/api/api-error.ts";
import { CliError } from "../../src/cli/cli-error.ts";
import { EXIT, EXIT_MEANINGS, type ExitCode } from "../../src/cli/exit-codes.ts";
import { type ErrorBody, Refused } from "../../src/cli/http/refusal.ts";
import { asCliError } from "../../src/cli/report-error.ts";
import { Failure, type FailureCode } from "../../src/core/model/failure.ts";
import type { WriteRefusal } from "../../src/engine/control.ts";
import { cli } from "../lib/cli.ts";

/** Written out a second time on purpose: a code that changes breaks scripts. A new failure does not compile without one. */
const OF_FAILURE: Record<FailureCode, ExitCode> = {
  config: 2,
  "not-found": 3,
  "git-auth": 4,
  "artifact-auth": 4,
  "provider-auth": 4,
  "cluster-auth": 4,
  "sign-on": 4,
  forbidden: 4,
  "git-unreachable": 5,
  "artifact-unreachable": 5,
  "provider-unreachable": 5,
  "cluster-unreachable": 5,
  "not-ready": 5,
  conflict: 7,
  paused: 7,
  "window-closed": 7,
  render: 8,
  "render-timeout": 8,
  manifest: 8,
  "invalid-spec": 8,
  "git-revision": 8,
  "git-path": 8,
  "artifact-version": 8,
  "artifact-refused": 8,
  "path-outside-source": 8,
  "tool-missing": 8,
  "kind-unknown": 8,
  refused: 8,
  store: 10,
  exec: 10,
  internal: 10,
};
const OF_REFUSAL: Record<WriteRefusal["is"], ExitCode> = {
  absent: 3,
  "managed-by-file": 4,
  "managed-by-parent": 4,
  "managed-by-set": 4,
  conflict: 7,
  overtaken: 7,
  held: 7,
  "would-be-undone": 7,
  invalid: 8,
};
const OF_GRPC: Record<GrpcCode, ExitCode> = {
  InvalidArgument: 2,
  FailedPrecondition: 2,
  Aborted: 7,
  Unimplemented: 2,
  NotFound: 3,
  PermissionDenied: 4,
  Unauthenticated: 4,
  DeadlineExceeded: 5,
  ResourceExhausted: 5,
  Unavailable: 5,
  Internal: 10,
};

const never = new AbortController().signal;
const asked = { url: "http://127.0.0.1:1", token: "shown" } as const;
const overHttp = (cause: unknown): ExitCode => {
  const { http, body } = fromThrown(cause);
  return new Refused(http, JSON.parse(JSON.stringify(body)) as ErrorBody, asked).code;
};
const failure = (code: FailureCode): Failure =>
  new Failure(code, "a", "after-edit", { cannot: "do it", why: "it is so" });
const words = { object: "a", cannot: "do it", why: "it is so", fix: "Wait" };
const REFUSALS: WriteRefusal[] = [
  { is: "absent" },
  { is: "managed-by-file", file: "a.yaml" },
  { is: "managed-by-parent", parent: undefined },
  { is: "managed-by-set", set: "argocd/a" as never },
  { is: "conflict", why: "it is so" },
  { is: "held", ...words },
  { is: "would-be-undone", ...words },
  { is: "invalid", problems: [{ severity: "error", text: "no" }] },
];

describe("exit codes", () => {
  test.each(Object.entries(OF_FAILURE) as [FailureCode, ExitCode][])(
    "%s ends with %d, thrown here and told by the API",
    (code, exit) => {
      expect([asCliError(failure(code), never).code, overHttp(failure(code))]).toEqual([exit, exit]);
    },
  );
  test.each(REFUSALS)("a write that is refused: $is", (refusal) => {
    expect(overHttp(refused(refusal, "application a"))).toBe(OF_REFUSAL[refusal.is]);
  });
  test.each(Object.entries(OF_GRPC) as [GrpcCode, ExitCode][])("an answer %s ends with %d", (code, exit) => {
    expect(overHttp(new ApiError(code, "no"))).toBe(exit);
  });
  test("a body that tells too much, or is no JSON, is known by its status; an unknown one is a fault", () => {
    const of = (status: number): ExitCode => new Refused(status, { message: "no" }, asked).code;
    expect([413, 415, 421, 408, 502, 418].map(of)).toEqual([2, 2, 4, 5, 5, 10]);
  });
  test("Ctrl-C is 130, whatever was under way; an error of ours keeps its own; the rest is 10", () => {
    const gone = AbortSignal.abort(new Error("interrupted"));
    expect(asCliError(failure("render"), gone).code).toBe(EXIT.interrupted);
    expect(asCliError(new CliError(EXIT.timedOut, "late"), gone).code).toBe(EXIT.timedOut);
    expect([asCliError(new TypeError("x"), never).code, asCliError("x", never).code]).toEqual([10, 10]);
  });
  test("every code is explained once, in the order of its number, by the help", async () => {
    const codes = Object.values(EXIT).sort((a, b) => a - b);
    expect(EXIT_MEANINGS.map(([code]) => code)).toEqual(codes);
    const { stdout } = await cli(["help", "exit-codes"]);
    expect([...stdout.matchAll(/^ {2,}(\d+) {3}\S/gm)].map(([, code]) => Number(code))).toEqual(codes);
  });
});
