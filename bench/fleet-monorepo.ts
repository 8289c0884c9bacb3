/**
 * One repository of very many applications: what a commit of one costs beside fewer of them, what a commit of all takes, and
 * how long somebody else's commit, in another repository and on another cluster, waits meanwhile. The floor of the first is
 * the git program, which asks, fetches and reads one file, and the dry run and the apply of the one object; of the second the
 * dry runs and applies of all.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGitServer } from "../test/lib/git-server.ts";
import type { RawApi } from "../test/lib/raw-api.ts";
import {
  applyEach,
  BETWEEN_PUSHES_MS,
  countsOf,
  isWithin,
  megabytes,
  millis,
  nameOf,
  placeApplications,
  push,
  type Row,
  type Seeing,
  seconds,
  trackedBy,
  whenEach,
} from "./fleet-parts.ts";
import { median, until } from "./rig.ts";
import { difference, type RunningDaemon, startDaemon } from "./running-daemon.ts";
import { appliedAndSettled, appliedWithin, untilSettled } from "./settled.ts";
import { type On, startStand, startStands, wordsOf } from "./stand.ts";

export interface MonorepoAsk {
  on: On;
  /** Each in an estate of its own, the fewest first. */
  apps: readonly number[];
  /** Of one application each; one more goes before, which pays for what is done once. */
  commits: number;
  inFlight: number;
  patienceMs: number;
}

/** Of one commit. */
interface OneCommit {
  /** From the push to the cluster showing it. */
  appliedMs: number;
  /** From the push to five seconds after it was applied, what idling costs taken off. */
  cpuSeconds: number;
  renders: number;
  requests: Record<string, number>;
}

export interface MonorepoRun {
  apps: number;
  install: { settledMs: number; cpuSeconds: number };
  rss: number;
  one: OneCommit[];
  oneFloor: { ms: number; cpuSeconds: number };
  all: { appliedMs: number; settledMs: number; cpuSeconds: number; renders: number; peakRss: number };
  allFloorMs: number;
  /** From a push of another repository to its cluster showing it: while nothing else happens, and while all are synced. */
  bystander: { aloneMs: number; meanwhileMs: number[] };
}

export interface MonorepoFigures {
  on: On;
  runs: MonorepoRun[];
}

const NAMESPACE = "bench";
const BYSTANDER = "bystander";
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;

