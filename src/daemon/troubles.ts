import type { Trouble } from "../api/context.ts";
import type { Problem } from "../core/model/problem.ts";
import type { StoreCondition } from "../core/ports/store.ts";

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
