import { parseProject } from "../../../src/core/model/parse-project.ts";
import type { SyncWindow } from "../../../src/core/model/sync-window.ts";
import { askWindows, isOpenNow, windowsFor } from "../../../src/core/policy/sync-windows.ts";
import { notBuilt, orError, type Player, played, type Vector } from "./vector.ts";

const isValid = (syncWindows: unknown): boolean =>
  parseProject(
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "team" },
      spec: { syncWindows },
    },
    { homeNamespace: "argocd" },
  ).ok;

const wanted = ({ expectedError, expected }: Vector): unknown =>
  expectedError === true ? "error" : expected;

/** Which windows are picked, by their indexes where the vector names them, otherwise how many. */
const picked = (vector: Vector, pick: (window: SyncWindow) => boolean): ReturnType<Player> => {
  const { windows, expectedError, expectedCount, expectedIndexes } = vector as Vector & {
    windows: SyncWindow[];
  };
  const ours = orError(() => windows.flatMap((window, at) => (pick(window) ? [at] : [])));
  if (expectedError === true) return played(ours, "error");
  if (expectedIndexes !== undefined) return played(ours, expectedIndexes);
  return played(ours === "error" ? ours : ours.length, expectedCount);
};

const ONE_ANSWER = "which windows there are is no question of its own here: `can-sync` is the one answer";

export const WINDOWS: Readonly<Record<string, Player>> = {
  "can-sync": (vector) => {
    const { windows, at, manual, operationStartedAt: startedAt } = vector;
    return played(
      orError(
        () =>
          askWindows(windows, {
            at: Date.parse(at),
            by: manual === true ? "a person" : "itself",
            ...(startedAt === null ? {} : { startedAt: Date.parse(startedAt) }),
          }).may === "sync",
      ),
      wanted(vector),
    );
  },
  matches: ({ windows, app, expectedCount }) => played(windowsFor(windows, app).length, expectedCount),
  active: (vector) => picked(vector, (window) => isOpenNow(window, Date.parse(vector.at))),
  "inactive-allows": (vector) =>
    picked(vector, (window) => window.kind === "allow" && !isOpenNow(window, Date.parse(vector.at))),
  "window-active": (vector) =>
    played(
      orError(() => isOpenNow(vector.windows[0], Date.parse(vector.at))),
      wanted(vector),
    ),
  "project-windows-valid": ({ windows, valid }) => played(isValid(windows), valid),
  // These have no selectors, which is a warning here as it is there.
  "window-valid": ({ windows, valid }) => played(isValid(windows), valid),
  "add-window": ({ window, valid }) => played(isValid([window]), valid),
  "has-allow": notBuilt(ONE_ANSWER),
  "has-deny": notBuilt(ONE_ANSWER),
  "deny-allows-overrun": notBuilt(ONE_ANSWER),
};