const fileOf = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: "${value}" }\n`;
const targetOf = (api: RawApi, name: string, value: string) => ({
  ...{ api, path: `${CONFIG_MAPS}/${name}` },
  body: {
    ...{ apiVersion: "v1", kind: "ConfigMap", data: { value } },
    metadata: {
      ...{ name, namespace: NAMESPACE },
      annotations: trackedBy(name, `/ConfigMap:${NAMESPACE}/${name}`),
    },
  },
});

const whenIs = (api: RawApi, name: string, value: string): Promise<Seeing> =>
  whenEach(
    api,
    `${CONFIG_MAPS}?watch=1&fieldSelector=metadata.name=${name}`,
    1,
    ({ object: { metadata, data } }) => (data?.["value"] === value ? metadata.name : undefined),
  );
const whenAllAre = (api: RawApi, apps: number, value: string): Promise<Seeing> =>
  whenEach(api, `${CONFIG_MAPS}?watch=1`, apps, ({ object: { metadata, data } }) =>
    data?.["value"] === value && metadata.name.startsWith("app-") ? metadata.name : undefined,
  );

/** @returns CPU seconds of it @throws {Error} with what it says where it fails */
async function bare(...words: string[]): Promise<number> {
  const child = Bun.spawn(words, { stdout: "ignore", stderr: "pipe", stdin: "ignore" });
  if ((await child.exited) !== 0)
    throw new Error(`${words.join(" ")}: ${await new Response(child.stderr).text()}`);
  return Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
}

async function allFloor(ask: MonorepoAsk, apps: number): Promise<number> {
  const stand = await startStand(ask.on);
  try {
    await stand.api.makeNamespace(NAMESPACE);
    const of = (value: string) =>
      Array.from({ length: apps }, (_, at) => targetOf(stand.api, nameOf(at), value));
    await applyEach(of("1"), ask.inFlight, "for-real");
    const dryRuns = await applyEach(of("2"), ask.inFlight, "dry-run");
    return dryRuns + (await applyEach(of("2"), ask.inFlight, "for-real"));
  } finally {
    await stand.stop();
  }
}

async function runOf(ask: MonorepoAsk, apps: number): Promise<MonorepoRun> {
  const allFloorMs = await allFloor(ask, apps);
  const [stands, git] = await Promise.all([startStands(ask.on, 2), startGitServer()]);
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const [home, elsewhere] = stands;
  if (home === undefined || elsewhere === undefined) throw new Error("there are no two clusters");
  let daemon: RunningDaemon | undefined;
  const pushed = new Map<string, number>();
  try {
    for (const { api } of stands) await api.makeNamespace(NAMESPACE);
    const names = Array.from({ length: apps }, (_, at) => nameOf(at));
    const filesAt = (value: string): Record<string, string> =>
      Object.fromEntries(names.map((name) => [`apps/${name}/one.yaml`, fileOf(name, value)]));
    const repo = await git.createRepo("monorepo", filesAt("1"));
    const other = await git.createRepo("other", { [`apps/${BYSTANDER}/one.yaml`]: fileOf(BYSTANDER, "1") });
    mkdirSync(join(dir, "apps"));
    const running = (daemon = await startDaemon(dir, [
      "clusters:",
      `- { name: home, server: "https://home.example.com", kubeconfig: ${home.kubeconfig} }`,
      `- { name: elsewhere, server: "https://elsewhere.example.com", kubeconfig: ${elsewhere.kubeconfig} }`,
      "applications: [./apps]",
    ]));
    const announce = async (url: string): Promise<void> => {
      const since = performance.now() - (pushed.get(url) ?? Number.NEGATIVE_INFINITY);
      if (since < BETWEEN_PUSHES_MS) throw new Error(`${url} was announced ${Math.round(since)} ms ago`);
      pushed.set(url, performance.now());
      await push(running.url, url);
    };
    const mayAnnounce = async (url: string): Promise<void> => {
      const since = performance.now() - (pushed.get(url) ?? Number.NEGATIVE_INFINITY);
      if (since < BETWEEN_PUSHES_MS) await Bun.sleep(BETWEEN_PUSHES_MS - since);
    };
    await until("it is ready", async () => (await running.probe("/readyz")) === 200);

    let syncs = apps + 1;
    const { patienceMs } = ask;
    const settling = () => ({ apps: apps + 1, syncs, patienceMs, everyMs: 1_000 });
    const begun = performance.now();
    placeApplications(dir, [
      ...names.map((name) => ({ name, repo, destination: { name: "home", namespace: NAMESPACE } })),
      { name: BYSTANDER, repo: other, destination: { name: "elsewhere", namespace: NAMESPACE } },
    ]);
    await untilSettled(running, settling());
    const install = { settledMs: performance.now() - begun, cpuSeconds: running.cpuSeconds() };
    await Bun.sleep(15_000);
    const rss = running.rss();

    /** Milliseconds from the push to the cluster showing it. */
    const oneChange = async (
      [url, name]: readonly [string, string],
      api: RawApi,
      value: string,
    ): Promise<number> => {
      await mayAnnounce(url);
      await git.commit(
        url === repo ? "monorepo" : "other",
        { [`apps/${name}/one.yaml`]: fileOf(name, value) },
        value,
      );
      const seeing = await whenIs(api, name, value);
      const at = performance.now();
      await announce(url);
      const took = (await appliedWithin(seeing, running, patienceMs)) - at;
      seeing.stop();
      syncs++;
      return took;
    };

    const one: OneCommit[] = [];
    for (let round = 0; round <= ask.commits; round++) {
      await mayAnnounce(repo);
      const idle = running.cpuSeconds();
      await Bun.sleep(5_000);
      const perSecond = (running.cpuSeconds() - idle) / 5;
      const [requests, renders] = [await running.requests(), await running.metric("holdfast_renders_total")];
      const name = nameOf((round * 7) % apps);
      const [cpu, at] = [running.cpuSeconds(), performance.now()];
      const appliedMs = await oneChange([repo, name], home.api, `round ${round}`);
      // Every other application takes note of the new commit too; that is part of what the commit costs.
      await Bun.sleep(5_000);
      const tookSeconds = (performance.now() - at) / 1_000;
      const cpuSeconds = running.cpuSeconds() - cpu - perSecond * tookSeconds;
      if (round > 0)
        one.push({
          ...{ appliedMs, cpuSeconds },
          renders: (await running.metric("holdfast_renders_total")) - renders,
          requests: difference(requests, await running.requests()),
        });
    }
    await untilSettled(running, settling());
    const oneFloor = await floorOfOne(ask, git.urlOf("monorepo"), (value) =>
      git.commit("monorepo", { "apps/app-00000/one.yaml": fileOf("app-00000", value) }, value),
    );
    // The daemon finds those commits when it is told of the next one.
    await mayAnnounce(repo);
    const last = await whenIs(home.api, "app-00000", "floor 2");
    await announce(repo);
    await appliedWithin(last, running, patienceMs);
    last.stop();
    syncs++;

    const aloneMs = await oneChange([other, BYSTANDER], elsewhere.api, "alone");
    await untilSettled(running, settling());
    await mayAnnounce(repo);
    await git.commit("monorepo", filesAt("all"), "all");
    const seeing = await whenAllAre(home.api, apps, "all");
    const renders = await running.metric("holdfast_renders_total");
    await mayAnnounce(other);
    const [cpu, at] = [running.cpuSeconds(), performance.now()];
    await announce(repo);
    let isRunning = true;
    const meanwhileMs: number[] = [];
    const bystanding = (async () => {
      for (let round = 0; isRunning || round === 0; round++) {
        await Bun.sleep(round === 0 ? 200 : 0);
        meanwhileMs.push(await oneChange([other, BYSTANDER], elsewhere.api, `meanwhile ${round}`));
        await mayAnnounce(other);
      }
    })();
    bystanding.catch(() => undefined);
    syncs += apps;
    const appliedMs = (await appliedAndSettled(seeing, running, { ...settling(), apps })) - at;
    const settledMs = performance.now() - at;
    isRunning = false;
    seeing.stop();
    await bystanding;
    return {
      ...{ apps, install, rss, one, oneFloor, allFloorMs, bystander: { aloneMs, meanwhileMs } },
      all: {
        ...{ appliedMs, settledMs, cpuSeconds: running.cpuSeconds() - cpu, peakRss: running.peakRss() },
        renders: (await running.metric("holdfast_renders_total")) - renders - meanwhileMs.length,
      },
    };
  } finally {
    await daemon?.stop();
    await Promise.all([...stands.map((stand) => stand.stop()), git.close()]);
    rmSync(dir, { recursive: true, force: true });
  }
}

async function floorOfOne(
  ask: MonorepoAsk,
  url: string,
  commit: (value: string) => Promise<string>,
): Promise<MonorepoRun["oneFloor"]> {
  const stand = await startStand(ask.on);
  const clone = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    await stand.api.makeNamespace(NAMESPACE);
    await bare("git", "clone", "--quiet", "--bare", url, clone);
    const taken: { ms: number; cpuSeconds: number }[] = [];
    for (let round = 0; round < 3; round++) {
      const sha = await commit(`floor ${round}`);
      const [own, begun] = [process.cpuUsage(), performance.now()];
      let cpuSeconds = await bare("git", "ls-remote", url, "refs/heads/main");
      cpuSeconds += await bare("git", "-C", clone, "fetch", "--quiet", url, "main");
      cpuSeconds += await bare("git", "-C", clone, "cat-file", "blob", `${sha}:apps/app-00000/one.yaml`);
      const target = [targetOf(stand.api, "app-00000", `floor ${round}`)];
      await applyEach(target, 1, "dry-run");
      await applyEach(target, 1, "for-real");
      const { user, system } = process.cpuUsage(own);
      taken.push({ ms: performance.now() - begun, cpuSeconds: cpuSeconds + (user + system) / 1e6 });
    }
    return {
      ms: median(taken.map(({ ms }) => ms)),
      cpuSeconds: median(taken.map((each) => each.cpuSeconds)),
    };
  } finally {
    await stand.stop();
    rmSync(clone, { recursive: true, force: true });
  }
}

/**
 * @param say each size as it is measured
 * @param keep what is measured so far, after each size: a later one may fail
 */
export async function measureMonorepo(
  ask: MonorepoAsk,
  say: (line: string) => void,
  keep: (figures: MonorepoFigures) => void,
): Promise<MonorepoFigures> {
  const runs: MonorepoRun[] = [];
  for (const apps of ask.apps.toSorted((a, b) => a - b)) {
    const run = await runOf(ask, apps);
    runs.push(run);
    keep({ on: ask.on, runs });
    say(
      `monorepo: ${apps} applications: one ${millis(median(run.one.map(({ appliedMs }) => appliedMs)))}, all ${seconds(run.all.appliedMs)}`,
    );
  }
  return { on: ask.on, runs };
}

export function monorepoRows({ on, runs }: MonorepoFigures): Row[] {
  const fewest = runs[0];
  return runs.flatMap((run) => {
    const { apps, one, oneFloor, all, allFloorMs, bystander, install } = run;
    const cpuOf = ({ one: commits }: MonorepoRun) => median(commits.map(({ cpuSeconds }) => cpuSeconds));
    const renders = Math.max(...one.map((each) => each.renders));
    const ratio =
      fewest === undefined || fewest === run
        ? ""
        : `, ${(cpuOf(run) / cpuOf(fewest)).toFixed(2)} × that of ${fewest.apps}`;
    const of = `${apps} applications of one repository, ${wordsOf(on)}`;
    return [
      {
        ...{ what: `${of}: first sync`, wished: "", floor: "", within: "" as const },
        ours: `${seconds(install.settledMs)}, ${install.cpuSeconds.toFixed(1)} s of CPU, then ${megabytes(run.rss)}`,
      },
      {
        what: `a commit of one, from the push to the cluster, middle of ${one.length}`,
        wished: "1 render; it costs what it changes",
        ours: `${millis(median(one.map(({ appliedMs }) => appliedMs)))}; ${(cpuOf(run) * 1_000).toFixed(0)} ms of CPU${ratio}; ${renders} renders, ${countsOf(one.at(-1)?.requests ?? {})}`,
        floor: `${millis(oneFloor.ms)}, ${(oneFloor.cpuSeconds * 1_000).toFixed(0)} ms of CPU`,
        within: isWithin(renders === 1),
      },
      {
        what: "a commit of all",
        wished: `1.3 × the floor, ${seconds(allFloorMs * 1.3)}`,
        ours: `${seconds(all.appliedMs)} applied, ${seconds(all.settledMs)} Healthy; ${all.cpuSeconds.toFixed(1)} s of CPU, ${(all.renders / apps).toFixed(2)} renders an application, ${megabytes(all.peakRss)} at the peak`,
        floor: seconds(allFloorMs),
        within: isWithin(all.appliedMs <= allFloorMs * 1.3),
      },
      {
        what: `meanwhile another repository's commit on another cluster, of ${bystander.meanwhileMs.length}`,
        wished: "",
        ours: `${millis(Math.max(...bystander.meanwhileMs))} at the longest`,
        ...{ floor: `${millis(bystander.aloneMs)} alone`, within: "" as const },
      },
    ];
  });
}
