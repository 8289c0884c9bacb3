/**
 * How a policy names whom a provider vouches for. Ids and groups are unique within one provider alone: those of one stand in
 * a policy as Argo CD's users write them, and those of every other one behind its name, `sso:<provider>:<id or group>`.
 */
import type { SignOnSettings } from "../model/sign-on.ts";
import type { Subject } from "./subject.ts";

/** Whose word a session rests on. */
export interface VouchedBy {
  issuer: string;
  /** As the config names it. Absent in sessions from before that was kept. */
  provider?: string;
}

/** What no plain name may begin with: roles, tokens of projects, and names of another provider's people. */
export const RESERVED = /^(?:role|proj|sso):/;

/**
 * @returns "" where its names stand alone; undefined where it vouches for nobody (any more), or where it is not clear
 * which of several it is
 */
export function prefixOf(owner: VouchedBy, all: readonly SignOnSettings[]): string | undefined {
  // By host: an issuer may be spelled otherwise than found.
  const host = hostOf(owner.issuer);
  const [only, second] = all.filter(
    (each) =>
      (owner.provider === undefined || owner.provider === each.name) &&
      hostOf(each.by === "oidc" ? each.issuer : each.url) === host,
  );
  if (only === undefined || second !== undefined) return undefined;
  return isPlain(only, all) ? "" : `sso:${only.name.replaceAll(":", "%3A")}:`;
}

/** One that is added to another inherits nothing that a policy gives to names: it has none until somebody writes them. */
function isPlain({ policyNames }: SignOnSettings, all: readonly SignOnSettings[]): boolean {
  return policyNames === "plain" || (policyNames === undefined && all.length === 1);
}

/**
 * @param isAccount whether an account here has the name: nobody elsewhere is taken for it
 * @returns undefined where a provider calls somebody what something else is called here
 */
export function subjectOfVouched(
  { subject, groups }: { subject: string; groups: readonly string[] },
  prefix: string,
  isAccount: (name: string) => boolean,
): Subject | undefined {
  if (subject === "") return undefined;
  if (prefix !== "")
    return {
      name: prefix + subject,
      groups: groups.flatMap((group) => (group === "" ? [] : [prefix + group])),
    };
  const isOurs = (text: string): boolean => text === "" || RESERVED.test(text) || isAccount(text);
  if (isOurs(subject)) return undefined;
  return { name: subject, groups: groups.filter((group) => !isOurs(group)) };
}

function hostOf(address: string): string {
  return URL.parse(address)?.hostname ?? address;
}
