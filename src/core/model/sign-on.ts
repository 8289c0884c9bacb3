/** What an operator says of those who know their people. */
import type { Secret } from "./secret.ts";

/** How a provider's server is told from another one. */
export interface ProviderTls {
  /** PEM, in place of the system's authorities. */
  ca?: string;
  /** `nothing`: whoever answers is taken for the provider, and can make anybody an administrator. */
  check?: "nothing";
}

export type SignOnSettings = (OidcSignOn | GithubSignOn | LdapSignOn) & {
  /** How a policy names its people and groups. Absent: plainly where it is the only provider. */
  policyNames?: "plain" | "prefixed";
  /** Path of ours to which a browser is sent back, as it is registered there. Absent: `/auth/callback`. */
  returnsTo?: "/api/dex/callback";
};

export interface OidcSignOn {
  by: "oidc";
  /** As people see it on the button. */
  name: string;
  /** As its tokens write it, to the letter. */
  issuer: string;
  clientId: string;
  /** Absent: a public client, which PKCE alone protects. */
  clientSecret?: Secret;
  /** `openid` is always among them. */
  scopes: readonly string[];
  /** `claims.id_token` of OpenID Connect 5.5. */
  idTokenClaims: Readonly<Record<string, unknown>>;
  /** Claims whose values are groups: `scopes` of `argocd-rbac-cm`. */
  groupClaims: readonly string[];
  /** Claims of which each must say one of its texts, `true` and `false` among them: who has none is not let in. */
  neededClaims?: Readonly<Record<string, readonly string[]>>;
  /** Where groups are asked for beside the token; a path is one of the issuer's server. */
  userInfo?: { path: string };
  /** Address to which a browser is sent to log out there; `{{token}}` and `{{logoutRedirectURL}}` are filled in. Absent: as discovery says. */
  logoutUrl?: string;
  /** Which of its accounts is offered first: `domain_hint`. */
  domainHint?: string;
  tls: ProviderTls;
}

export interface GithubSignOn {
  by: "github";
  name: string;
  /** `https://github.com`, or an Enterprise server. Without a slash at its end. */
  url: string;
  clientId: string;
  clientSecret: Secret;
  /** Whose members may come in. Names elsewhere on GitHub belong to anybody, so that no other group counts. */
  organizations: readonly { name: string /** Slugs; absent: all. */; teams?: readonly string[] }[];
  /**
   * Groups as Dex writes them: `organization:team` by the team's name, its slug, or both, and none of the organization
   * itself; `teams` above are meant so too. Absent: `organization` and `organization:slug`.
   */
  dexTeams?: "name" | "slug" | "both";
  /** What of a person counts as a group: `groups`, `email`, `preferred_username`. Absent: groups alone. */
  groupClaims?: readonly string[];
  tls: ProviderTls;
}

export interface LdapSignOn {
  by: "ldap";
  name: string;
  /** `ldaps://host:636` or `ldap://host:389`. */
  url: string;
  /** How the wire is kept secret. `nothing`: passwords are readable on it. */
  wire: "ldaps" | "starttls" | "nothing";
  /** Who searches. Absent: nobody in particular, where the directory lets them. */
  account?: { dn: string; password: Secret };
  users: {
    base: string;
    /** An LDAP filter that all of them match. */
    filter: string;
    /** What a person types at the login. */
    loginAttribute: string;
    /** Never given to somebody else later: `entryUUID`, `objectGUID`, `uidNumber`; `dn` is the entry's name. */
    idAttribute: string;
    nameAttribute: string;
    mailAttribute: string;
  };
  groups?: {
    base: string;
    filter: string;
    /** Of a group: what a policy calls it. */
    nameAttribute: string;
    /** Of a group, and what of a user stands there: `member` and `dn`, or `memberUid` and `uid`. */
    memberAttribute: string;
    userAttribute: string;
    /** Groups in groups. `by rule`: the directory follows them (Active Directory); `by search`: we do, at most this deep. */
    nested: { is: "not followed" } | { is: "by rule" } | { is: "by search"; depth: number };
  };
  /** As GitHub's. */
  groupClaims?: readonly string[];
  tls: ProviderTls;
}
