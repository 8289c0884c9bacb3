/**
 * The claims of a token that was verified, as an identity. Nothing here trusts a token: that was done before.
 * Sources: OpenID Connect Core 1.0, 5.1 and 5.6.2 (claims that stand elsewhere); Argo CD for `federated_claims`.
 */
import { isMapping } from "../../lib/is-mapping.ts";
import { printable } from "../../lib/printable.ts";
import type { Identity } from "../model/identity.ts";
import { RESERVED } from "./provider-names.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** A directory of thousands of people has some hundreds; each is looked up in policies at every request. */
export const MAX_GROUPS = 5_000;
/** UTF-16 units. A distinguished name may be long. */
const MAX_NAME = 1_024;

export type ReadIdentity =
  | { is: "identity"; identity: Identity }
  /** The token only says that there are groups: by the names of the claims which are missing. */
  | { is: "groups elsewhere"; claims: readonly string[] }
  /** A sentence without a full stop. */
  | { is: "refused"; why: string; fix: string };

/**
 * A person without their groups is somebody else: rules that deny by a group would not hold. So what cannot be read whole
 * is refused, and never an empty list.
 * @param groupClaims claims whose values are groups
 * @param found groups that were asked for elsewhere: in place of what the token only points at
 */
export function identityOfClaims(
  issuer: string,
  claims: Claims,
  groupClaims: readonly string[],
  found?: readonly string[],
  /** Who `federated_claims` speaks of is theirs alone who passes others' logins on and was asked to say so. */
  speaksOf: "its own" | "others" = "its own",
): ReadIdentity {
  const subject = subjectOf(claims, speaksOf);
  if (subject === undefined)
    return refused(
      "its token names nobody (sub is missing or empty)",
      "Look at the provider's client: it must issue sub",
    );
  const why = whyNoSubject(subject);
  if (why !== undefined) return refused(why, "Change the person's id at the provider");
  const missing = found === undefined ? elsewhere(claims, groupClaims) : [];
  if (missing.length > 0) return { is: "groups elsewhere", claims: missing };
  const groups = groupsOf(claims, groupClaims, found ?? []);
  if (groups.is === "refused") return groups;
  const email = textOf(claims["email"]);
  return {
    is: "identity",
    identity: {
      issuer,
      subject,
      name: textOf(claims["preferred_username"]) ?? textOf(claims["name"]) ?? email ?? subject,
      email,
      emailVerified: email !== undefined && isTrue(claims["email_verified"]),
      groups: groups.names,
    },
  };
}

/** Who a provider of others speaks of comes before its own name for them. */
function subjectOf(claims: Claims, speaksOf: "its own" | "others"): string | undefined {
  const federated = speaksOf === "others" ? claims["federated_claims"] : undefined;
  const id = isMapping(federated) ? federated["user_id"] : undefined;
  return [id, claims["sub"]].find((each): each is string => typeof each === "string" && each.trim() !== "");
}

/** Why a name is nobody's; undefined where it may be somebody's. */
function whyNoSubject(subject: string): string | undefined {
  if (subject.length > MAX_NAME) return `its id of them is longer than ${MAX_NAME} characters`;
  if (/\p{Cc}/u.test(subject)) return "its id of them holds control characters";
  // Policies would give them what they give to the role or the token of that name.
  return RESERVED.test(subject)
    ? `it calls them ${JSON.stringify(subject)}, which is how roles, tokens of projects and people of several providers are called`
    : undefined;
}

/** Source: OpenID Connect Core 5.6.2; Microsoft Entra leaves groups out when there are more than 200, or 6 where a browser gets the token. */
function elsewhere(claims: Claims, groupClaims: readonly string[]): string[] {
  const names = claims["_claim_names"];
  const pointed = isMapping(names) ? Object.keys(names) : [];
  const has = (name: string): boolean => isTrue(claims[`has${name}`]);
  return groupClaims.filter((name) => claims[name] === undefined && (pointed.includes(name) || has(name)));
}

type Groups = { is: "groups"; names: readonly string[] } | Extract<ReadIdentity, { is: "refused" }>;

function groupsOf(claims: Claims, groupClaims: readonly string[], found: readonly string[]): Groups {
  const names = new Set<string>();
  for (const claim of groupClaims) {
    const value = claims[claim];
    // An address that its provider does not vouch for is whatever its owner typed.
    if (claim === "email" && isFalse(claims["email_verified"])) continue;
    if (value === undefined || value === null) continue;
    const list = typeof value === "string" ? [value] : value;
    if (!Array.isArray(list))
      return refused(
        `its claim ${JSON.stringify(claim)} is neither a list of names nor one name`,
        "Map that claim to the names of groups at the provider, or name another one in scopes of argocd-rbac-cm",
      );
    const sorted = addNames(names, list, `its claim ${JSON.stringify(claim)}`);
    if (sorted !== undefined) return sorted;
  }
  return addNames(names, found, "its list of groups") ?? { is: "groups", names: [...names] };
}

function addNames(
  names: Set<string>,
  list: readonly unknown[],
  place: string,
): Extract<ReadIdentity, { is: "refused" }> | undefined {
  for (const name of list) {
    if (typeof name !== "string")
      return refused(
        `${place} holds something that is no name`,
        "Map it to the names of groups at the provider",
      );
    if (name.length > MAX_NAME || /\p{Cc}/u.test(name))
      return refused(
        `${place} holds a name that is too long or has control characters (${printable(name).slice(0, 60)})`,
        "Rename that group, or keep it out of the claim",
      );
    if (RESERVED.test(name))
      return refused(
        `${place} holds ${JSON.stringify(name)}, which is how roles, tokens of projects and people of several providers are called`,
        "Rename that group, or keep it out of the claim",
      );
    if (name !== "") names.add(name);
    if (names.size > MAX_GROUPS)
      return refused(
        `${place} holds more than ${MAX_GROUPS} groups`,
        "Have the provider send those alone that this application needs",
      );
  }
  return undefined;
}

function refused(why: string, fix: string): Extract<ReadIdentity, { is: "refused" }> {
  return { is: "refused", why, fix };
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = printable(value);
  return text === "" ? undefined : text;
}

/** Some write flags as text. */
function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

function isFalse(value: unknown): boolean {
  return value === false || value === "false";
}
