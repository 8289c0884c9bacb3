/**
 * Ten estates as users keep them, each awkward in its own way, on the compiled binary and a real control plane: what a
 * user sees of them by the command line, in the status and in the cluster, and that nothing is asked or written at rest.
 */
import { afterAll, beforeAll, setDefaultTimeout } from "bun:test";
import { type Stage, startStage } from "../lib/stage.ts";
import { chartEstate } from "./estates/chart.ts";
import { databaseEstate } from "./estates/database.ts";
import { immutableEstate } from "./estates/immutable.ts";
import { namespaceEstate } from "./estates/namespace.ts";
import { operatorEstate } from "./estates/operator.ts";
import { rolloutEstate } from "./estates/rollout.ts";
import { scaledEstate } from "./estates/scaled.ts";
import { secretsEstate } from "./estates/secrets.ts";
import { thousandsEstate } from "./estates/thousands.ts";
import { volumeEstate } from "./estates/volume.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ config: "prune: { perSecond: 100 }\n" });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

for (const estate of [
  operatorEstate,
  databaseEstate,
  volumeEstate,
  chartEstate,
  namespaceEstate,
  immutableEstate,
  scaledEstate,
  rolloutEstate,
  secretsEstate,
  thousandsEstate,
])
  estate(() => stage);
