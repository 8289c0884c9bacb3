/**
 * The daemon for as long as somebody likes, while commits come, others edit what it keeps, watches are cut and the process
 * is killed: whether its memory, its file descriptors and its watches stay where they are, and whether all that was asked
 * of it came about. Between daemon and API server stands a proxy, which counts and cuts watches.
 *
 *     bun bench/soak.ts [--minutes 60] [--apps 1000] [--on plane|sandbox] [--failover-minutes 20] [--warm-up 5]
 *                       [--patience 120] [--leak nothing|sockets] [--json FILE]
 *
 * Every minute a line: RSS, file descriptors and sockets of the daemon and its children, watches as the proxy has them, the
 * data folder's size, what was asked meanwhile and what became of it. `--failover-minutes` is how often the process is
 * killed and started on its store, in turn by SIGKILL and by SIGTERM; 0 never. At the end a verdict for each, by slope.
 * Ends with 0 where all are flat and nothing was missed, with 1 where one grows or something was missed, with 2 where the
 * run was too short to tell.
 *
 * `--leak sockets` puts a fault in: each minute the bench opens five streams of the daemon and ends none.
 */
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startApiProxy } from "../test/lib/api-proxy.ts";
import { startGitServer } from "../test/lib/git-server.ts";
import {
  BETWEEN_PUSHES_MS,
  editedUntilHealed,
  millis,
  nameOf,
  placeApplications,
  push,
  timesOf,
  whenEach,
} from "./fleet-parts.ts";
import { until } from "./rig.ts";
import { processesOf, type RunningDaemon, startDaemon } from "./running-daemon.ts";
import { appliedWithin, untilSettled } from "./settled.ts";
import { standFrom, startStand, wordsOf } from "./stand.ts";
import { type Bounds, type Sample, verdictOf } from "./steady.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    apps: { type: "string", default: "1000" },
    on: { type: "string", default: "plane" },
    "failover-minutes": { type: "string", default: "20" },
    "warm-up": { type: "string", default: "5" },
    patience: { type: "string", default: "120" },
    leak: { type: "string", default: "nothing" },
    json: { type: "string", default: "" },
  },
});
const apps = Number(values.apps);
const minutes = Number(values.minutes);
const failoverMinutes = Number(values["failover-minutes"]);
const patienceMs = Number(values.patience) * 1_000;
if (values.leak !== "nothing" && values.leak !== "sockets")
  throw new Error(`--leak ${values.leak}: it is nothing or sockets`);

const NAMESPACE = "bench";
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
/** A commit of all, and a cut of all watches: each so often. */
const ALL_EVERY_MINUTES = 10;
const CUT_EVERY_MINUTES = 2;

/** What a minute's line says. */
interface Minute {
  minute: number;
  life: number;
  /** Minutes since the process's start. */
  age: number;
  rss: number;
  fds: number;
  sockets: number;
  watches: number;
  /** Bytes of its data folder. */
  disk: number;
  commits: number;
  drifts: number;
  cuts: number;
  /** Processes that were ended and started so far. */
  failovers: number;
  load: number;
}

/** How much each may grow in an hour before that is growth; memory and counts of few are never quite still. */
const BOUNDS = {
  rss: { share: 0.05, least: 8e6 },
  fds: { share: 0.05, least: 3 },
  sockets: { share: 0.05, least: 3 },
  watches: { share: 0, least: 1 },
} satisfies Record<string, Omit<Bounds, "warmUpMinutes">>;

