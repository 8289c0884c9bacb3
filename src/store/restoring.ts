import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../core/model/failure.ts";

/** In a data folder: something is being put in the place of what was there. */
export const RESTORING = "restoring";

/** @throws {Failure} store where a restore was cut short */
export function refuseHalfRestored(folder: string): void {
  if (!existsSync(join(folder, RESTORING))) return;
  throw new Failure("store", folder, "after-edit", {
    cannot: "open the data folder",
    why: "a restore of it was cut short",
    fix: "Run holdfast restore again: what was there before lies in its before-restore folders",
  });
}
