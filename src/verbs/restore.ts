import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { resolve } from "node:path";
import type { RestoreAsk, RestoreReport } from "../cli/offline-verbs.ts";
import { asFailure, Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import { restoreFolder } from "../store/restore-folder.ts";
import { readBackup } from "./backup-file.ts";
import { dataFolder } from "./data-folder.ts";
import type { Surroundings } from "./surroundings.ts";

/** @throws {Failure} config where it is no whole backup; as `restoreFolder` */
export async function restore(
  around: Surroundings,
  { file, doing, ...where }: RestoreAsk,
): Promise<RestoreReport> {
  const from = resolve(around.cwd, file);
  const folder = dataFolder(around, where);
  const { made, version, files } = readBackup(read(from), from);
  const report = { folder, paths: [...files.keys()], made, version };
  if (doing === "check") return report;
  const before = restoreFolder(folder, {
    ...{ files, made, by: `host:${userInfo().username}` },
    now: timestamp(Date.now()),
  });
  return { ...report, ...defined({ before }) };
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Failure("config", file, "after-edit", {
      cannot: "read it",
      why: asFailure(cause, file, "read it").why,
      fix: "Name a file that holdfast backup wrote",
      cause,
    });
  }
}
