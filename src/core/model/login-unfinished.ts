import { defined } from "../../lib/defined.ts";
import { Failure } from "./failure.ts";

/** A login that a browser began here, and by which nobody is signed in. */
export class LoginUnfinished extends Failure {
  /**
   * @param returnTo the path of ours to which it was to lead
   * @param end `denied`: the provider says so of this very login, or somebody there; `failed`: everything else
   */
  constructor(
    { code, object, retry, cannot, why, fix, retryAfterMs, cause }: Failure,
    readonly returnTo: string,
    readonly end: "denied" | "failed",
  ) {
    super(code, object, retry, { cannot, why, ...defined({ fix, retryAfterMs, cause }) });
  }
}
