import { APPLICATION } from "./application.ts";
import { ENGINE } from "./engine.ts";
import { FLEET } from "./fleet.ts";
import type { Dashboard } from "./panels.ts";

/** By the file of each, beside this one. `UPDATE_GOLDEN=1 bun test test/fast/monitoring.test.ts` prints them. */
export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  "fleet.json": FLEET,
  "application.json": APPLICATION,
  "engine.json": ENGINE,
};
