/** The question of `admin rbac can`: resources by their short names, and objects as one writes them by hand. */
import { type AccessPolicy, type AccessRequest, type Decision, WITH_PROJECT } from "./access-policy.ts";
import { resourceNamed, whyNoRequest } from "./check-policy.ts";
import type { Subject } from "./subject.ts";

/** A request as it is meant: `app` is `applications`, and all objects of what lies in projects are all of all projects. */
function requestMeant({ resource, action, object }: AccessRequest): AccessRequest {
  const full = resourceNamed(resource);
  const all = WITH_PROJECT.has(full) && (object === "" || object === "*");
  return { resource: full, action, object: all ? "*/*" : object };
}

type Answer = { is: "no-such-request"; why: string } | ({ request: AccessRequest } & Decision);

export function can(policy: AccessPolicy, subject: Subject, asked: AccessRequest): Answer {
  const request = requestMeant(asked);
  const why = whyNoRequest(request.resource, request.action);
  return why === undefined ? { request, ...policy.decide(subject, request) } : { is: "no-such-request", why };
}

/** Whether a name on a command line is a group's rather than a user's: `my-org:team`. */
export function isGroupName(name: string): boolean {
  return name.includes(":") && !name.startsWith("role:") && !name.startsWith("proj:");
}
