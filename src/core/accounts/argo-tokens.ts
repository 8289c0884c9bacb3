/**
 * Tokens that Argo CD issued: JSON web tokens, of which `argocd-secret` has the key and the ids, or an AppProject the ids.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/#manage-users and
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#project-roles
 */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { CredentialOwner } from "../model/credential-owner.ts";
import type { Problem } from "../model/problem.ts";
import type { Project } from "../model/project.ts";
import { Secret } from "../model/secret.ts";
import { ADMIN, isAccountName } from "./account.ts";
import { timeOf } from "./foreign-passwords.ts";

/** Times in seconds since 1970. */
export interface ListedToken {
  /** Absent in what an old Argo CD listed: such a one is told by `issuedAt`. */
  id?: string;
  issuedAt: number;
  /** Absent: until it is taken out of the list. */
  expiresAt?: number;
}

export interface ArgoTokens {
  /** Absent: there is none that can be used, so that no token is good. */
  key?: Secret;
  accounts: readonly AccountTokens[];
}

export interface AccountTokens {
  account: string;
  tokens: readonly ListedToken[];
  /** Milliseconds since 1970. What was issued before opens nothing, as with Argo CD. */
  passwordChangedAt?: number;
}

/** Where a signature is as long as the hash, so is its key: RFC 7518, 3.2. A shorter one can be guessed from one token. */
const LEAST_KEY = 32;
/** Clocks differ. Milliseconds, for what is said to be of the future. */
const LEEWAY_MS = 60_000;
const ID = /^[\x21-\x7e]{1,255}$/;
const KEY = "server.secretkey";

/**
 * `server.secretkey`, `admin.tokens` and `accounts.NAME.tokens`. What cannot be read opens nothing, and is said by its key.
 * @param data texts, decoded
 */
export function readArgoTokens(
  data: Readonly<Record<string, string>>,
  shown: string,
): { tokens: ArgoTokens; problems: Problem[] } {
  const problems: Problem[] = [];
  const say = (path: string, text: string, fix: string): void => {
    problems.push({ severity: "error", object: shown, path, text, fix });
  };
  const accounts = Object.entries(data).flatMap(([path, text]): AccountTokens[] => {
    const account = accountOf(path);
    if (account === undefined) return [];
    const tokens = listIn(text);
    if (tokens === undefined)
      say(
        path,
        "is no list of tokens, and none of this account's opens anything",
        "Write [] or Argo CD's list",
      );
    const changed = timeOf(data[path.replace(/tokens$/, "passwordMtime")]?.trim() ?? "");
    const passwordChangedAt = Number.isNaN(changed) ? undefined : changed;
    return tokens === undefined || tokens.length === 0
      ? []
      : [{ account, tokens, ...defined({ passwordChangedAt }) }];
  });
  const written = data[KEY] ?? "";
  const why = whyNoKey(written);
  if (why !== undefined && accounts.length > 0)
    say(
      KEY,
      `${why}: tokens that Argo CD issued open nothing`,
      "Make tokens of Holdfast's for these accounts",
    );
  const key = why === undefined ? new Secret(written) : undefined;
  return { tokens: { accounts, ...defined({ key }) }, problems };
}

function whyNoKey(text: string): string | undefined {
  if (text === "") return "is missing";
  // Bytes that are no text were replaced when it was decoded, by what everybody knows.
  if (text.includes("\uFFFD")) return "is no text";
  return Buffer.byteLength(text) < LEAST_KEY ? `is shorter than ${LEAST_KEY} bytes` : undefined;
}

function accountOf(key: string): string | undefined {
  if (key === `${ADMIN}.tokens`) return ADMIN;
  const name = /^accounts\.([^.]+)\.tokens$/.exec(key)?.[1];
  return name !== undefined && name !== ADMIN && isAccountName(name) ? name : undefined;
}

/** @returns undefined: it is no list */
function listIn(text: string): ListedToken[] | undefined {
  if (text.trim() === "") return [];
  try {
    const written: unknown = JSON.parse(text);
    return written === null ? [] : Array.isArray(written) ? listedTokens(written) : undefined;
  } catch {
    return undefined;
  }
}

