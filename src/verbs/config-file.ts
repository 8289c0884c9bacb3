import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { celProblem } from "../checks/cel.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Config } from "../config/config.ts";
import type { Parsed } from "../core/model/problem.ts";
import { cronProblem } from "../engine/schedule.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where a config is looked for when none is named. */
const PLACES = ["holdfast.yaml", "config/holdfast.yaml", "/etc/holdfast/holdfast.yaml"];

/** @param named `--config`, else HOLDFAST_CONFIG, else the first of the usual places that is there */
export function configFile(named: string | undefined, { env, cwd }: Surroundings): string {
  const wanted = named ?? env.HOLDFAST_CONFIG;
  if (wanted !== undefined && wanted !== "") return resolve(cwd, wanted);
  const usual = PLACES.map((place) => resolve(cwd, place));
  return usual.find((place) => existsSync(place)) ?? join(cwd, "holdfast.yaml");
}

export function readConfig(file: string, { env }: Surroundings): Parsed<Config> {
  return loadConfig(file, { env, validateCron: cronProblem, validateCel: celProblem });
}
