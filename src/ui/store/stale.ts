/** Whether what is shown is of before, because the daemon is not heard. */
import { connection, known } from "./applications.ts";

/** Why nothing can be done now; undefined where it can. */
export function whyStale(): string | undefined {
  return connection.value.is === "offline" && known.value !== undefined
    ? "The daemon is not reached: what is shown is of before, and nothing can be done until it is"
    : undefined;
}
