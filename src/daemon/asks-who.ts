import type { Config } from "../config/config.ts";

type OfPeople = Pick<Config, "accounts" | "signOn" | "homeAccess">;
type Answering = Pick<Config, "server" | "metrics"> & OfPeople;

/**
 * How a daemon answers that cannot have the addresses of its next config: where it did, and nobody to whom the next config
 * or the one before would say no. A token that is set or another one holds at once; one that is taken away, and accounts
 * that are, stay, because what is open on one address may be meant for that of the next config alone. A badge that only one of
 * the two shows to everybody is shown to nobody.
 */
export function asClosedAsBoth(before: Answering, next: Answering): Answering {
  const ofPeople = asksWho(next) || !asksWho(before) ? next : before;
  const { accounts, signOn, homeAccess } = ofPeople;
  return {
    server: {
      ...before.server,
      token: next.server.token ?? before.server.token,
      badges: before.server.badges.filter((badge) => next.server.badges.includes(badge)),
    },
    metrics: { ...before.metrics, token: next.metrics.token ?? before.metrics.token },
    ...{ accounts, signOn, homeAccess },
  };
}

/**
 * Whether anybody is asked who they are: where the config has accounts or providers, where Argo CD's objects in the home
 * say a word of either, and for as long as it is not known whether they do.
 */
export function asksWho({ accounts, signOn, homeAccess }: OfPeople): boolean {
  return accounts.length > 0 || signOn.length > 0 || homeAccess.is !== "silent";
}
