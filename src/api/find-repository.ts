/** Which of the repositories that somebody sees a request means, and what is told where it does not answer. */
import { Failure } from "../core/model/failure.ts";
import { repositoryKey } from "../core/model/repository-key.ts";
import type { KnownRepository, RepositoryUse } from "../core/ports/repository-desk.ts";
import { defined } from "../lib/defined.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { ApiError, fromThrown, notFound } from "./api-error.ts";

export interface AskedRepository {
  use: RepositoryUse;
  url: string;
  project: string | undefined;
}

/** @throws {ApiError} 404; 400 where several projects have one of that address */
export function findRepository(
  all: readonly KnownRepository[],
  { use, url, project }: AskedRepository,
): KnownRepository {
  const key = repositoryKey(url);
  const there = all
    .filter(
      ({ id }) =>
        id.use === use && repositoryKey(id.url) === key && (project === undefined || project === id.project),
    )
    // What was added may be changed here, and what the config says may not.
    .sort((a, b) => rank(a) - rank(b));
  const [first] = there;
  if (first === undefined)
    throw notFound(`${use === "repository" ? "repository" : "credentials for"} ${withoutUserinfo(url)}`);
  const projects = new Set(there.map(({ id }) => id.project));
  if (projects.size > 1 && !projects.has(""))
    throw new ApiError(
      "InvalidArgument",
      `several projects have it: ${[...projects].sort().join(", ")}. Name one in appProject`,
    );
  return there.find(({ id }) => id.project === "") ?? first;
}

function rank({ place }: KnownRepository): number {
  return place.in === "config" ? 1 : 0;
}

/** It is the repository that does not answer, and not the daemon that is asked. */
export async function proved<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof Failure) || !/^(?:git|artifact)-unreachable$/.test(cause.code)) throw cause;
    throw new ApiError(
      "FailedPrecondition",
      cause.message,
      defined({ details: fromThrown(cause).body.details }),
    );
  }
}
