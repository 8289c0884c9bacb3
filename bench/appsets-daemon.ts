/**
 * What an ApplicationSet over files of a repository costs a running daemon: all its applications at first, and one commit
 * that changes one file, with the CPU of this process, in which daemon, sandbox cluster and repository are together.
 * The floor is the same generation without a daemon: files read, templates filled in, manifests parsed.
 *
 *   bun bench/appsets-daemon.ts [COUNT...]      default: 1000 10000
 */
import { generateApplications } from "../src/core/generate/generate-applications.ts";
import { parseApplicationSet } from "../src/core/model/parse-application-set.ts";
import { folderTree } from "../src/render/folder-tree.ts";
import { fakeFacts } from "../test/fakes/fake-generator-facts.ts";
import { startSetsDaemon } from "../test/lib/sets-daemon.ts";
import { templateEngine } from "../test/lib/template-engine.ts";

const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000];

interface Row {
  language: "fast" | "go";
  count: number;
  floorMs: number;
  madeMs: number;
  /** As `changedCpuMs`, for the first commit after all were made. */
  firstCpuMs: number;
  /** From the commit to the changed application; of several commits the one in the middle, here and below. */
  changedMs: number;
  /** Of this process, for that commit and two seconds after it. */
  changedCpuMs: number;
  /** Of this process in as long a time without a commit. */
  idleCpuMs: number;
  /** The longest time in which nothing else had its turn, for that commit. */
  heldMs: number;
  applied: number;
}

/** Commits that are measured one by one. */
const CHANGES = 7;
const BEAT_MS = 5;

const fileOf = (at: number, value: string): string => JSON.stringify({ name: `app-${at}`, value });
const pathOf = (at: number): string => `apps/g${at % 100}/a${at}/config.json`;

function setOf(repoURL: string, language: "fast" | "go"): Record<string, unknown> {
  const fill = (name: string): string => (language === "go" ? `{{ .${name} }}` : `{{${name}}}`);
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "bench" },
    spec: {
      goTemplate: language === "go",
      generators: [{ git: { repoURL, revision: "HEAD", files: [{ path: "apps/**/config.json" }] } }],
      template: {
        metadata: { name: fill("name"), labels: { value: fill("value") } },
        spec: {
          project: "default",
          source: { repoURL, targetRevision: "HEAD", path: "one" },
          destination: { name: "in-cluster", namespace: "default" },
        },
      },
    },
  };
}

async function floorOf(folder: string, language: "fast" | "go"): Promise<number> {
  const parsed = parseApplicationSet(setOf(folder, language), { homeNamespace: "argocd" });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { engine, remove } = await templateEngine();
  const begun = performance.now();
  await generateApplications(parsed.value, {
    facts: fakeFacts({ tree: () => folderTree(folder) }),
    engine,
  });
  const ms = performance.now() - begun;
  remove();
  return ms;
}

async function measure(count: number, language: "fast" | "go"): Promise<Row> {
  const given = await startSetsDaemon({ poll: { everyMs: 3_600_000 } });
  try {
    const files = Object.fromEntries(
      Array.from({ length: count }, (_, at) => [pathOf(at), fileOf(at, "first")]),
    );
    const repository = await given.world.repository("estate", {
      ...files,
      "one/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x, namespace: default }\n",
    });
    const floorMs = await floorOf(repository.url, language);
    const begun = performance.now();
    given.file("set.yaml", setOf(repository.url, language));
    const { control } = given.daemon.engine;
    while (control.applications().length < count) await Bun.sleep(100);
    const madeMs = performance.now() - begun;
    while (control.applications().some((app) => app.status === undefined)) await Bun.sleep(1_000);
    await Bun.sleep(3_000);
    const first = await changeOne(given, repository, "second");
    const idle: number[] = [];
    const changes: Change[] = [];
    for (let at = 0; at < CHANGES; at += 1) {
      // A repository is asked once in ten seconds, however often it announces something.
      const quiet = await watched(() => Bun.sleep(2_000));
      idle.push(quiet.cpuMs);
      await Bun.sleep(9_000);
      changes.push(await changeOne(given, repository, `change-${at}`));
    }
    return {
      ...{ language, count, applied: changes.reduce((sum, { applied }) => sum + applied, 0) },
      floorMs: Math.round(floorMs),
      madeMs: Math.round(madeMs),
      firstCpuMs: Math.round(first.cpuMs),
      changedMs: middle(changes.map(({ changedMs }) => changedMs)),
      changedCpuMs: middle(changes.map(({ cpuMs }) => cpuMs)),
      idleCpuMs: middle(idle),
      heldMs: middle(changes.map(({ heldMs }) => heldMs)),
    };
  } finally {
    await given.stop();
  }
}

type Daemon = Awaited<ReturnType<typeof startSetsDaemon>>;

interface Change {
  changedMs: number;
  cpuMs: number;
  heldMs: number;
  applied: number;
}

async function changeOne(
  given: Daemon,
  repository: Awaited<ReturnType<Daemon["world"]["repository"]>>,
  value: string,
): Promise<Change> {
  const { control } = given.daemon.engine;
  await repository.commit({ [pathOf(5)]: fileOf(5, value) });
  const before = given.log.length;
  let changedMs = 0;
  const { cpuMs, heldMs } = await watched(async () => {
    const begun = performance.now();
    const answer = await given.api("/api/webhook", {
      method: "POST",
      headers: { "content-type": "application/json", "x-github-event": "push" },
      body: JSON.stringify({ repository: { clone_url: repository.url, html_url: repository.url } }),
    });
    if (answer.status >= 300) throw new Error(`the push was not taken: ${JSON.stringify(answer)}`);
    const key = "argocd/app-5" as Parameters<typeof control.application>[0];
    while (control.application(key)?.metadata.labels?.["value"] !== value) await Bun.sleep(5);
    changedMs = performance.now() - begun;
    await Bun.sleep(2_000);
  });
  const applied = given.log
    .slice(before)
    .filter(({ message }) => message === "an ApplicationSet changed its applications")
    .reduce((sum, { fields }) => sum + Number(fields?.["changed"] ?? 0), 0);
  return { changedMs, cpuMs, heldMs, applied };
}

/** CPU of this process while something is done, and the longest time in which nothing else had its turn. */
async function watched(work: () => Promise<void>): Promise<{ cpuMs: number; heldMs: number }> {
  let heldMs = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    const now = performance.now();
    heldMs = Math.max(heldMs, now - last - BEAT_MS);
    last = now;
  }, BEAT_MS);
  const cpu = process.cpuUsage();
  await work();
  clearInterval(beat);
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1_000, heldMs };
}

function middle(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN);
}

const rows: Row[] = [];
for (const count of counts)
  for (const language of ["fast", "go"] as const) rows.push(await measure(count, language));
console.table(rows);
console.log(JSON.stringify(rows));
process.exit(0);
