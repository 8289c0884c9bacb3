import { join } from "node:path";
import { checkHostCommand } from "../checks/check-host-verb.ts";
import type { Ended } from "../cli/offline-verbs.ts";
import type { Config } from "../config/config.ts";
import { showProblem } from "../core/model/problem.ts";
import { type Daemon, startDaemon } from "../daemon/daemon.ts";
import { type JsonLog, jsonLog } from "../lib/json-log.ts";
import { settleRuntime } from "../lib/runtime-settings.ts";
import { configFile, readConfig } from "./config-file.ts";
import type { Surroundings } from "./surroundings.ts";
import { cameWithUs } from "./tool-places.ts";

/** Runs the daemon until the signal or SIGTERM ends it. */
export async function serve(
  around: Surroundings,
  { config: named, signal }: { config?: string; signal: AbortSignal },
): Promise<Ended> {
  const runtime = settleRuntime(around.self);
  const file = configFile(named, around);
  const parsed = readConfig(file, around);
  if (!parsed.ok) return { is: "config-problems", problems: parsed.problems };
  const log = jsonLog(() => parsed.value.log.level, around.stderr);
  for (const problem of parsed.warnings)
    log.warn("the config has a weak spot", { problem: showProblem(problem) });
  if (runtime.is === "limited") log.warn(runtime.why);
  const daemon = await startFrom(parsed.value, file, around, log);
  await untilEnded(daemon, signal, "reload");
  return { is: "done" };
}

/** @param file undefined: there is nothing to read again */
export async function startFrom(
  config: Config,
  file: string | undefined,
  around: Surroundings,
  log: JsonLog,
): Promise<Daemon> {
  return startDaemon({
    config,
    file,
    log,
    reread: (again) => readConfig(again, around),
    build: around.build,
    embeddedTools: await cameWithUs(around, join(config.data, "tools")),
    searchPath: around.env.PATH ?? "",
    environment: around.env,
    cwd: around.cwd,
    checkHost: checkHostCommand(around.self),
    pod: { host: around.env.KUBERNETES_SERVICE_HOST ?? "", port: around.env.KUBERNETES_SERVICE_PORT ?? "" },
  });
}

/**
 * SIGTERM and the signal (Ctrl-C) stop, and once it stops nothing hurries it but SIGKILL.
 *
 * @param hangUp what SIGHUP means: to a daemon that its config is to be read again, to a demo that its terminal is gone
 */
export async function untilEnded(
  daemon: Daemon,
  signal: AbortSignal,
  hangUp: "reload" | "stop",
): Promise<void> {
  const asked = Promise.withResolvers<void>();
  const stop = () => asked.resolve();
  const onHangUp = hangUp === "stop" ? stop : () => void daemon.reload();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  process.on("SIGTERM", stop);
  process.on("SIGHUP", onHangUp);
  await asked.promise;
  await daemon.stop();
  process.off("SIGTERM", stop);
  process.off("SIGHUP", onHangUp);
}
