import type { Config } from "../config/config.ts";

/**
 * Whether anybody is asked who they are: where the config has accounts or providers, where Argo CD's objects in the home
 * say a word of either, and for as long as it is not known whether they do.
 */
export function asksWho({
  accounts,
  signOn,
  homeAccess,
}: Pick<Config, "accounts" | "signOn" | "homeAccess">): boolean {
  return accounts.length > 0 || signOn.length > 0 || homeAccess.is !== "silent";
}
