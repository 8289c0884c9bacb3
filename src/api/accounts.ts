/**
 * Accounts, their passwords, tokens and sessions, in the shapes of Argo CD's account service:
 * https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/
 *
 * Whoever signed in sees and changes their own account without a line of the policy, as there. A token does not: what was made
 * for one purpose makes no other one.
 */
import { WITH_PROJECT } from "../core/access/access-policy.ts";
import type { Asker } from "../core/access/asker.ts";
import { resourceNamed, whyNoRequest } from "../core/access/check-policy.ts";
import { type Account, ADMIN } from "../core/accounts/account.ts";
import type { ListedToken } from "../core/accounts/argo-tokens.ts";
import type { CredentialOwner } from "../core/model/credential-owner.ts";
import { Secret } from "../core/model/secret.ts";
import type { TokenScopes } from "../core/ports/account-store.ts";
import { filled } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { AccountsDoor } from "./accounts-door.ts";
import {
  CAN_I,
  END_SESSION,
  GET_ACCOUNT,
  LIST_ACCOUNTS,
  LIST_ROLE_TOKENS,
  LIST_SESSIONS,
  MAKE_ROLE_TOKEN,
  MAKE_TOKEN,
  REVOKE_ROLE_TOKEN,
  REVOKE_TOKEN,
  SET_PASSWORD,
} from "./accounts-terms.ts";
import { ApiError, notFound } from "./api-error.ts";
import { demand } from "./authorised/demand.ts";
import type { ApiContext } from "./context.ts";
import { orNotFound } from "./find-app.ts";
import { recentLogins } from "./recent-login.ts";
import type { Routes } from "./routes.ts";
import type { Of } from "./terms/wire.ts";

const CAN_I_PATH = "/api/v1/account/can-i/";
/** Seconds: longer ones are not made. */
const MOST_LIFE_S = 366 * 24 * 60 * 60;

