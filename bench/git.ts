/**
 * Both Git roads beside their floor, the bare git program against the same server:
 *
 *   bun bench/git.ts [--runs 5] [--apps 1000] [--json FILE]
 *
 * The repository has four files an application, behind `git http-backend`. Times are medians, in milliseconds.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { CommitSha } from "../src/core/model/commit-sha.ts";
import { Repositories } from "../src/git/repositories.ts";
import { clock, quiet, systemGit } from "../test/lib/git-remotes.ts";
import { runGit, startGitServer } from "../test/lib/git-server.ts";
import { appFiles, nameOf } from "./rig.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    apps: { type: "string", default: "1000" },
    json: { type: "string" },
  },
});
const runs = Number(values.runs),
  apps = Number(values.apps);

const MEASURES = {
  list: "list of refs, server known",
  first: "first fetch, root listed",
  commit: "one-file commit, from its push to its four files read",
  folders: `${apps} folders listed, cold`,
  files: `${apps * 4} files read, cold`,
} as const;
type Measure = keyof typeof MEASURES;
type Times = Partial<Record<Measure, number[]>>;

const server = await startGitServer();
const scratch = mkdtempSync(join(tmpdir(), "holdfast-bench-git-"));
const repo = "mono";
const url = await server.createRepo(
  repo,
  Object.fromEntries(
    Array.from({ length: apps }, (_, i) => i).flatMap((i) =>
      Object.entries(appFiles(nameOf(i))).map(([file, text]) => [`apps/${nameOf(i)}/${file}`, text]),
    ),
  ),
);
await server.git(repo, "repack", "-a", "-d", "-q");

let turn = 0;
/** Pushes a commit of one file and says its application's folder. */
async function push(): Promise<string> {
  const name = nameOf(turn++ % apps);
  const path = `apps/${name}/deployment.yaml`;
  await server.commit(
    repo,
    { [path]: `${appFiles(name, `registry.example.com/web:${turn}`)["deployment.yaml"]}` },
    `commit ${turn}`,
  );
  return `apps/${name}`;
}

async function timed(times: Times, measure: Measure, work: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await work();
  (times[measure] ??= []).push(performance.now() - started);
}

/** What the bare program takes, each step one process. */
async function floor(): Promise<Times> {
  const times: Times = {};
  for (let run = 0; run < runs; run++) {
    const store = join(scratch, `floor-${run}`);
    await runGit(["init", "-q", "--bare", store]);
    const fetch = (): Promise<string> =>
      runGit(["-C", store, "fetch", "-q", "--no-tags", "--depth=1", url, "+refs/heads/main:refs/heads/main"]);
    await timed(times, "list", () => runGit(["ls-remote", url, "refs/heads/*"]));
    await timed(times, "first", async () => {
      await fetch();
      await runGit(["-C", store, "ls-tree", "main"]);
    });
    const ids = (await runGit(["-C", store, "ls-tree", "-r", "-t", "main", "apps/"])).split("\n");
    const of = (type: string): Uint8Array =>
      Buffer.from(
        ids.flatMap((line) => (line.includes(` ${type} `) ? [`${line.split(/\s/)[2]}\n`] : [])).join(""),
      );
    await timed(times, "folders", () => runGit(["-C", store, "cat-file", "--batch"], of("tree")));
    await timed(times, "files", () => runGit(["-C", store, "cat-file", "--batch"], of("blob")));
    const folder = await push();
    await timed(times, "commit", async () => {
      await fetch();
      const files = (await runGit(["-C", store, "ls-tree", "main", `${folder}/`])).split("\n");
      await runGit(
        ["-C", store, "cat-file", "--batch"],
        Buffer.from(files.map((line) => `${line.split(/\s/)[2]}\n`).join("")),
      );
    });
  }
  return times;
}

async function road(name: string, program: string | undefined, at: string): Promise<Times> {
  const times: Times = {};
  for (let run = 0; run < runs; run++) {
    const dataDir = join(scratch, `${name}-${run}`);
    const open = (): Repositories => new Repositories({ dataDir, systemGit: program, clock, log: quiet });
    const access = { url: at };
    const latest = async (git: Repositories): Promise<CommitSha> =>
      (await git.resolve(access, "main", { freshness: "latest" })).commit;
    let git = open();
    await timed(times, "first", async () => (await git.tree(access, await latest(git))).list(""));
    await timed(times, "list", () => latest(git));
    const folder = await push();
    await timed(times, "commit", async () => {
      const tree = await git.tree(access, await latest(git));
      for (const { name: file } of await tree.list(folder)) await tree.read(`${folder}/${file}`);
    });
    await git.stop();
    // Nothing in memory, everything on disk.
    git = open();
    const tree = await git.tree(access, await latest(git));
    await timed(times, "folders", async () => {
      for (const { name: app } of await tree.list("apps")) await tree.list(`apps/${app}`);
    });
    await timed(times, "files", async () => {
      for (const { name: app } of await tree.list("apps"))
        for (const { name: file } of await tree.list(`apps/${app}`)) await tree.read(`apps/${app}/${file}`);
    });
    await git.stop();
  }
  return times;
}

const median = (of: readonly number[]): number =>
  of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN;

try {
  const columns: [string, Times][] = [
    ["floor: bare git", await floor()],
    ["git program", await road("program", systemGit, url)],
    ["isomorphic-git", await road("library", undefined, url)],
    ["git, local folder", await road("program-local", systemGit, server.pathOf(repo))],
    ["isomorphic, local", await road("library-local", undefined, server.pathOf(repo))],
  ];
  const rows = (Object.keys(MEASURES) as Measure[]).map((measure) => [
    MEASURES[measure],
    ...columns.map(([, times]) => {
      const each = times[measure];
      return each === undefined ? "" : median(each).toFixed(median(each) < 10 ? 1 : 0);
    }),
  ]);
  const table = [[`ms, median of ${runs}`, ...columns.map(([name]) => name)], ...rows];
  const widths = (table[0] ?? []).map((_, at) => Math.max(...table.map((row) => (row[at] ?? "").length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  console.log(
    [
      line(table[0] ?? []),
      `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`,
      ...table.slice(1).map(line),
    ].join("\n"),
  );
  const result = {
    apps,
    runs,
    bun: Bun.version,
    git: await runGit(["--version"]),
    ms: Object.fromEntries(columns.map(([name, times]) => [name, times])),
  };
  if (values.json !== undefined) await Bun.write(values.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(0);
