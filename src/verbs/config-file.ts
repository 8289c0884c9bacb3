import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { celProblem } from "../checks/cel.ts";
import type { Config } from "../config/config.ts";
import { dataFoldersOf, holdsSecret, lastHeld, rememberHeld } from "../config/last-held.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Parsed } from "../core/model/problem.ts";
import { cronProblem } from "../engine/wake/schedule.ts";
import { defined } from "../lib/defined.ts";
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

/**
 * @param file what `configFile` answered: where none was named and none is there, the usual places are told
 * @param readFile default: from the disk
 */
export function readConfig(
  file: string,
  { env, cwd }: Surroundings,
  readFile?: (path: string) => string,
): Parsed<Config> {
  const missing = readFile === undefined ? noConfig(file, cwd) : undefined;
  if (missing !== undefined) return missing;
  return loadConfig(file, {
    env,
    validateCron: cronProblem,
    validateCel: celProblem,
    ...defined({ readFile }),
  });
}

/** Where none was named and none is there: the usual places. */
function noConfig(file: string, cwd: string): Parsed<Config> | undefined {
  if (existsSync(file) || file !== join(cwd, PLACES[0])) return undefined;
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

/** A daemon's config: as it is written now, and as it was held last. */
export class ConfigFile {
  /** Of the last reading, by path. */
  #texts = new Map<string, string>();

  /** @param file absolute */
  constructor(
    readonly file: string,
    private readonly around: Surroundings,
  ) {}

  /** As it is written now. */
  read(): Parsed<Config> {
    this.#texts = new Map();
    const missing = noConfig(this.file, this.around.cwd);
    if (missing !== undefined) return missing;
    return readConfig(this.file, this.around, (path) => {
      const text = readFileSync(path, "utf8");
      this.#texts.set(path, text);
      return text;
    });
  }

  /**
   * What was read last is held now; that is noted, with the texts of checks and policies, and its own where no secret stands
   * in it. @throws where it cannot be written down
   */
  held(config: Config): void {
    const { data, health, rbac } = config;
    const own = holdsSecret(this.#texts.get(this.file) ?? "", config) ? [] : [this.file];
    const kept = [...own, ...health.customizations, ...rbac.files];
    const texts = [...this.#texts].filter(([path]) => kept.includes(path));
    rememberHeld(data, { file: this.file, texts: Object.fromEntries(texts) });
  }

  /** @returns undefined where none was held before, or it could not be held now either; texts that were not kept are as they are now */
  lastHeld(): Config | undefined {
    const text = existsSync(this.file) ? readFileSync(this.file, "utf8") : "";
    for (const data of dataFoldersOf(text, this.file, this.around.env)) {
      const held = lastHeld(data, this.file);
      if (held === undefined) continue;
      const parsed = readConfig(
        this.file,
        this.around,
        (path) => held.texts[path] ?? readFileSync(path, "utf8"),
      );
      if (parsed.ok && parsed.value.data === data) return parsed.value;
    }
    return undefined;
  }
}
