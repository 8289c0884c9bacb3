/** Writes as another account than our own: what is sent, and what a refusal means then. */
import { type Acting, type ServiceAccount, userOf } from "../core/model/acting.ts";
import type { WriteOutcome } from "../core/ports/cluster-objects.ts";
import type { Answer } from "./api-client.ts";

type Refused = Extract<WriteOutcome, { is: "refused" }>;
type Unreachable = Extract<WriteOutcome, { is: "unreachable" }>;

export function asUser(acting: Exclude<Acting, { is: "refused" }>): { as?: string } {
  return acting.is === "account" ? { as: userOf(acting.account) } : {};
}

export function nobodyMay({ why }: Extract<Acting, { is: "refused" }>): Refused {
  return { is: "refused", status: 403, reason: "Forbidden", message: why, causes: [] };
}

/** The authorizer's words. https://kubernetes.io/docs/reference/access-authn-authz/authorization */
const LACKS =
  /cannot (\S+) resource "([^"]+)"(?: in API group "([^"]*)")?(?: at the cluster scope| in the namespace "([^"]*)")?/;

/** A 403 says as whom it was asked, who says so, and which permission is lacking: the account's, or ours to act as it. */
export function sayingWho(
  outcome: Refused | Unreachable,
  answer: Exclude<Answer, { is: "ok" }>,
  acting: Acting,
): Refused | Unreachable {
  if (outcome.is !== "refused" || outcome.status !== 403 || acting.is !== "account") return outcome;
  if (answer.is !== "status") return outcome;
  const { account, because } = acting;
  const [, verb = "", resource = "", group = "", namespace] = LACKS.exec(answer.status.message) ?? [];
  if (verb === "")
    return { ...outcome, message: `${outcome.message} (written as ${userOf(account)}, by ${because})` };
  // `impersonate`, and `impersonate-on:serviceaccount:patch` and the like of servers that know limits to it.
  if (verb.startsWith("impersonate")) return { ...outcome, message: cannotAct(account, because) };
  const what = group === "" ? resource : `${resource}.${group}`;
  const where = namespace === undefined ? "at the cluster scope" : `in namespace ${namespace}`;
  return {
    ...outcome,
    message: `${userOf(account)} lacks the verb ${verb} on ${what} ${where}, and it is written as that account by ${because}. Give it a ${namespace === undefined ? "ClusterRole" : "Role"} with it`,
  };
}

function cannotAct({ namespace, name }: ServiceAccount, because: string): string {
  return `the daemon's own account may not act as service account ${name} of namespace ${namespace}, as ${because} wants: give it the verb impersonate on serviceaccounts ${name} in that namespace`;
}
