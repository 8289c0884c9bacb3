import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { celProblem } from "../checks/cel.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Parsed } from "../core/model/problem.ts";
import { cronProblem } from "../engine/wake/schedule.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where a config is looked for when none is named. */
const PLACES = ["holdfast.yaml", "config/holdfast.yaml", "/etc/holdfast/holdfast.yaml"] as const;

/** @param named `--config`, else HOLDFAST_CONFIG, else the first of the usual places that is there */
export function configFile(named: string | undefined, { env, cwd }: Surroundings): string {
  const wanted = named ?? env.HOLDFAST_CONFIG;
  if (wanted !== undefined && wanted !== "") return resolve(cwd, wanted);
  const usual = PLACES.map((place) => resolve(cwd, place));
  return usual.find((place) => existsSync(place)) ?? join(cwd, "holdfast.yaml");
}

/** @param file what `configFile` answered: where none was named and none is there, the usual places are told */
export function readConfig(file: string, { env, cwd }: Surroundings): Parsed<Config> {
  if (!existsSync(file) && file === join(cwd, PLACES[0])) {
    return {
      ok: false,
      problems: [
        {
          severity: "error",
          text: `there is no config: neither ${PLACES.slice(0, -1).join(" nor ")} is here, nor is there ${PLACES.at(-1)}`,
          fix: "Name one with --config or HOLDFAST_CONFIG; holdfast demo needs none",
        },
      ],
    };
  }
  return loadConfig(file, { env, validateCron: cronProblem, validateCel: celProblem });
}
