import { Failure } from "../core/model/failure.ts";
import type { ArtifactRequest } from "../core/ports/artifacts.ts";
import { within } from "../remote/within.ts";

/** What every place of packed things is told of the daemon that asks it. */
export interface RequestParts {
  /** Longest answer. */
  fetchTimeoutMs: number;
  /** Aborted when nothing is wanted any more. */
  signal: AbortSignal;
  told(request: ArtifactRequest): void;
}

/**
 * One request, told when it has ended. Nobody waits longer for an answer, however slowly it comes.
 * @param show the place, without userinfo
 */
export async function timed<T>(
  { fetchTimeoutMs, signal: stopping, told }: RequestParts,
  show: string,
  type: ArtifactRequest["type"],
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = (): Failure =>
    new Failure("artifact-unreachable", show, "backoff", {
      cannot: "read from it",
      why: `its answer did not end within ${fetchTimeoutMs / 1000} s`,
      fix: "Check the network and the server, or raise git.fetchTimeout in the config",
    });
  const startedAt = performance.now();
  let failed = true;
  try {
    const result = await within(fetchTimeoutMs, late, AbortSignal.any([signal, stopping]), work);
    failed = false;
    return result;
  } finally {
    told({ url: show, type, tookMs: performance.now() - startedAt, failed });
  }
}