const names = Array.from({ length: apps }, (_, at) => nameOf(at));
const wanted = new Map(names.map((name) => [name, "first"]));
const fileOf = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: "${value}" }\n`;
const filesOf = (some: readonly string[], value: string): Record<string, string> =>
  Object.fromEntries(some.map((name) => [`apps/${name}/one.yaml`, fileOf(name, value)]));

function openFiles(pid: number): { fds: number; sockets: number } {
  let [fds, sockets] = [0, 0];
  for (const each of processesOf(pid)) {
    for (const fd of listed(`/proc/${each}/fd`)) {
      fds++;
      if (linkOf(`/proc/${each}/fd/${fd}`).startsWith("socket:")) sockets++;
    }
  }
  return { fds, sockets };
}
const listed = (path: string): string[] => orElse(() => readdirSync(path), []);
const linkOf = (path: string): string => orElse(() => readlinkSync(path), "");
/** What is looked at may end between two looks. */
function orElse<T>(look: () => T, absent: T): T {
  try {
    return look();
  } catch {
    return absent;
  }
}
function bytesIn(path: string): number {
  const entries = orElse(() => readdirSync(path, { recursive: true, withFileTypes: true }), []);
  return entries.reduce(
    (sum, entry) =>
      sum + (entry.isFile() ? orElse(() => statSync(join(entry.parentPath, entry.name)).size, 0) : 0),
    0,
  );
}

const [stand, git] = await Promise.all([startStand(standFrom(values.on)), startGitServer()]);
const dir = mkdtempSync(join(tmpdir(), "holdfast-soak-"));
const proxy = await startApiProxy(stand.kubeconfig);
const { api } = stand;
const config = [
  `clusters: [{ name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ${proxy.kubeconfig} }]`,
  "applications: [./apps]",
];
const leaked: AbortController[] = [];
const told: Minute[] = [];
const driftMs: number[] = [];
let daemon: RunningDaemon | undefined;
let [life, lifeBegan, commits, drifts, cuts, failovers] = [0, performance.now(), 0, 0, 0, 0];
let lastPush = Number.NEGATIVE_INFINITY;
let missed = "";

async function start(): Promise<RunningDaemon> {
  const running = (daemon = await startDaemon(dir, config));
  lifeBegan = performance.now();
  await until("it is ready", async () => (await running.probe("/readyz")) === 200, { everyMs: 200 });
  return running;
}

/** A commit of so many, seen in the cluster. */
async function commit(running: RunningDaemon, some: readonly string[], value: string): Promise<void> {
  const since = performance.now() - lastPush;
  if (since < BETWEEN_PUSHES_MS) await Bun.sleep(BETWEEN_PUSHES_MS - since);
  await git.commit("estate", filesOf(some, value), value);
  const set = new Set(some);
  const seeing = await whenEach(
    api,
    `${CONFIG_MAPS}?watch=1`,
    some.length,
    ({ object: { metadata, data } }) =>
      set.has(metadata.name) && data?.["value"] === value ? metadata.name : undefined,
  );
  lastPush = performance.now();
  await push(running.url, git.urlOf("estate"));
  await appliedWithin(seeing, running, patienceMs);
  seeing.stop();
  for (const name of some) wanted.set(name, value);
  commits += 1;
}

async function drift(running: RunningDaemon, name: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), patienceMs)));
  const healed = editedUntilHealed(api, CONFIG_MAPS, name, wanted.get(name) ?? "");
  healed.catch(() => undefined);
  const took = await Promise.race([healed, late]);
  clearTimeout(timer);
  if (took === "late") {
    const log = (await Bun.file(join(dir, "log")).text()).slice(-400);
    throw new Error(
      `an edit of ${name} was not put back within ${Math.round(patienceMs / 1_000)} s; /readyz says ${await running.probe("/readyz")}. The log ends with: ${log}`,
    );
  }
  driftMs.push(took);
  drifts += 1;
}

/** By SIGKILL and by SIGTERM in turn, and started on its store. */
async function failOver(running: RunningDaemon): Promise<RunningDaemon> {
  if (failovers % 2 === 0) await running.kill();
  else await running.stop();
  failovers++;
  life++;
  return await start();
}

/** A stream that nobody ends. */
function follow(running: RunningDaemon): AbortController {
  const ending = new AbortController();
  const streamed = fetch(`${running.url}/api/v1/stream/applications`, { signal: ending.signal });
  streamed.then((answer) => answer.body?.getReader().read()).catch(() => undefined);
  return ending;
}

function look(minute: number, running: RunningDaemon): Minute {
  return {
    ...{ minute, life, age: (performance.now() - lifeBegan) / 60_000, rss: running.rss() },
    ...openFiles(running.pid),
    ...{ watches: proxy.openWatches(), disk: bytesIn(join(dir, "data")), commits, drifts, cuts, failovers },
    load: loadavg()[0] ?? 0,
  };
}

function line(now: Minute): string {
  const cells = [
    ...[now.minute.toFixed(1), String(now.life), (now.rss / 1e6).toFixed(1), now.fds, now.sockets],
    ...[now.watches, (now.disk / 1e6).toFixed(1), now.commits, now.drifts, now.cuts, now.failovers],
    now.load.toFixed(1),
  ];
  return `| ${cells.join(" | ")} |`;
}

async function soak(): Promise<void> {
  await api.makeNamespace(NAMESPACE);
  const repo = await git.createRepo("estate", filesOf(names, "first"));
  mkdirSync(join(dir, "apps"));
  let running = await start();
  placeApplications(
    dir,
    names.map((name) => ({ name, repo, destination: { name: "in-cluster", namespace: NAMESPACE } })),
  );
  await untilSettled(running, { apps, syncs: apps, patienceMs, everyMs: 1_000 });
  console.log(
    `${apps} applications of one ConfigMap, ${wordsOf(stand.is)}; ${minutes} minutes from here on. A failover is the process killed or stopped and started on its store.\n\n| minute | process | RSS, MB | fds | sockets | watches | data, MB | commits | edits put back | cuts | failovers | load |\n|---|---|---|---|---|---|---|---|---|---|---|---|`,
  );
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 60_000;
  let [nextAll, nextCut, nextFailover] = [ALL_EVERY_MINUTES, CUT_EVERY_MINUTES, failoverMinutes];
  // What overran its minute, such as a commit of all on a busy machine, has the next line where it ended.
  for (let minute = 1; minute <= minutes; minute = Math.max(minute, Math.floor(elapsed())) + 1) {
    const ends = begun + minute * 60_000;
    if (minute >= nextAll) {
      await commit(running, names, `all at ${minute}`);
      nextAll += ALL_EVERY_MINUTES;
    }
    if (minute >= nextCut) {
      proxy.cutWatches();
      cuts++;
      nextCut += CUT_EVERY_MINUTES;
    }
    if (failoverMinutes > 0 && minute >= nextFailover) {
      running = await failOver(running);
      nextFailover += failoverMinutes;
    }
    // Of a minute that a failover took whole, one of each all the same: what did nothing missed nothing.
    for (let round = 0; round === 0 || performance.now() < ends - 15_000; round++) {
      await commit(running, [nameOf((minute * 31 + round) % apps)], `minute ${minute}, ${round}`);
      await drift(running, nameOf((minute * 17 + round * 7) % apps));
    }
    if (values.leak === "sockets") for (let each = 0; each < 5; each++) leaked.push(follow(running));
    // What the proxy remembers is for tests, and grows.
    proxy.requests.length = 0;
    await Bun.sleep(Math.max(0, ends - performance.now()));
    const now = look(elapsed(), running);
    told.push(now);
    console.log(line(now));
  }
}

try {
  await soak();
} catch (cause) {
  missed = cause instanceof Error ? cause.message : String(cause);
} finally {
  for (const stream of leaked) stream.abort();
  await daemon?.stop();
  await proxy.stop();
  await Promise.all([stand.stop(), git.close()]);
  rmSync(dir, { recursive: true, force: true });
}

const samplesOf = (figure: keyof typeof BOUNDS): Sample[] =>
  told.map((now) => ({ minute: now.minute, life: now.life, age: now.age, value: now[figure] }));
const verdicts = Object.entries(BOUNDS).map(([figure, bounds]) => ({
  figure,
  ...verdictOf(samplesOf(figure as keyof typeof BOUNDS), {
    ...bounds,
    warmUpMinutes: Number(values["warm-up"]),
  }),
}));
console.log("\n| figure | verdict | slope in an hour | may grow | middle |\n|---|---|---|---|---|");
const shown = (figure: string, value: number): string =>
  figure === "rss" ? `${(value / 1e6).toFixed(1)} MB` : value.toFixed(1);
for (const verdict of verdicts)
  console.log(
    verdict.is === "untold"
      ? `| ${verdict.figure} | untold: ${verdict.why} | | | |`
      : `| ${verdict.figure} | ${verdict.is} | ${shown(verdict.figure, verdict.slope.perHour)} | ${shown(verdict.figure, verdict.mayGrow)} | ${shown(verdict.figure, verdict.slope.middle)} |`,
  );
const times = timesOf(driftMs);
console.log(
  `\n${commits} commits, ${drifts} edits put back (p50 ${millis(times.p50Ms)}, p99 ${times.p99Ms.toFixed(0)} ms), ${cuts} cuts of all watches, ${failovers} failovers. ${missed === "" ? "Nothing was missed." : `Missed: ${missed}`}`,
);
const json = JSON.stringify({ apps, on: stand.is, minutes, verdicts, drift: times, missed, told });
if (values.json === "") console.log(json);
else await Bun.write(values.json, json);
const grows = verdicts.some(({ is }) => is === "grows");
process.exit(grows || missed !== "" ? 1 : verdicts.some(({ is }) => is === "untold") ? 2 : 0);
