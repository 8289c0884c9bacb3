import { resolve } from "node:path";
import { Failure } from "../core/model/failure.ts";
import { showProblem } from "../core/model/problem.ts";
import { configFile, readConfig } from "./config-file.ts";
import type { Surroundings } from "./surroundings.ts";

/** The daemon's data folder: the one that is named, else that of its config. @throws {Failure} config */
export function dataFolder(
  around: Surroundings,
  { data, config }: { data?: string; config?: string },
): string {
  if (data !== undefined) return resolve(around.cwd, data);
  const file = configFile(config, around);
  const read = readConfig(file, around);
  if (read.ok) return read.value.data;
  throw new Failure("config", file, "after-edit", {
    cannot: "tell the data folder",
    why: read.problems.map(showProblem).join("; "),
    fix: "Name the folder with --data",
  });
}
