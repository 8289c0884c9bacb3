import type { Trouble } from "../api/context.ts";
import { asFailure } from "../core/model/failure.ts";
import type { Problem } from "../core/model/problem.ts";
import type { StoreCondition } from "../core/ports/store.ts";
import { defined } from "../lib/defined.ts";

/** What is wrong with the daemon itself. @param reload why the config as it is written now does not hold; empty where it does */
export function troublesOf(store: StoreCondition, reload: readonly Problem[]): Trouble[] {
  const ofStore: Trouble[] =
    store.is === "sound"
      ? []
      : [
          {
            what: "store",
            stops: "writing",
            problem: {
              severity: "error",
              object: store.object,
              text: `nothing is written to any cluster, because ${store.why}`,
              fix: store.fix,
            },
          },
        ];
  const ofConfig = reload.map(
    (problem): Trouble => ({
      what: "config",
      stops: "nothing",
      problem: {
        ...problem,
        text: `the config was not reloaded, and the one before it holds: ${problem.text}`,
      },
    }),
  );
  return [...ofStore, ...ofConfig];
}

/** Why a config does not hold that was tried. */
export function problemOf(cause: unknown, file: string | undefined): Problem {
  const { object, why, fix } = asFailure(cause, "config", "hold it");
  return {
    severity: "error",
    ...defined({ file }),
    object,
    text: why,
    ...defined({ fix }),
  };
}