/** Those of a list that can be read: `[{id, iat, exp}]`. */
function listedTokens(written: unknown): ListedToken[] {
  if (!Array.isArray(written)) return [];
  return written.flatMap((one): ListedToken[] => {
    if (!isMapping(one)) return [];
    const { id, iat, exp } = one;
    const issuedAt = secondsOf(iat);
    const isNamed = typeof id === "string" && ID.test(id);
    if (issuedAt === undefined || (!isNamed && id !== undefined && id !== "")) return [];
    const ends = exp === undefined || exp === null || exp === 0 ? undefined : secondsOf(exp);
    // One that ends at nobody knows when has ended.
    if (ends === undefined && exp !== undefined && exp !== null && exp !== 0) return [];
    return [{ issuedAt, ...defined({ id: isNamed ? id : undefined, expiresAt: ends }) }];
  });
}

function secondsOf(value: unknown): number | undefined {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** Tokens of a role that Argo CD issued: those of `status.jwtTokensByRole`, and in what is old those of the role itself. */
export function argoTokensOf(
  { spec, status }: Pick<Project, "spec" | "status">,
  role: string,
): ListedToken[] {
  const own = (spec.roles ?? []).find((one) => isMapping(one) && one["name"] === role);
  const byRole = isMapping(status) ? status["jwtTokensByRole"] : undefined;
  const listed = isMapping(byRole) && Object.hasOwn(byRole, role) ? byRole[role] : undefined;
  return [
    ...listedTokens(isMapping(listed) ? listed["items"] : undefined),
    ...listedTokens(isMapping(own) ? own["jwtTokens"] : undefined),
  ];
}

export type ArgoVerdict =
  | { is: "good"; owner: CredentialOwner; id: string }
  /** `why`: for whoever has a token that was signed here, and for nobody else. */
  | { is: "refused"; why: string };

/**
 * Whether a token whose signature is right opens anything.
 * @param claims of its middle part, as JSON
 * @param now milliseconds since 1970
 * @param listedOf what stands where its owner's tokens are listed, now
 */
export function judgeArgoToken(
  claims: unknown,
  now: number,
  listedOf: (owner: CredentialOwner) => Omit<AccountTokens, "account">,
): ArgoVerdict {
  if (!isMapping(claims) || claims["iss"] !== "argocd")
    return refused("this token was not issued by Argo CD");
  const { sub, jti, iat, nbf, exp } = claims;
  const owner = typeof sub === "string" ? ownerOf(sub) : undefined;
  if (owner === undefined) return refused("this token of Argo CD's is of nobody that there can be");
  if (owner === "a session")
    return refused(
      "this is a session of Argo CD's, which opens nothing here: log in again, `holdfast login`",
    );
  const issuedAt = secondsOf(iat);
  if (issuedAt === undefined || issuedAt * 1000 > now + LEEWAY_MS)
    return refused("this token of Argo CD's does not say when it was issued, or a time to come");
  if (nbf !== undefined && !(Number(nbf) * 1000 <= now + LEEWAY_MS))
    return refused("this token of Argo CD's does not count yet");
  if (exp !== undefined && !(Number(exp) * 1000 > now)) return refused("this token of Argo CD's has expired");
  const { tokens, passwordChangedAt = 0 } = listedOf(owner);
  // As with Argo CD, where both say an id they are told by it alone; those of accounts always say one.
  const id = typeof jti === "string" && jti !== "" ? jti : undefined;
  if (id === undefined && owner.kind === "account") return refused("this token of Argo CD's has no id");
  const found = tokens.find((one) =>
    one.id !== undefined && id !== undefined ? one.id === id : one.issuedAt === issuedAt,
  );
  if (found === undefined)
    return refused("this token of Argo CD's was revoked, or is listed nowhere any more");
  if (found.expiresAt !== undefined && found.expiresAt * 1000 <= now)
    return refused("this token of Argo CD's has expired");
  if (issuedAt * 1000 < Math.floor(passwordChangedAt / 1000) * 1000)
    return refused("the password of its account was changed since this token of Argo CD's was issued");
  return { is: "good", owner, id: found.id ?? `issued at ${issuedAt}` };
}

/** `NAME:apiKey`, or in old ones `NAME`; `NAME:login` of a session; `proj:PROJECT:ROLE`. */
function ownerOf(sub: string): CredentialOwner | "a session" | undefined {
  const [name = "", second, third, ...more] = sub.split(":");
  if (name === "proj") {
    if (!second || !third || more.length > 0) return undefined;
    return { kind: "project-role", project: second, role: third };
  }
  if (!isAccountName(name) || third !== undefined) return undefined;
  if (second === "login") return "a session";
  return second === undefined || second === "apiKey" ? { kind: "account", name } : undefined;
}

function refused(why: string): ArgoVerdict {
  return { is: "refused", why };
}
