/** Accounts and policy as Argo CD's objects in the home cluster say them, beside what the config says. */
import type { AccountSettings } from "../config/account-settings.ts";
import type { Config } from "../config/config.ts";
import type { AccessSettings } from "../core/access/rbac-config-map.ts";
import { ADMIN } from "../core/accounts/account.ts";
import { type ArgoAccess, OWN_SECRET } from "../core/argocd/argo-access.ts";
import type { ArgoHeld } from "../core/argocd/held.ts";
import { RBAC_MAP, SETTINGS_MAP } from "../core/argocd/setting-keys.ts";
import type { Problem } from "../core/model/problem.ts";
import { Secret } from "../core/model/secret.ts";
import { defined } from "../lib/defined.ts";
import { isSame } from "./held-config.ts";

type Written = Pick<Config, "accounts" | "rbac">;

export type HeldAccess = Pick<Config, "accounts" | "rbac" | "homeAccess">;

/**
 * What the config says of an account, or of how policies are read, counts; lines of both are one policy.
 * @param defaults what differs from it was written
 * @param held undefined: the home was not seen yet, so that it is not known who there is
 */
export function withArgoAccess(
  written: Written,
  defaults: Written,
  held: Pick<ArgoHeld, "access"> | undefined,
): HeldAccess & { problems: Problem[] } {
  const { accounts, rbac } = written;
  if (held === undefined) return { accounts, rbac, homeAccess: { is: "unseen" }, problems: [] };
  const { access } = held;
  const policy = policyBeside(rbac, defaults.rbac, access.policy);
  const { anonymous, sessionMs, passwordPattern, tokens } = access;
  if (access.passwords === undefined && access.asks === "nobody")
    return { accounts, rbac: policy.rbac, homeAccess: { is: "unseen" }, problems: policy.problems };
  if (access.asks === "nobody")
    return { accounts, rbac: policy.rbac, homeAccess: { is: "silent" }, problems: policy.problems };
  const merged = accountsBeside(accounts, access);
  return {
    accounts: merged.accounts,
    rbac: policy.rbac,
    homeAccess:
      access.passwords === undefined
        ? { is: "unseen" }
        : { is: access.known, anonymous, ...defined({ sessionMs, passwordPattern, tokens }) },
    problems: [...merged.problems, ...policy.problems],
  };
}

function accountsBeside(
  written: readonly AccountSettings[],
  { accounts: found, passwords = [] }: ArgoAccess,
): { accounts: AccountSettings[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const say = (object: string, path: string, text: string): void => {
    problems.push({ severity: "warning", object, path, text, fix: "Remove one of them" });
  };
  const passwordOf = new Map(passwords.map((password) => [password.account, password]));
  const names = new Set(written.map(({ name }) => name));
  const withPassword = (account: AccountSettings): AccountSettings => {
    const theirs = passwordOf.get(account.name);
    if (theirs === undefined) return account;
    if (account.passwordHash === undefined)
      return { ...account, passwordHash: new Secret(theirs.hash), passwordChangedAt: theirs.changedAt };
    if (account.passwordHash.reveal().trim() !== theirs.hash)
      say(
        `Secret ${OWN_SECRET}`,
        account.name === ADMIN ? "admin.password" : `accounts.${account.name}.password`,
        "changes nothing: accounts of the config has another passwordHash for this account",
      );
    return account;
  };
  for (const account of found) {
    const own = written.find(({ name }) => name === account.name);
    if (own === undefined) continue;
    const isAlike = own.enabled === account.enabled && isSame([...own.may].sort(), [...account.may].sort());
    // That the administrator is there is said by nobody: it differs where argocd-cm disables it.
    if (!isAlike && (account.name !== ADMIN || own.enabled !== account.enabled))
      say(
        `ConfigMap ${SETTINGS_MAP}`,
        account.name === ADMIN ? "admin.enabled" : `accounts.${account.name}`,
        "changes nothing: accounts of the config says something else of this account",
      );
  }
  return {
    accounts: [...written, ...found.filter(({ name }) => !names.has(name))].map(withPassword),
    problems,
  };
}

function policyBeside(
  own: Config["rbac"],
  defaults: Config["rbac"],
  theirs: AccessSettings | undefined,
): { rbac: Config["rbac"]; problems: Problem[] } {
  if (theirs === undefined) return { rbac: own, problems: [] };
  const problems: Problem[] = [];
  const say = (severity: Problem["severity"], path: string, text: string, fix: string): void => {
    problems.push({ severity, object: `ConfigMap ${RBAC_MAP}`, path, text, fix });
  };
  const isRead = own.lines.length === 0 || theirs.lines.length === 0 || own.matchMode === theirs.matchMode;
  // Read in the other way a deny may match nothing.
  if (!isRead)
    say(
      "error",
      "policy.matchMode",
      `is ${theirs.matchMode}, and rbac of the config has lines that are read as ${own.matchMode}: no line of the ConfigMap holds`,
      "Write both in one way",
    );
  const isOwnDefault = own.defaultRole === undefined;
  if (!isOwnDefault && theirs.defaultRole !== undefined && theirs.defaultRole !== own.defaultRole)
    say(
      "warning",
      "policy.default",
      `changes nothing: rbac.defaultRole of the config is ${own.defaultRole}`,
      "Remove one of them",
    );
  const isOwnScopes = !isSame(own.scopes, defaults.scopes);
  if (isOwnScopes && !isSame(own.scopes, theirs.scopes) && !isSame(theirs.scopes, defaults.scopes))
    say(
      "warning",
      "scopes",
      "changes nothing: rbac.scopes of the config is written too",
      "Remove one of them",
    );
  return {
    problems,
    rbac: {
      ...own,
      lines: isRead ? [...own.lines, ...theirs.lines] : own.lines,
      matchMode: own.lines.length === 0 ? theirs.matchMode : own.matchMode,
      defaultRole: isOwnDefault ? theirs.defaultRole : own.defaultRole,
      scopes: isOwnScopes ? own.scopes : theirs.scopes,
    },
  };
}
