import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";
import type { TokenScope, TokenScopes } from "../ports/account-store.ts";

/**
 * Whether a token's scopes leave a request to its owner's permissions. They only narrow: what the owner may not, the token
 * may not either, whoever asks policy decides that.
 */
export function scopesPermit(scopes: TokenScopes, request: TokenScope): boolean {
  if (scopes === "all") return true;
  return scopes.some(
    ({ resource, action, object }) =>
      matchesGlob(resource, request.resource, ANYWHERE) &&
      matchesGlob(action, request.action, ANYWHERE) &&
      matchesGlob(object, request.object, ANYWHERE),
  );
}
