import type { LiveObject } from "../../model/live-object.ts";
import { groupKind, type ObjectRef } from "../../model/object-ref.ts";

/** Who asks. */
export interface Claimant {
  /** The application's name in tracking ids, see `trackingName`. */
  app: string;
  /** `installationID` of the config; undefined where there is none. */
  installationId: string | undefined;
}

export type Owner =
  | { is: "us" }
  | { is: "nobody" }
  /** `name`: for people. `app`: in tracking ids, where it is an application of this installation. */
  | { is: "other"; name: string; app?: string };

/** Which application a live object belongs to, as its annotations say. */
export function owningApp(
  live: Pick<LiveObject, "ref" | "tracking" | "installationId">,
  us: Claimant,
): Owner {
  const { tracking } = live;
  if (tracking === undefined || !speaksOf(tracking.ref, live.ref)) return { is: "nobody" };
  // An object without an installation id may stem from before one was chosen.
  if (live.installationId !== undefined && live.installationId !== us.installationId) {
    return { is: "other", name: `application ${tracking.app} of installation ${live.installationId}` };
  }
  if (tracking.app === us.app) return { is: "us" };
  return { is: "other", name: `application ${tracking.app}`, app: tracking.app };
}

/**
 * Whether a tracking id means this object; controllers copy annotations to what they make, and a copy claims nothing.
 * Ids of cluster-scoped objects carry the application's destination namespace.
 */
function speaksOf(id: ObjectRef, ref: ObjectRef): boolean {
  return (
    groupKind(id) === groupKind(ref) &&
    id.name === ref.name &&
    (id.namespace === ref.namespace || ref.namespace === "")
  );
}
