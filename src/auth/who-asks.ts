import { subjectOfVouched, type VouchedBy } from "../core/access/provider-names.ts";
import type { Subject } from "../core/access/subject.ts";
import type { AskingAs, CredentialOwner } from "../core/model/credential-owner.ts";
import type { Secret } from "../core/model/secret.ts";
import type { TokenScopes } from "../core/ports/account-store.ts";
import { defined } from "../lib/defined.ts";
import type { Accounts } from "./accounts.ts";
import type { ArgoTokenCheck } from "./argo-tokens.ts";
import { isSameText, readCredential } from "./credential.ts";
import type { Sessions, SessionView } from "./sessions.ts";
import type { Tokens, TokenView } from "./tokens.ts";

/** Its prefix has browsers send it to this host alone, over TLS, from all paths. */
export const SESSION_COOKIE = "__Host-holdfast_s";
/** Over plain HTTP, which is for loopback, browsers keep no cookie of that prefix. */
export const PLAIN_SESSION_COOKIE = "holdfast_s";

export type Asking =
  /** `handOut` goes into the cookie of the answer. */
  | { is: "session"; subject: Subject; owner: AskingAs; session: SessionView; handOut?: Secret }
  | { is: "token"; subject: Subject; owner: CredentialOwner; scopes: TokenScopes; token: TokenView }
  /** That Argo CD issued. `holds`: whether it still does. */
  | { is: "argo-token"; subject: Subject; owner: CredentialOwner; id: string; holds: () => boolean }
  /** `server.token`, the simplest robot. */
  | { is: "server-token" }
  /** Nothing was shown. What that may is a setting's word. */
  | { is: "nobody" }
  /** Something was shown that opens nothing. Never the same as nobody. `why`: where whoever has it may know more. */
  | { is: "refused"; why?: string };

/** Whom a request is from, by its headers alone. */
export class WhoAsks {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly tokens: Tokens,
    private readonly serverToken: () => Secret | undefined,
    /** What stands before a provider's names in policies; undefined: it vouches for nobody. Default: nothing. */
    private readonly prefixOf: (owner: VouchedBy) => string | undefined = () => "",
    /** Absent: no token of Argo CD's is good. */
    private readonly argoTokens?: Pick<ArgoTokenCheck, "check">,
  ) {}

  /** @param transport which cookie counts: one that came over plain HTTP may have been planted by anybody on the way */
  ask(headers: Headers, transport: "tls" | "plain"): Asking {
    const authorization = headers.get("authorization");
    // A header that is there decides: a cookie beside it would make what failed succeed as somebody else.
    if (authorization !== null) return this.#byHeader(authorization);
    const name = transport === "tls" ? SESSION_COOKIE : PLAIN_SESSION_COOKIE;
    const shown = cookiesNamed(headers.get("cookie") ?? "", name);
    if (shown.length === 0) return { is: "nobody" };
    const [only, second] = shown;
    return only === undefined || second !== undefined ? { is: "refused" } : this.#bySession(only, "cookie");
  }

  #byHeader(authorization: string): Asking {
    const [, shown] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    if (shown === undefined) return { is: "refused" };
    const serverToken = this.serverToken();
    if (serverToken !== undefined && isSameText(shown, serverToken.reveal())) return { is: "server-token" };
    const kind = readCredential(shown)?.kind;
    if (kind === "session") return this.#bySession(shown, "bearer");
    return kind === "token" ? this.#byToken(shown) : this.#byArgoToken(shown);
  }

  #byArgoToken(shown: string): Asking {
    const check = this.argoTokens;
    const answer = check?.check(shown) ?? { is: "refused" };
    if (answer.is === "refused") return answer;
    const { owner, id } = answer;
    const holds = (): boolean => check?.check(shown).is === "good";
    return { is: "argo-token", subject: { name: nameOf(owner), groups: [] }, owner, id, holds };
  }

  #bySession(shown: string, shownIn: "cookie" | "bearer"): Asking {
    const answer = this.sessions.check(shown, shownIn);
    if (answer.is === "refused") return answer;
    const { session, handOut } = answer;
    const subject = this.#subjectOf(session.owner);
    return subject === undefined
      ? { is: "refused" }
      : { is: "session", subject, owner: session.owner, session, ...defined({ handOut }) };
  }

  #byToken(shown: string): Asking {
    const answer = this.tokens.check(shown);
    if (answer.is === "refused") return answer;
    const { token } = answer;
    const { owner, scopes } = token;
    return { is: "token", subject: { name: nameOf(owner), groups: [] }, owner, scopes, token };
  }

  /** As policies know them. Whom a provider calls what an account, a role or a project's token is called here gets in as nobody. */
  #subjectOf(owner: AskingAs): Subject | undefined {
    if (owner.kind === "account") return { name: owner.name, groups: [] };
    const prefix = this.prefixOf(owner);
    return prefix === undefined
      ? undefined
      : subjectOfVouched(owner, prefix, (name) => this.accounts.find(name) !== undefined);
  }
}

/** As policies name whose a token is. */
function nameOf(owner: CredentialOwner): string {
  return owner.kind === "account" ? owner.name : `proj:${owner.project}:${owner.role}`;
}

function cookiesNamed(header: string, name: string): string[] {
  return header.split(";").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
}