export function accountRoutes(
  routes: Routes,
  { control, door, arrivalOf, basePath }: Pick<ApiContext, "control" | "door" | "arrivalOf" | "basePath">,
): void {
  if (door === undefined) return;
  const demandRecent = recentLogins({ door, arrivalOf });

  routes.get("/api/v1/account", LIST_ACCOUNTS, (c, who) => {
    const may = who.filter("accounts", "get");
    const items = door.accounts.list().filter(({ name }) => isOwn(who, name) || may(name));
    return c.json({ items: items.map((account) => shown(account, door)) });
  });

  /** Yes or no, for whoever asks. */
  routes.get(`${CAN_I_PATH}*`, CAN_I, (c, who) => {
    const [, rest = ""] = c.req.path.split(`${basePath}${CAN_I_PATH}`);
    const [resource = "", action = "", ...object] = rest.split("/").map(decoded);
    const asked = { resource: resourceNamed(resource), action, object: object.join("/") };
    const why = whyNoRequest(asked.resource, action);
    if (why !== undefined) throw new ApiError("InvalidArgument", why);
    const isAll = asked.object === "" || asked.object === "*";
    const meant = WITH_PROJECT.has(asked.resource) && isAll ? "*/*" : asked.object;
    return c.json({ value: who.may(asked.resource, action, meant) ? "yes" : "no" });
  });

  routes.put("/api/v1/account/password", SET_PASSWORD, async (c, who, { body }) => {
    const { name = "", currentPassword, newPassword } = body;
    const own = who.own;
    const account = name === "" ? (own?.account ?? "") : name;
    if (account === "")
      throw new ApiError("InvalidArgument", "name: say whose password it is: whoever asks has no account");
    if (own?.account === account) {
      const session = door.sessions.list().find(({ id }) => id === own.session);
      // It ended while the body came: whoever has a session alone never gets around the current password.
      if (session === undefined || !who.holds())
        throw new ApiError("Unauthenticated", "the session has ended: log in again");
      const answer = await door.logins.changePassword({
        session,
        current: new Secret(currentPassword ?? ""),
        next: new Secret(newPassword),
        address: arrivalOf(c.req.raw, c.env.server).address,
      });
      if (answer.is === "refused") throw new ApiError("InvalidArgument", answer.why);
      if (answer.is !== "set") throw new ApiError("ResourceExhausted", "too many tries: wait, and try again");
      return c.json({});
    }
    known(who, account, "update");
    await demandRecent(c, currentPassword);
    const answer = await door.passwords.set(account, new Secret(newPassword), { by: who.name });
    if (answer.is === "refused") throw new ApiError("InvalidArgument", answer.why);
    return c.json({});
  });

  routes.get("/api/v1/account/:name", GET_ACCOUNT, (c, who) =>
    c.json(shown(known(who, c.req.param("name"), "get"), door)),
  );

  /** `{id, expiresIn, scopes}`: seconds, 0 for as long as there is, 90 days where it is not said; the token's secret is told here, once. */
  routes.post("/api/v1/account/:name/token", MAKE_TOKEN, async (c, who, { body }) => {
    const { name } = known(who, c.req.param("name"), "update");
    await demandRecent(c, body.currentPassword);
    const owner: CredentialOwner = { kind: "account", name };
    const made = door.tokens.make({ owner, ...tokenIn(body), by: who.name });
    if (made.is === "refused") throw new ApiError("InvalidArgument", `account ${name}: ${made.why}`);
    return c.json({ token: made.secret.reveal() });
  });

  routes.delete("/api/v1/account/:name/token/:id", REVOKE_TOKEN, (c, who) => {
    const { name } = known(who, c.req.param("name"), "update");
    const id = c.req.param("id");
    const token = door.tokens.list({ kind: "account", name }).find((one) => one.id === id || one.name === id);
    if (token === undefined) throw notHere({ kind: "account", name }, id, `token ${id} of account ${name}`);
    door.tokens.revoke(token.id, who.name);
    return c.json({});
  });

  /** As above, of a role of a project: whoever may change the project. `iat` is when it was made, in seconds. */
  routes.post("/api/v1/projects/:project/roles/:role/token", MAKE_ROLE_TOKEN, async (c, who, { body }) => {
    const owner = roleIn(who, c.req.param());
    await demandRecent(c, body.currentPassword);
    const made = door.tokens.make({ owner, ...tokenIn(body), by: who.name });
    if (made.is === "refused")
      throw new ApiError("InvalidArgument", `role ${owner.role} of project ${owner.project}: ${made.why}`);
    return c.json({ token: made.secret.reveal() });
  });

  /** Ours: which there are, for whoever may see the project. Argo CD writes them into the project itself. */
  routes.get("/api/holdfast/v1/projects/:project/roles/:role/tokens", LIST_ROLE_TOKENS, (c, who) => {
    const { project, role } = c.req.param();
    orNotFound(control.projectInForce(who, project), `project ${project}`);
    return c.json({ items: tokensOf({ kind: "project-role", project, role }, door) });
  });

  routes.delete("/api/v1/projects/:project/roles/:role/token/:iat", REVOKE_ROLE_TOKEN, (c, who) => {
    const owner = roleIn(who, c.req.param());
    const iat = c.req.param("iat");
    const named = door.tokens
      .list(owner)
      .filter(({ id, name, createdAt }) => [id, name, seconds(createdAt)].includes(iat));
    const [token, ...others] = named;
    if (token === undefined) throw notHere(owner, iat, `token ${iat} of role ${owner.role}`);
    if (others.length > 0)
      throw new ApiError(
        "InvalidArgument",
        `${named.length} tokens were made at ${iat}: say which by its name (${named.map(({ name }) => name).join(", ")})`,
      );
    door.tokens.revoke(token.id, who.name);
    return c.json({});
  });

  /** Who is signed in: oneself, and everybody for whoever may see accounts. */
  routes.get("/api/holdfast/v1/sessions", LIST_SESSIONS, (c, who) => {
    const may = who.filter("accounts", "get");
    const items = door.sessions.list().filter(({ id, owner }) => isOwnSession(who, id) || may(owner.name));
    return c.json({
      items: items.map((session) => {
        const { id, owner, createdAt, usedAt, source, agent, carried } = session;
        const ends = door.sessions.endsAt(session);
        return {
          ...{ id, account: owner.name, carried, address: source, agent },
          ...(owner.kind === "sso" ? { issuer: owner.issuer } : {}),
          since: timestamp(createdAt),
          lastUsed: timestamp(usedAt),
          ends: timestamp(ends.latest),
          endsUnused: timestamp(ends.unused),
          ...filled({ own: isOwnSession(who, id) ? "yes" : "" }),
        };
      }),
    });
  });

  routes.delete("/api/holdfast/v1/sessions/:id", END_SESSION, (c, who) => {
    const id = c.req.param("id");
    const session = door.sessions.list().find((one) => one.id === id);
    const isMine = session?.owner.kind === "account" ? isOwn(who, session.owner.name) : isOwnSession(who, id);
    if (!isMine) demand(who, "accounts", "update", session?.owner.name ?? "*");
    if (session === undefined) throw notFound(`session ${id}`);
    door.sessions.end(id, "revoked", who.name);
    return c.json({});
  });

  /** @throws {ApiError} 403 where it is not theirs to see, whether it is there or not; 404 */
  function known(who: Asker, name: string, action: "get" | "update"): Account {
    if (action === "update") refuseScoped(who);
    if (!who.holds()) throw new ApiError("Unauthenticated", "the session or token has ended: log in again");
    if (!isOwn(who, name)) demand(who, "accounts", action, name);
    const account = door?.accounts.find(name);
    if (account === undefined) throw notFound(`account ${name}`);
    return account;
  }

  /** Where Argo CD's are listed is not ours to write. */
  function notHere(owner: CredentialOwner, named: string, shown: string): ApiError {
    const issued = door?.argoTokens?.list(owner) ?? [];
    if (!issued.some((one) => [idOf(one), String(one.issuedAt)].includes(named))) return notFound(shown);
    const where =
      owner.kind === "account"
        ? `${owner.name === ADMIN ? ADMIN : `accounts.${owner.name}`}.tokens of the Secret argocd-secret`
        : "status.jwtTokensByRole of the AppProject, or jwtTokens of its role";
    return new ApiError("InvalidArgument", `${shown} was issued by Argo CD: take its entry out of ${where}`);
  }
}

