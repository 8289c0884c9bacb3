/**
 * What the page costs in a real browser, with 5,000 applications: the budgets of the interface, each beside a floor, which is the
 * same browser and the same work without the page.
 *
 *   bun run bench:ui [--apps N] [--json FILE]      default: 5000 applications
 */
import { parseArgs } from "node:util";
import { keyOfApp } from "../src/core/model/application.ts";
import { fakeControl } from "../test/fakes/fake-control.ts";
import { startBrowser } from "../test/lib/browser.ts";
import { startFakeApi } from "../test/lib/fake-api.ts";
import { changed, changeOf, estate, largeDiff, largeTree } from "./ui-estate.ts";
import { measure, startFloor } from "./ui-measure.ts";
import { useOf } from "./ui-use.ts";

const { values } = parseArgs({
  options: { apps: { type: "string", default: "5000" }, json: { type: "string" } },
});
const count = Number(values.apps);
const LARGE = 2_000;
const LINES = 20_000;

/** `budget` is the most that it may be; the floor is absent where nothing is there to compare with. */
interface Line {
  what: string;
  unit: "KB" | "ms" | "MB" | "%" | "" | "requests" | "rows";
  budget: number;
  ours: number;
  floor?: number;
}

/** A program that asks once for each line that it reads. */
const ASK = `for await (const _ of console) {
  const reply = await fetch(process.argv[1], { headers: { "accept-encoding": "gzip" } });
  await reply.arrayBuffer();
  console.log("answered");
}`;

const control = fakeControl();
for (const app of estate(count)) control.put(app);
control.put(largeTree.app(LARGE));
control.changeOf = changeOf;
control.resourceTree = () => ({ is: "found", value: largeTree.tree(LARGE) });
const differing = largeDiff(LINES);
control.managedResources = async () => ({ is: "found", value: differing });
const api = startFakeApi(control, {});
const few = fakeControl();
for (const app of estate(3)) few.put(app);
const fewApi = startFakeApi(few, {});
const floor = startFloor(count);
const browser = await startBrowser();
const lines: Line[] = [];
const at = (path: string): string => `${api.url}${path}`;

