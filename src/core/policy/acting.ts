import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";
import { type Acting, parseServiceAccount } from "../model/acting.ts";
import type { Application } from "../model/application.ts";
import { serverKey } from "../model/cluster-entry.ts";
import type { Project } from "../model/project.ts";

/**
 * As which service account an application's objects are written, by the first rule of its project that matches the
 * destination. A name without a namespace is one of the destination's, or of the application's own where that names none.
 * Where no rule matches nothing is written at all. Source: Argo CD, deriveServiceAccountToImpersonate.
 */
export function actingFor(
  project: Project,
  { metadata, spec }: Pick<Application, "metadata" | "spec">,
  { server }: { server: string },
): Acting {
  const asked = spec.destination.namespace ?? "";
  const rules = `destinationServiceAccounts of project ${project.metadata.name}`;
  const refused = (why: string): Acting => ({
    is: "refused",
    why: `${why}. Nothing is written without an account, because sync.impersonation in the config is on`,
  });
  const rule = (project.spec.destinationServiceAccounts ?? []).find(
    (one) =>
      matchesGlob(serverKey(one.server ?? ""), serverKey(server), ANYWHERE) &&
      matchesGlob(one.namespace ?? "", asked, ANYWHERE),
  );
  const place = `server ${server} and namespace ${JSON.stringify(asked)}`;
  if (rule === undefined) return refused(`${rules} names no service account for ${place}`);
  const home = asked === "" ? metadata.namespace : asked;
  const account = parseServiceAccount(rule.defaultServiceAccount ?? "", home);
  return account === undefined
    ? refused(`${rules} has a rule for ${place} whose account has a name that no service account can have`)
    : { is: "account", account, because: rules };
}
