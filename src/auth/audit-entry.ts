import type { Actor } from "../core/model/activity.ts";
import type { AskingAs, CredentialOwner } from "../core/model/credential-owner.ts";
import type { AuditEntry } from "../core/ports/journal.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { AuthEvent } from "./auth-ports.ts";

/**
 * An event as a line of the audit.
 * @param at milliseconds since 1970
 * @param asking who asks for it now: what a token does is said of the token, and not of the account that it is of
 */
export function auditEntryOf(event: AuthEvent, at: number, asking?: string): AuditEntry {
  const { did, ...fields } = event;
  const details: Record<string, unknown> =
    "owner" in fields ? { ...fields, owner: shown(fields.owner) } : fields;
  const who = event.did === "signed-in" ? whoSignedIn(event.owner, event.session) : undefined;
  const entry = {
    ...{ at: timestamp(at), actor: actorOf(event, asking), action: did, details: defined(details) },
    ...defined({ who }),
  };
  if (event.did !== "sign-in-refused" && event.did !== "sign-in-limited") return entry;
  const why = WHY[event.did];
  return { ...entry, from: { address: event.address }, outcome: { is: "refused", why } };
}

/** Whether anybody can make as many of them as they like: those are told as counts. */
export function isAttempt({ did }: AuthEvent): boolean {
  return did in WHY;
}

const WHY = {
  "sign-in-refused": "this name and password open nothing",
  "sign-in-limited": "too many tries at this name from there",
};

/** As audits call who did it; whoever could not sign in is nobody, and the account is a detail. */
function actorOf(event: AuthEvent, asking: string | undefined): string {
  switch (event.did) {
    case "signed-in":
      return `user:${shown(event.owner)}`;
    case "session-ended":
    case "token-made":
    case "token-revoked":
    case "password-set":
    case "password-upgraded":
      if (event.by === "daemon" || event.by === "host") return event.by;
      return asking?.startsWith("token:") === true ? asking : `user:${event.by}`;
    case "sign-in-refused":
    case "sign-in-limited":
      return "anonymous";
    case "credentials-kept":
    case "credentials-back":
    case "credentials-dropped":
      return "daemon";
  }
}

function whoSignedIn(owner: AskingAs, via: string): Actor {
  if (owner.kind === "account") return { kind: "account", name: owner.name, via };
  return { kind: "sso", name: owner.name, issuer: owner.issuer, via };
}

function shown(owner: AskingAs | CredentialOwner): string {
  if (owner.kind === "account") return owner.name;
  return owner.kind === "sso" ? `${owner.subject} (${owner.issuer})` : `proj:${owner.project}:${owner.role}`;
}
