import type { Context } from "hono";
import { RECENT_LOGIN_MS } from "../core/accounts/session-rules.ts";
import { Secret } from "../core/model/secret.ts";
import { defined } from "../lib/defined.ts";
import { ApiError } from "./api-error.ts";
import type { ApiContext, Env } from "./context.ts";

/**
 * Whoever makes what outlives a session, a token or another's password, signed in a short while ago or shows the own password
 * now: a cookie that was taken makes none. Tokens are asked for nothing more than that they may.
 */
export function recentLogins({ door, arrivalOf }: Pick<ApiContext, "door" | "arrivalOf">) {
  /** @param shown the body's `currentPassword` @throws {ApiError} 403, 429 */
  return async (c: Context<Env>, shown: string | undefined): Promise<void> => {
    if (door === undefined) return;
    const { address, scheme } = arrivalOf(c.req.raw, c.env.server);
    const asking = door.who.ask(c.req.raw.headers, scheme);
    if (asking.is !== "session") return;
    const current = shown !== undefined && shown !== "" ? new Secret(shown) : undefined;
    const { session } = asking;
    const proof = await door.logins.prove({ session, address, ...defined({ current }) });
    // Meanwhile it may have been ended.
    if (!c.env.who.holds()) throw new ApiError("Unauthenticated", "the session has ended: log in again");
    switch (proof.is) {
      case "proven":
        return;
      case "limited":
      case "busy":
        throw new ApiError("ResourceExhausted", "too many tries: wait, and try again");
      case "wrong":
        throw tooOld("currentPassword is another one than that of whoever asks", "password");
      case "too-old":
        throw tooOld(
          `this login is older than ${RECENT_LOGIN_MS / 60_000} minutes: ${proof.by === "password" ? "send currentPassword with it, the password of whoever asks, or log in again" : "log in again, then ask once more"}`,
          proof.by,
        );
    }
  };
}

/** @param by what proves it */
function tooOld(why: string, by: "password" | "login"): ApiError {
  return new ApiError("PermissionDenied", why, { details: { reason: "login-too-old", by } });
}
