import { join } from "node:path";
import { checkHostCommand } from "../checks/check-host-verb.ts";
import type { Ended } from "../cli/offline-verbs.ts";
import type { Config } from "../config/config.ts";
import type { ReplicaSettings } from "../config/replica-settings.ts";
import { Failure } from "../core/model/failure.ts";
import { type Parsed, type Problem, showProblem } from "../core/model/problem.ts";
import type { OfUnusable } from "../daemon/connected-clusters.ts";
import { type Daemon, startDaemon } from "../daemon/daemon.ts";
import { isSame } from "../daemon/held-config.ts";
import type { Leading } from "../daemon/replica/leading.ts";
import { endOf, Replica } from "../daemon/replica/replica.ts";
import { problemOf } from "../daemon/troubles.ts";
import { messageOf } from "../lib/caught.ts";
import { endedWithin } from "../lib/ended-within.ts";
import { type JsonLog, jsonLog } from "../lib/json-log.ts";
import { settleRuntime } from "../lib/runtime-settings.ts";
import { systemClock } from "../lib/system-clock.ts";
import { ConfigFile, configFile } from "./config-file.ts";
import type { Surroundings } from "./surroundings.ts";
import { cameWithUs } from "./tool-places.ts";

/** Runs the daemon until the signal or SIGTERM ends it. */
export async function serve(
  around: Surroundings,
  { config: named, signal }: { config?: string; signal: AbortSignal },
): Promise<Ended> {
  const runtime = settleRuntime(around.self);
  const source = new ConfigFile(configFile(named, around), around);
  const written = source.read();
  const start = startable(source, written);
  if (start === undefined) return { is: "config-problems", problems: written.ok ? [] : written.problems };
  const log = jsonLog(() => start.config.log.level, around.stderr);
  for (const problem of start.warnings)
    log.warn("the config has a weak spot", { problem: showProblem(problem) });
  if (runtime.is === "limited") log.warn(runtime.why);
  const { replicas } = start.config;
  if (replicas !== undefined) return serveAsReplica(source, { ...start, replicas }, around, log, signal);
  const daemon = await startOrFallBack(source, start, around, log);
  await untilEnded(daemon, signal, "reload");
  return { is: "done" };
}

/** Stands by, leads, and ends when it leads no more: whoever supervises it starts it again. @throws {Failure} then */
async function serveAsReplica(
  source: ConfigFile,
  start: Start & { replicas: ReplicaSettings },
  around: Surroundings,
  log: JsonLog,
  signal: AbortSignal,
): Promise<Ended> {
  const { replicas } = start;
  const replica = await Replica.start({
    config: { ...start.config, replicas },
    environment: around.env,
    build: around.build,
    pod: podOf(around),
    ...{ clock: systemClock, log },
    lead: (leading) => {
      // What it stood by with may be of long ago.
      const now = startable(source, source.read()) ?? start;
      const { data, home, homeCluster, namespace } = start.config;
      const config = { ...now.config, replicas, data, home, homeCluster, namespace };
      return startOrFallBack(source, { ...now, config }, around, log, leading);
    },
  });
  const ended = await untilEnded(replica, signal, "reload", replica.ended);
  if (ended === undefined) return { is: "done" };
  const cause = endOf(ended, replicas.lease);
  log.error("this replica ends", { why: messageOf(cause) });
  throw cause;
}

/** What a daemon starts with. */
interface Start {
  config: Config;
  warnings: readonly Problem[];
  /** Why the file as it is written does not hold; empty where `config` is what it says. */
  wrong: readonly Problem[];
}

/** The config as it is written, or where that is wrong the last one that was held. */
function startable(source: ConfigFile, written: Parsed<Config>): Start | undefined {
  if (written.ok) return { config: written.value, warnings: written.warnings, wrong: [] };
  const config = source.lastHeld();
  const wrong = written.problems.filter(({ severity }) => severity === "error");
  return config === undefined ? undefined : { config, warnings: [], wrong };
}

