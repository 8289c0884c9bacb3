/** Whose a session is: an account of ours, or somebody whom a provider vouches for. */
export type AskingAs =
  | { kind: "account"; name: string }
  | {
      kind: "sso";
      issuer: string;
      subject: string;
      name: string;
      groups: readonly string[];
      /** As the config names it. Absent in what is from before that was kept. */
      provider?: string;
      /** As `Identity` has it. */
      asked?: "now and then";
    };

/** Whose a token is. */
export type CredentialOwner =
  | { kind: "account"; name: string }
  | { kind: "project-role"; project: string; role: string };

/**
 * One text for one owner, and never one for two, whatever their names hold. Names and groups that a provider says beside
 * the subject change and are no part of it.
 */
export function keyOfOwner(owner: AskingAs | CredentialOwner): string {
  if (owner.kind === "account") return JSON.stringify(["account", owner.name]);
  if (owner.kind === "sso") return JSON.stringify(["sso", owner.issuer, owner.subject]);
  return JSON.stringify(["project-role", owner.project, owner.role]);
}
