/** An engine of our own over somebody else's applications: it looks at each once, and can write to no cluster. */
import { join } from "node:path";
import { checkHostCommand } from "../checks/check-host-verb.ts";
import type { Config } from "../config/config.ts";
import type { AppKey, Application } from "../core/model/application.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Project } from "../core/model/project.ts";
import type { KnownEntry } from "../core/ports/cluster-desk.ts";
import { settingsOf } from "../daemon/held-config.ts";
import { openParts, type Parts } from "../daemon/open-parts.ts";
import { OpenThings } from "../daemon/open-things.ts";
import { settleClusters } from "../daemon/settle-clusters.ts";
import type { ReadControl } from "../engine/control.ts";
import { Engine } from "../engine/engine.ts";
import type { JsonLog } from "../lib/json-log.ts";
import { systemClock } from "../lib/system-clock.ts";
import type { clustersBeside } from "./adopt-config.ts";
import type { Surroundings } from "./surroundings.ts";
import { cameWithUs } from "./tool-places.ts";

export interface LookAsk {
  config: Config;
  /** Of Argo CD's Secrets. */
  clusters: ReturnType<typeof clustersBeside>;
  applications: readonly Application[];
  projects: readonly Project[];
  /** Milliseconds. */
  timeoutMs: number;
  log: JsonLog;
  signal: AbortSignal;
}

const LOOK_EVERY_MS = 50;
/** Users' own checks answer after the first look, and wake their application. */
const QUIET_MS = 1_000;

/**
 * @param work what is asked of the engine when it has looked at everything, or time is over
 * @param problems of clusters that two Secrets name
 */
export async function lookAt<T>(
  around: Surroundings,
  ask: LookAsk,
  work: (control: ReadControl, problems: readonly Problem[]) => Promise<T>,
): Promise<T> {
  const { config, clusters, log, signal } = ask;
  const open = new OpenThings(log);
  try {
    const parts = await openParts(
      {
        config,
        wrong: [],
        unusableClusters: "hold",
        file: undefined,
        log,
        reread: () => ({ ok: true, value: config, warnings: [] }),
        held: () => undefined,
        build: around.build,
        embeddedTools: await cameWithUs(around, join(config.data, "tools")),
        searchPath: around.env.PATH ?? "",
        environment: around.env,
        cwd: around.cwd,
        checkHost: (runs) => checkHostCommand(around.self, runs),
        pod: { host: "", port: "" },
        print: () => undefined,
      },
      open,
    );
    const configured = parts.book.all().map(({ entry }) => entry);
    const { entries, problems } = settleClusters(configured, inSecrets(clusters), []);
    await parts.clusters.hold(entries, config, async () => undefined, "hold");
    const engine = engineOf(parts, config, log);
    open.add(() => engine.stop());
    engine.foldersRead({
      applications: ask.applications.map((app) => ({ app, file: app.metadata.name, line: 1 })),
      projects: ask.projects.map((project) => ({ project, file: project.metadata.name, line: 1 })),
      problems: [],
      folders: [],
    });
    engine.start();
    await looked(engine, ask.timeoutMs, signal);
    return await work(engine.control, problems);
  } finally {
    await open.closeAll();
  }
}

function engineOf(parts: Parts, config: Config, log: JsonLog): Engine {
  const settings = settingsOf(config);
  const nothing = (): void => undefined;
  const engine = new Engine({
    store: parts.store,
    git: parts.git,
    artifacts: parts.artifacts,
    renderers: parts.renderers,
    jq: parts.jq,
    log,
    clock: systemClock,
    clusters: () => parts.clusters.all,
    settings: () => settings,
    readFolders: nothing,
    userHealth: (live) =>
      live.detail === undefined || live.detail === "full" ? parts.checks.said(live.object) : undefined,
    observe: {
      reconciled: nothing,
      synced: nothing,
      fought: nothing,
      changed: nothing,
      left: (_: AppKey) => undefined,
    },
  });
  parts.checks.onChange((keys) => engine.healthChanged(keys));
  return engine;
}

/** Everything was looked at once, and nothing more is found out. */
async function looked(engine: Engine, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + timeoutMs;
  let quietSince = performance.now();
  const stopListening = engine.control.onEvent(() => {
    quietSince = performance.now();
  });
  try {
    while (performance.now() < end) {
      signal.throwIfAborted();
      const isQuiet = performance.now() - quietSince >= QUIET_MS && engine.depth === 0;
      if (engine.control.ready() && isQuiet) return;
      await Bun.sleep(LOOK_EVERY_MS);
    }
  } finally {
    stopListening();
  }
}

/** `file` names the Secret that each was read of. */
function inSecrets(clusters: LookAsk["clusters"]): KnownEntry[] {
  return clusters.map(({ file, entry }) => ({ entry, place: { in: "secret", secret: file } }));
}
