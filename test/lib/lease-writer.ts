/**
 * Stands for election and, while it may, writes ConfigMaps as fast as it can; each request names who wrote it and in which
 * epoch. Says what becomes of it, a word and an epoch a line.
 *
 *     bun lease-writer.ts KUBECONFIG NAMESPACE NAME CLOCK_OFFSET_MS watched|unwatched SETTINGS
 */
import { Access } from "../../src/cluster/access.ts";
import type { ElectionSettings } from "../../src/core/replicas/election-settings.ts";
import { standForElection } from "../../src/daemon/stand-for-election.ts";
import { jsonLog } from "../../src/lib/json-log.ts";
import { systemClock } from "../../src/lib/system-clock.ts";

const [kubeconfig = "", namespace = "", name = "", offsetMs = "0", watched = "watched", settings = ""] =
  process.argv.slice(2);
/** Requests at once. */
const WRITERS = 2;

let ending: "no" | "yes" = "no";
/** Of this epoch: one whose answer is not known may still be done. */
let unknown = 0;
const clock = { ...systemClock, now: () => Date.now() + Number(offsetMs) };
const source = { file: kubeconfig };
const access = new Access({
  ...{ source, clock, context: undefined, trust: "operator", environment: {}, pluginMs: 1_000 },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { election, identity, stop } = standForElection({
  ...{ source, clock, environment: {}, place: { namespace, name } },
  log: jsonLog(
    () => "debug",
    (line) => process.stderr.write(line),
  ),
  ...(settings === "" ? {} : { settings: JSON.parse(settings) as ElectionSettings }),
  ...(watched === "watched" ? {} : { watchdog: { arm: () => undefined, disarm: () => undefined } }),
  became: (standing) => {
    if (standing.is === "leader") unknown = 0;
    say(`${standing.is} ${"epoch" in standing ? standing.epoch : ""}`);
  },
});
say(`identity ${identity}`);

async function write(writer: number): Promise<void> {
  for (let count = 0; ending === "no"; ) {
    const fence = election.fence();
    if (fence === undefined) {
      await Bun.sleep(2);
      continue;
    }
    const { server, headers, session } = await access.passport();
    const path = `${server}/api/v1/namespaces/${namespace}/configmaps/written-${writer}-${count++ % 10}`;
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: path.slice(path.lastIndexOf("/") + 1), namespace },
      data: { epoch: String(fence.epoch), count: String(count) },
    };
    const init = {
      method: "PATCH",
      headers: {
        ...headers,
        "user-agent": `lease-writer/${fence.epoch}/${identity}`,
        "content-type": "application/apply-patch+yaml",
      },
      body: JSON.stringify(object),
      signal: fence.signal,
    };
    if (fence.mayWrite() !== undefined) continue;
    try {
      await (await session.fetch(`${path}?fieldManager=holdfast&force=true`, init)).text();
    } catch {
      unknown++;
      await Bun.sleep(2);
    }
  }
}

const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer));
process.once("SIGTERM", () => {
  ending = "yes";
  const over = Promise.all(writers).then(() => {
    if (unknown > 0) throw new Error(`${unknown} writes have no answer`);
  });
  void stop(over).then(() => process.exit(0));
});
