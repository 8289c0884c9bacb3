import { Failure } from "../core/model/failure.ts";

/**
 * What is worth keeping and not worth refusing for: whoever is signed in still sees what is wrong where the disk is full.
 * @returns whether it was kept
 */
export function written(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (cause) {
    // What the store says of itself is shown as a trouble of the daemon.
    if (cause instanceof Failure && cause.code === "store") return false;
    throw cause;
  }
}
