import { type JsonObject, objectAt } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";

/** Who holds the token. The sandbox knows one user, who may do everything. */
const sandboxUser = { username: "sandbox-admin", groups: ["system:masters", "system:authenticated"] };

/** An answer to a question that is asked by creating it: may I, who am I. Nothing is kept. */
export function answerReview(kind: Kind, body: JsonObject): JsonObject {
  const status =
    kind.kind === "SelfSubjectReview"
      ? { userInfo: sandboxUser }
      : { allowed: true, reason: "the sandbox allows everything" };
  return {
    ...body,
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: { creationTimestamp: null, ...objectAt(body, "metadata") },
    status,
  };
}
