import type { DeletionProgress } from "../../core/ports/home.ts";
import { defined } from "../../lib/defined.ts";
import type { Deleting } from "./cascade.ts";

/** How a deletion stands before its first step. */
export function begun({ since, cascade, asked, by }: Deleting): Omit<DeletionProgress, "run"> {
  const username = by?.replace(/^user:/, "");
  return {
    stage: "before",
    tries: 1,
    kept: [],
    state: {
      operation: {
        initiatedBy: asked !== "by-person" ? { automated: true } : defined({ username }),
        info: [{ name: "deletion", value: cascade }],
      },
      phase: "Running",
      message: "deletion has begun",
      startedAt: since,
      syncResult: { resources: [] },
    },
  };
}
