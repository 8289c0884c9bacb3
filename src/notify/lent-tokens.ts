/** Tokens that are lent to notifiers for a while, each used until shortly before it ends. */
import { Secret } from "../core/model/secret.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { NotifierLogin } from "../plugin/contract.ts";
import type { Authorizer } from "../remote/http.ts";
import { LentLogins } from "../remote/lent/lent-logins.ts";
import type { Reach } from "../remote/reach.ts";

export interface LentTokensParts {
  clock: Clock;
  /** Longest silence. */
  timeoutMs: number;
  /** How far a name of a server may lead. */
  reach(hostname: string): Reach;
}

export class LentTokens {
  readonly #logins: LentLogins;

  constructor({ clock, timeoutMs, reach }: LentTokensParts) {
    this.#logins = new LentLogins({
      ...{ clock, timeoutMs, reach, environment: {} },
      codes: { unreachable: "provider-unreachable", auth: "provider-auth" },
      appMay: "write commit statuses",
    });
  }

  /** Of the header of one request. */
  authorizer({ appId, installationId, privateKey, baseUrl }: NotifierLogin): Authorizer {
    const lender = {
      ...({ from: "github-app", appId, installationId, baseUrl } as const),
      privateKey: new Secret(privateKey),
    };
    const opened = this.#logins.authorizer({ url: baseUrl, lender }, ({ password }) =>
      password === undefined ? undefined : `Bearer ${password.reveal()}`,
    );
    if (typeof opened !== "object") throw new Error("nobody lends anything");
    return opened;
  }
}