try {
  const [first, bare] = [await measure(browser), await measure(browser)];
  await first.warm(`${fewApi.url}/applications`);
  const load = await first.load(`${fewApi.url}/applications`, ".app[id]");
  const bareLoad = await bare.load(`${floor.url}/`, "#ready");
  lines.push(
    { what: "first load, scripts", unit: "KB", budget: 60, ours: load.bytes(/\.js$/) / 1e3 },
    { what: "first load, styles", unit: "KB", budget: 15, ours: load.bytes(/\.css$/) / 1e3 },
    {
      what: "first load, all files of the page",
      unit: "KB",
      budget: 90,
      ours: load.bytes(/^\/(ui\/|applications$)/) / 1e3,
    },
    {
      what: "first load, files of the page",
      unit: "requests",
      budget: 6,
      ours: load.requests(/^\/(ui\/|applications$)/),
    },
    { what: "3 applications drawn, cold cache", unit: "ms", budget: 400, ours: load.ms, floor: bareLoad.ms },
  );
  const slow = await first.load(`${fewApi.url}/applications`, ".app[id]", { throttle: 4 });
  const bareSlow = await bare.load(`${floor.url}/`, "#ready", { throttle: 4 });
  lines.push({
    what: "the same at a fourth of the CPU",
    unit: "ms",
    budget: 1_200,
    ours: slow.ms,
    floor: bareSlow.ms,
  });
  await first.close();

  const page = await measure(browser);
  const all = await page.load(at("/applications"), ".app[id]");
  const plainRows = await bare.load(`${floor.url}/list`, "#ready");
  lines.push(
    {
      what: `${count} applications: the list that is sent`,
      unit: "KB",
      budget: 400,
      ours: all.bytes(/\/v1\/list$/) / 1e3,
    },
    { what: "their first rows", unit: "ms", budget: 700, ours: all.ms, floor: plainRows.ms },
    {
      what: "heap of the page",
      unit: "MB",
      budget: 120,
      ours: (await page.heap()) / 1e6,
      floor: (await bare.heap()) / 1e6,
    },
  );

  const typed = await page.typing("#query", "team-7 health:degraded");
  const bareTyped = await (await bare.at(`${floor.url}/`)).typing("#query", "team-7 health:degraded");
  lines.push(
    {
      what: "a key in the query to what it finds, painted, median",
      unit: "ms",
      budget: 50,
      ours: typed.median,
      floor: bareTyped.median,
    },
    { what: "the slowest of 22 keys", unit: "ms", budget: 100, ours: typed.most, floor: bareTyped.most },
  );

  await page.load(at("/applications"), ".app[id]");
  const scroll = await page.scrolling(3_000, ".app[id]");
  const bareScroll = await (await bare.at(`${floor.url}/tall`)).scrolling(3_000, ".none");
  lines.push(
    {
      what: "scrolled for 3 s: tasks above 50 ms",
      unit: "",
      budget: 0,
      ours: scroll.longTasks,
      floor: bareScroll.longTasks,
    },
    {
      what: "scrolled for 3 s: frames above 33 ms",
      unit: "%",
      budget: 5,
      ours: scroll.lateFrames,
      floor: bareScroll.lateFrames,
    },
    { what: "scrolled for 3 s: rows in the document at most", unit: "rows", budget: 60, ours: scroll.rows },
  );

  await page.load(at("/applications"), ".app[id]");
  let nth = 0;
  const keys = control.applications().map(keyOfApp);
  const busy = await page.busyWhile(10_000, () => {
    // 20 a tenth of a second.
    for (let one = 0; one < 20; one += 1) {
      const app = control.application(keys[(nth * 7_919) % keys.length]!);
      nth += 1;
      if (app !== undefined) control.put(changed(app, nth));
    }
  });
  const idle = await (await bare.at(`${floor.url}/tall`)).busyWhile(3_000, () => undefined);
  lines.push(
    {
      what: "200 changes a second for 10 s: main thread busy",
      unit: "%",
      budget: 25,
      ours: busy.share,
      floor: idle.share,
    },
    { what: "the same: layout shift", unit: "", budget: 0.02, ours: busy.shift },
  );

  const large = at("/applications/argocd/large");
  const tree = await page.load(large, ".line[aria-level]");
  const graph = await page.load(`${large}?view=graph&preset=whole`, ".node");
  // What the page itself takes before anything of it is asked for is not of the tree.
  lines.push(
    {
      what: `${LARGE} objects: outline drawn, from the address`,
      unit: "ms",
      budget: 200 + load.ms,
      ours: tree.ms,
    },
    {
      what: `${LARGE} objects: graph drawn, each by itself, from the address`,
      unit: "ms",
      budget: 400 + load.ms,
      ours: graph.ms,
    },
  );
  const panned = await page.panning(3_000, ".graph", ".graph *");
  lines.push(
    {
      what: "the graph drawn along for 3 s: 95 of 100 frames within",
      unit: "ms",
      budget: 20,
      ours: panned.p95,
    },
    { what: "the graph drawn along for 3 s: elements at most", unit: "", budget: 250, ours: panned.elements },
  );

  const diff = await page.load(at("/applications/argocd/large?view=diff"), ".differences [data-is=new]");
  lines.push({
    what: `a diff of ${LINES} lines: its first hunk, from the address`,
    unit: "ms",
    budget: 300 + load.ms,
    ours: diff.ms,
  });
  const read = await page.scrolling(3_000, ".diff-row");
  lines.push(
    { what: "the same, scrolled for 3 s: tasks above 50 ms", unit: "", budget: 0, ours: read.longTasks },
    { what: "the same: frames above 33 ms", unit: "%", budget: 5, ours: read.lateFrames },
    { what: "the same: rows in the document at most", unit: "rows", budget: 80, ours: read.rows },
  );

  const use = await useOf(page.tab);
  const readCpu = await use.frame(120, "scroll");
  await page.at(`${large}?view=graph&preset=whole`);
  await page.tab.waitForSelector(".node");
  const panCpu = await use.frame(120, "pan");
  lines.push(
    { what: "the diff, scrolled: the main thread's CPU for a frame", unit: "ms", budget: 10, ours: readCpu },
    { what: "the graph, drawn along: the same", unit: "ms", budget: 10, ours: panCpu },
  );
  await page.at(large);
  await page.tab.waitForSelector(".line[aria-level]");
  const told = await page.busyWhile(10_000, () => {
    for (let one = 0; one < 20; one += 1) {
      const app = control.application(keyOfApp(largeTree.app(LARGE)));
      nth += 1;
      if (app !== undefined) control.put(changed(app, nth));
    }
  });
  lines.push({
    what: `200 changes a second of the one of ${LARGE} objects, its outline shown: main thread busy`,
    ...{ unit: "%", budget: 25, ours: told.share },
  });
  for (const [name, path] of [
    ["an application", fewApi.url],
    ["a list that the rail leads to", "/projects"],
  ] as const) {
    const opened = await use.opened(
      `${fewApi.url}/applications`,
      path === fewApi.url ? `/applications/argocd/${few.applications()[0]?.metadata.name}` : path,
    );
    lines.push(
      { what: `click to ${name}, its scripts not there yet`, unit: "ms", budget: 400, ours: opened.cold },
      { what: "the same once they are", unit: "ms", budget: 100, ours: opened.warm },
    );
  }
  const visits = await use.visited(
    `${fewApi.url}/applications`,
    `/applications/argocd/${few.applications()[0]?.metadata.name}`,
    50,
  );
  await page.load(at("/applications"), ".app[id]");
  // As fast as the daemon is told of them: two minutes' worth of 200 a second.
  const storm = await use.grown(async () => {
    await page.busyWhile(12_000, () => {
      for (let one = 0; one < 200; one += 1) {
        const app = control.application(keys[(nth * 7_919) % keys.length]!);
        nth += 1;
        if (app !== undefined) control.put(changed(app, nth));
      }
    });
  });
  lines.push(
    { what: "each page gone to 50 times: heap that stays", unit: "MB", budget: 3, ours: visits.heap / 1e6 },
    { what: "the same: nodes that stay", unit: "", budget: 500, ours: visits.nodes },
    { what: "the same: listeners that stay", unit: "", budget: 50, ours: visits.listeners },
    { what: "24,000 changes in 12 s: heap that stays", unit: "MB", budget: 10, ours: storm.heap / 1e6 },
  );

  const cpu = await serverCpu();
  lines.push(
    { what: "the daemon's CPU for a list, nothing changed", unit: "ms", budget: 15, ours: cpu.same },
    { what: "the daemon's CPU for a list, one changed", unit: "ms", budget: 15, ours: cpu.changed },
  );
} finally {
  await browser.close();
  floor.stop();
  await fewApi.stop();
  await api.stop();
}

