import type { Asker } from "../../core/access/asker.ts";
import { sayWhy } from "../../core/access/asker.ts";
import { ApiError } from "../api-error.ts";
import { mustHold } from "./standing.ts";

/**
 * @param said how an error may call the object: of what one does not see not even the project is told
 * @throws {ApiError} 403, with what would have to be allowed; 401 where the session or token ended meanwhile
 */
export function demand(who: Asker, resource: string, action: string, object: string, said = object): void {
  // A body may have come slowly.
  mustHold(who);
  const ruling = who.decide({ resource, action, object });
  if (ruling.is === "allowed") return;
  const request = { resource, action, object: said };
  throw new ApiError(
    "PermissionDenied",
    `permission denied: ${resource}, ${action}, ${said}, sub: ${who.name}: ${sayWhy(ruling)}`,
    { details: { reason: "permission-denied", ...request, subject: who.name } },
  );
}