/**
 * A config may be well written and still be impossible to hold, as with a kubeconfig that says nothing. Where it was an
 * edit of it, the last one that was held is used; where the same one was held before, a file that it names broke in its
 * place, and the cluster that cannot be connected is held as unreachable. One that never held ends the start.
 */
async function startOrFallBack(
  source: ConfigFile,
  { config, wrong }: Start,
  around: Surroundings,
  log: JsonLog,
  leading?: Leading,
): Promise<Daemon> {
  try {
    return await startFrom(config, source, around, log, wrong, "refuse", leading);
  } catch (cause) {
    const last = wrong.length === 0 ? source.lastHeld() : config;
    if (last === undefined) throw cause;
    const now = isSame(last, config) ? wrong : [problemOf(cause, source.file)];
    try {
      return await startFrom(last, source, around, log, now, "hold", leading);
    } catch {
      // Neither can be held: what is written now is what somebody will look at.
      throw cause;
    }
  }
}

/**
 * @param source undefined: there is nothing to read again
 * @param wrong why the file as it is written does not hold, where `config` is not what it says
 */
export async function startFrom(
  config: Config,
  source: ConfigFile | undefined,
  around: Surroundings,
  log: JsonLog,
  wrong: readonly Problem[] = [],
  unusableClusters: OfUnusable = "refuse",
  leading?: Leading,
): Promise<Daemon> {
  return startDaemon({
    config,
    leading,
    wrong,
    unusableClusters,
    file: source?.file,
    log,
    reread: () => source?.read() ?? { ok: true, value: config, warnings: [] },
    held: (now) => source?.held(now),
    build: around.build,
    embeddedTools: await cameWithUs(around, join(config.data, "tools")),
    searchPath: around.env.PATH ?? "",
    environment: around.env,
    cwd: around.cwd,
    checkHost: (runs) => checkHostCommand(around.self, runs),
    pod: podOf(around),
    print: (text) => around.stderr(`${text}\n`),
  });
}

/** Whoever ended us waits for 45 seconds, and kills then. */
const STOPPED_WITHIN_MS = 43_000;

/**
 * SIGTERM and the signal (Ctrl-C) stop, and once it stops nothing hurries it but SIGKILL, and its time.
 *
 * @param byItself resolves when there is nothing to wait for any more; that is answered then
 * @param hangUp what SIGHUP means: to a daemon that its config is to be read again, to a demo that its terminal is gone
 * @throws {Failure} not-ready where the stop does not end within `withinMs`: whatever goes on then goes with the process
 */
export async function untilEnded<T = never>(
  daemon: Pick<Daemon, "reload" | "stop">,
  signal: AbortSignal,
  hangUp: "reload" | "stop",
  byItself: Promise<T> = new Promise(() => undefined),
  withinMs = STOPPED_WITHIN_MS,
): Promise<T | undefined> {
  const asked = Promise.withResolvers<undefined>();
  const stop = () => asked.resolve(undefined);
  const onHangUp = hangUp === "stop" ? stop : () => void daemon.reload();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  process.on("SIGTERM", stop);
  process.on("SIGHUP", onHangUp);
  const ended = await Promise.race([asked.promise, byItself]);
  const stopping = daemon.stop();
  const became = await endedWithin(stopping, withinMs);
  process.off("SIGTERM", stop);
  process.off("SIGHUP", onHangUp);
  if (became === "going on")
    throw new Failure("not-ready", "this process", "after-edit", {
      cannot: "end well",
      why: `its stop did not end within ${Math.round(withinMs / 1_000)} s`,
      fix: "Nothing is to be done: the next start goes on with what was cut off, as after a crash",
    });
  await stopping;
  return ended;
}

function podOf({ env }: Surroundings): { host: string; port: string } {
  return { host: env.KUBERNETES_SERVICE_HOST ?? "", port: env.KUBERNETES_SERVICE_PORT ?? "" };
}