/** What one more list costs this process, which is the daemon: whoever asks and unpacks is another one, and the browser rests. */
async function serverCpu(): Promise<{ same: number; changed: number }> {
  const asker = Bun.spawn([process.execPath, "-e", ASK, at("/api/holdfast/v1/list")], {
    ...{ stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  });
  const answers = asker.stdout.getReader();
  const ask = async (): Promise<void> => {
    asker.stdin.write("ask\n");
    await asker.stdin.flush();
    await answers.read();
  };
  const [key] = control.applications().map(keyOfApp);
  const each = async (before: (nth: number) => void): Promise<number> => {
    const took: number[] = [];
    for (let run = 0; run < 25; run += 1) {
      before(run);
      const from = process.cpuUsage();
      await ask();
      const { user, system } = process.cpuUsage(from);
      took.push((user + system) / 1e3);
    }
    return took.toSorted((a, b) => a - b)[12] ?? 0;
  };
  try {
    await ask();
    return {
      same: await each(() => undefined),
      changed: await each((nth) => control.put(changed(control.application(key!)!, nth))),
    };
  } finally {
    asker.stdin.end();
    await asker.exited;
  }
}

const shown = lines.map(({ what, unit, budget, ours, floor: bare }) => ({
  what,
  budget: `${round(budget)} ${unit}`.trim(),
  ours: `${round(ours)} ${unit}`.trim(),
  floor: bare === undefined ? "–" : `${round(bare)} ${unit}`.trim(),
  within: ours <= budget ? "yes" : "NO",
}));
console.table(shown);
const json = JSON.stringify({ bench: "ui", apps: count, lines });
console.log(json);
if (values.json !== undefined) await Bun.write(values.json, `${json}\n`);
process.exit(0);

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
