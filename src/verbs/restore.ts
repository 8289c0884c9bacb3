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
  const from = file === "-" ? "standard input" : resolve(around.cwd, file);
  const folder = doing === "check" ? folderIfTold(around, where) : dataFolder(around, where);
  const { made, version, files } = readBackup(file === "-" ? await Bun.stdin.bytes() : read(from), from);
  const report = { ...defined({ folder }), paths: [...files.keys()], made, version };
  if (doing !== "restore" || folder === undefined) return report;
  const before = restoreFolder(folder, {
    ...{ files, made, by: `host:${userInfo().username}` },
    now: timestamp(Date.now()),
  });
  return { ...report, ...defined({ before }) };
}

/** A backup is often looked at where no daemon is. */
function folderIfTold(around: Surroundings, where: { data?: string; config?: string }): string | undefined {
  try {
    return dataFolder(around, where);
  } catch (cause) {
    // A config that was named is meant.
    if (cause instanceof Failure && where.config === undefined) return undefined;
    throw cause;
  }
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
