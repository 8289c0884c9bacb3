/**
 * How often somebody may try to sign in.
 *
 * No count refuses a name as such: whoever knows the administrator's name could lock them out by it. Each count is of an
 * address, or of a device from which that account signed in before:
 *
 * - a device has tries of its own, which nobody else can use up;
 * - an address without one has some for each name, and more over all names;
 * - a name that many addresses fail at leaves each further address one try, and never none.
 *
 * What is left to a crowd of addresses is one try each in a window, and the rate at which passwords are hashed.
 */
import type { TryCount } from "../ports/account-store.ts";

export interface LoginLimits {
  /** Milliseconds that a failure counts. */
  window: number;
  perAddressAndName: number;
  perAddress: number;
  perDevice: number;
  /** Failures at one name, over all addresses, from which on each address has `perAddressUnderAttack` tries at it. */
  attack: number;
  perAddressUnderAttack: number;
}

export const LOGIN_LIMITS: LoginLimits = {
  window: 5 * 60_000,
  perAddressAndName: 5,
  perAddress: 20,
  perDevice: 10,
  attack: 50,
  perAddressUnderAttack: 1,
};

export type Counted =
  | { from: "device"; device: string }
  | { from: "address"; addressAndName: string; address: string; name: string };

export type TryVerdict =
  /** As they are once this try is counted. */
  { is: "may-try"; counts: TryCount[] } | { is: "limited"; retryAfterMs: number };

export function keysOf(counted: Counted): string[] {
  return counted.from === "device"
    ? [counted.device]
    : [counted.addressAndName, counted.address, counted.name];
}

/**
 * Every try is counted before its password is looked at, so that many at once do not all pass; one that succeeds is taken
 * back (`forgiven`).
 * @param known counts of `keysOf`, those that are there
 */
export function judgeTry(
  counted: Counted,
  known: readonly TryCount[],
  now: number,
  limits: LoginLimits,
): TryVerdict {
  const current = (key: string): TryCount => {
    const found = known.find((one) => one.key === key);
    if (found === undefined || now - found.since >= limits.window) return { key, count: 0, since: now };
    // Of the future: the clock was set back. It counts from now, so that nobody waits longer than one window.
    return found.since > now ? { ...found, since: now } : found;
  };
  const bounds: { count: TryCount; most: number }[] = [];
  if (counted.from === "device") bounds.push({ count: current(counted.device), most: limits.perDevice });
  else {
    const name = current(counted.name);
    const isAttacked = name.count >= limits.attack;
    bounds.push(
      {
        count: current(counted.addressAndName),
        most: isAttacked ? limits.perAddressUnderAttack : limits.perAddressAndName,
      },
      { count: current(counted.address), most: limits.perAddress },
      { count: name, most: Number.POSITIVE_INFINITY },
    );
  }
  const full = bounds.filter(({ count, most }) => count.count >= most);
  if (full.length > 0) {
    const ends = Math.max(...full.map(({ count }) => count.since + limits.window));
    return { is: "limited", retryAfterMs: ends - now };
  }
  return { is: "may-try", counts: bounds.map(({ count }) => ({ ...count, count: count.count + 1 })) };
}

/**
 * What is left of the counts when a try succeeded: this name is no longer guessed at from here. The address keeps what it
 * failed at other names, or an account of one's own would buy tries at others'.
 */
export function forgiven(counted: Counted, counts: readonly TryCount[]): { drop: string[]; put: TryCount[] } {
  if (counted.from === "device") return { drop: [counted.device], put: [] };
  const less = counts
    .filter(({ key }) => key === counted.address || key === counted.name)
    .map((count) => ({ ...count, count: Math.max(0, count.count - 1) }));
  return { drop: [counted.addressAndName], put: less };
}