/** What may less than its owner makes nothing that may more. */
function refuseScoped(who: Asker): void {
  if (who.isScoped)
    throw new ApiError("PermissionDenied", "a token with scopes makes no tokens and sets no passwords");
}

function roleIn(
  who: Asker,
  { project, role }: { project: string; role: string },
): Extract<CredentialOwner, { kind: "project-role" }> {
  refuseScoped(who);
  demand(who, "projects", "update", project);
  return { kind: "project-role", project, role };
}

function isOwn({ own }: Asker, name: string): boolean {
  return own?.account === name;
}

function isOwnSession({ own }: Asker, id: string): boolean {
  return own?.session === id;
}

function shown({ name, enabled, may }: Account, door: AccountsDoor): Record<string, unknown> {
  return {
    name,
    enabled: enabled === "yes",
    capabilities: may,
    tokens: tokensOf({ kind: "account", name }, door),
  };
}

function tokensOf(owner: CredentialOwner, door: AccountsDoor): Record<string, unknown>[] {
  const own = door.tokens
    .list(owner)
    .map(({ name: id, createdAt, expiresAt, usedAt, hint, createdBy, scopes }) => ({
      id,
      issuedAt: seconds(createdAt),
      expiresAt: seconds(expiresAt),
      // Ours.
      ...{ hint, createdBy, scopes },
      ...(usedAt === undefined ? {} : { lastUsed: timestamp(usedAt) }),
    }));
  const issued = (door.argoTokens?.list(owner) ?? []).map((token) => ({
    id: idOf(token),
    issuedAt: String(token.issuedAt),
    expiresAt: String(token.expiresAt ?? 0),
    // As every JSON web token begins.
    ...{ hint: "eyJ", createdBy: "Argo CD", scopes: "all" },
  }));
  return [...own, ...issued];
}

function idOf({ id, issuedAt }: ListedToken): string {
  return id ?? String(issuedAt);
}

/** 64 bits are text in protobuf's JSON. */
function seconds(ms: number): string {
  return String(Math.floor(ms / 1_000));
}

function tokenIn({
  id = "",
  expiresIn,
  scopes = "all",
}: Of<typeof MAKE_TOKEN.body>): Pick<
  Parameters<AccountsDoor["tokens"]["make"]>[0],
  "name" | "scopes" | "lifetimeMs"
> {
  return {
    ...(id === "" ? {} : { name: id }),
    // There is at least one: its terms say so.
    scopes: scopes as TokenScopes,
    ...(expiresIn === undefined ? {} : { lifetimeMs: (expiresIn === 0 ? MOST_LIFE_S : expiresIn) * 1_000 }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError("InvalidArgument", "the path is not encoded as UTF-8");
  }
}
