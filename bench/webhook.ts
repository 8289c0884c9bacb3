/**
 * From a push to the first object that is written: a real Git server over HTTP, the daemon from these sources in a process
 * of its own, the sandbox's API server. The clock runs from the delivery of the signed webhook to the object being changed
 * in the cluster, looked at every two milliseconds. The floor is what nobody can leave out: `git ls-remote` and `git fetch`
 * by the git program, reading the one file, and one server-side apply of it.
 *
 * Then a flood: 10,000 deliveries that nobody signed, 100 at once, and how long a probe of the daemon takes meanwhile.
 *
 *     bun bench/webhook.ts [--pushes 15] [--flood 10000]      prints a table, then one line of JSON
 */
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runGit } from "../test/lib/git-server.ts";
import { isSettled, mapText, startWebhookStage } from "../test/webhooks/stage.ts";
import { percentile } from "./rig.ts";

const { values } = parseArgs({
  options: { pushes: { type: "string", default: "15" }, flood: { type: "string", default: "10000" } },
});
const MAP = "/api/v1/namespaces/shop/configmaps/told";
/** What a signed push in the long run has to itself for each repository. */
const PAUSE_MS = 10_500;

const stage = await startWebhookStage();
const { daemon, git, api, url, secret } = stage;
const ours: number[] = [];
const floors: number[] = [];
const clone = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
await runGit(["clone", "--quiet", "--bare", url, clone]);

for (let round = 0; round <= Number(values.pushes); round++) {
  const value = `round ${round}`;
  const sha = await git.commit("shop", { "app/a.yaml": mapText(value) }, value);
  const tookMs = await timed(async () => {
    await deliver(sha);
    while ((await api.find(MAP))?.data?.value !== value) await Bun.sleep(2);
  });
  await daemon.until("shop", (app) => app.status.sync.revision === sha && isSettled(app));
  const floorMs = await timed(() => floor(sha));
  // The first one pays for what is done once.
  if (round > 0) {
    ours.push(tookMs);
    floors.push(floorMs);
  }
  await Bun.sleep(PAUSE_MS);
}

const probes: number[] = [];
let isFlooding = true;
const probing = (async () => {
  while (isFlooding) {
    probes.push(await timed(() => fetch(`${daemon.url}/healthz`).then((reply) => reply.text())));
    await Bun.sleep(20);
  }
})();
const asked = stage.asked();
const floodMs = await timed(async () => {
  const body = JSON.stringify({ ref: "refs/heads/main", repository: { clone_url: url } });
  for (let at = 0; at < Number(values.flood); at += 100)
    await Promise.all(Array.from({ length: 100 }, () => post(body, {})));
});
isFlooding = false;
await probing;
const looked = stage.asked() - asked;

for (const list of [ours, floors, probes]) list.sort((a, b) => a - b);
console.log("| push to first apply | p50, ms | p90, ms | longest, ms |");
console.log("|---|---|---|---|");
for (const [what, list] of [
  ["ours", ours],
  ["floor", floors],
] as const)
  console.log(`| ${what} | ${at(list, 0.5)} | ${at(list, 0.9)} | ${at(list, 1)} |`);
console.log(
  `\n${values.flood} deliveries in ${Math.round(floodMs)} ms: ${looked} requests of Git, a probe meanwhile ${at(probes, 0.5)} ms, at p99 ${at(probes, 0.99)} ms, the longest ${at(probes, 1)} ms`,
);
console.log(
  JSON.stringify({ bench: "webhook", ours, floors, floodMs, looked, probeP99: percentile(probes, 0.99) }),
);
await stage.stop();
rmSync(clone, { recursive: true, force: true });
process.exit(0);

async function deliver(sha: string): Promise<void> {
  const body = JSON.stringify({
    ...{ ref: "refs/heads/main", after: sha },
    repository: { clone_url: url, default_branch: "main" },
  });
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  await post(body, { "x-gitea-event": "push", "x-gitea-delivery": sha, "x-gitea-signature": signature });
}

async function post(body: string, headers: Record<string, string>): Promise<void> {
  const reply = await fetch(`${daemon.url}/api/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  if (reply.status !== 202) throw new Error(`${reply.status}: ${await reply.text()}`);
  await reply.arrayBuffer();
}

async function floor(sha: string): Promise<void> {
  await runGit(["-C", clone, "ls-remote", url, "refs/heads/main"]);
  await runGit(["-C", clone, "fetch", "--quiet", url, "main"]);
  const text = await runGit(["-C", clone, "cat-file", "blob", `${sha}:app/a.yaml`]);
  await api.must(
    "PATCH",
    `${MAP}?fieldManager=floor&force=true`,
    JSON.parse(text),
    "application/apply-patch+yaml",
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function at(sorted: readonly number[], part: number): string {
  return percentile(sorted, part).toFixed(1);
}
