import { Failure, type FailureCode } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";

const WANTS_LOGIN: ReadonlySet<FailureCode> = new Set(["git-auth", "artifact-auth"]);
const WHERE =
  "Write its login into repositories of a config (--config FILE), or name a checkout of it with --source FOLDER: what was added to a daemon (holdfast repo add, or a Secret) is known to that daemon alone, and holdfast app manifests APP prints what it renders of an application that it has";

/**
 * What a verb without a daemon asks of repositories, which it knows by the config alone.
 * @throws {Failure} the same, where one wants a login with all the ways to give it here
 */
export async function byConfigAlone<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof Failure) || !WANTS_LOGIN.has(cause.code)) throw cause;
    const { code, object, retry, cannot, why, retryAfterMs } = cause;
    throw new Failure(code, object, retry, { cannot, why, fix: WHERE, ...defined({ retryAfterMs, cause }) });
  }
}
