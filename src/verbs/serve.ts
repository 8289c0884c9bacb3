import { join } from "node:path";
import { checkHostCommand } from "../checks/check-host-verb.ts";
import { liftConnectionLimit } from "../cluster/connection-limit.ts";
import type { Ended } from "../cli/offline-verbs.ts";
import type { Config } from "../config/config.ts";
import { showProblem } from "../core/model/problem.ts";
import { startDaemon, type Daemon } from "../daemon.ts";
import { jsonLog, type JsonLog } from "../lib/json-log.ts";
import { configFile, readConfig } from "./config-file.ts";
import type { Surroundings } from "./surroundings.ts";
import { cameWithUs } from "./tool-places.ts";

/** Runs the daemon until the signal or SIGTERM ends it. */
export async function serve(around: Surroundings, { config: named, signal }: { config?: string; signal: AbortSignal }): Promise<Ended> {
  const limit = liftConnectionLimit(around.self);
  const file = configFile(named, around);
  const parsed = readConfig(file, around);
  if (!parsed.ok) return { is: "config-problems", problems: parsed.problems };
  const log = jsonLog(() => parsed.value.log.level, around.stderr);
  for (const problem of parsed.warnings) log.warn("the config has a weak spot", { problem: showProblem(problem) });
  if (limit.is === "limited") log.warn(limit.why);
  const daemon = await startFrom(parsed.value, file, around, log);
  await untilEnded(daemon, signal);
  return { is: "done" };
}

/** @param file undefined: there is nothing to read again */
export async function startFrom(config: Config, file: string | undefined, around: Surroundings, log: JsonLog): Promise<Daemon> {
  return startDaemon({
    config, file, log,
    reread: (again) => readConfig(again, around),
    build: around.build,
    embeddedTools: await cameWithUs(around, join(config.data, "tools")),
    searchPath: around.env.PATH ?? "",
    cwd: around.cwd,
    checkHost: checkHostCommand(around.self),
    pod: { host: around.env.KUBERNETES_SERVICE_HOST ?? "", port: around.env.KUBERNETES_SERVICE_PORT ?? "" },
  });
}

/** SIGHUP reloads; SIGTERM and the signal (Ctrl-C) stop. */
export async function untilEnded(daemon: Daemon, signal: AbortSignal): Promise<void> {
  const reload = () => void daemon.reload();
  process.on("SIGHUP", reload);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    process.once("SIGTERM", () => resolve());
  });
  process.off("SIGHUP", reload);
  await daemon.stop();
}
