import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { staysSynced } from "../../lib/calm.ts";
import { eventually } from "../../lib/eventually.ts";
import { configMap, configMapPath } from "../../lib/manifests.ts";
import { AUTOMATED, isQuiet, isSynced, MERGE, type Stage, yaml } from "../../lib/stage.ts";

const COUNT = 2_000;
const A_FILE = 100;
const NAMESPACE = "thousands";

const nameOf = (at: number): string => `setting-${String(at).padStart(4, "0")}`;
const setting = (at: number, value = "git") =>
  configMap(NAMESPACE, nameOf(at), { key: value, at: String(at) });
const fileOf = (from: number, value: (at: number) => string = () => "git"): string =>
  yaml(...Array.from({ length: A_FILE }, (_, at) => setting(from + at, value(from + at))));

/** The most that the daemon ever held, in MiB, as Linux counts it. */
const peakMiB = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

export function thousandsEstate(stage: () => Stage): void {
  test("an application of 2,000 objects: one write each, a commit and a drift of one cost one, heals of others are not starved, and it goes without a rest", async () => {
    const { daemon, must, writes } = stage();
    const mine = () => writes(NAMESPACE).filter(({ resource }) => resource === "configmaps");
    const small = await stage().place({
      name: "beside",
      files: { "a.yaml": yaml(configMap("beside", "a")) },
    });
    await small.untilSettled();

    const files = Object.fromEntries(
      Array.from({ length: COUNT / A_FILE }, (_, at) => [
        `part-${String(at).padStart(2, "0")}.yaml`,
        fileOf(at * A_FILE),
      ]),
    );
    const app = await stage().place({
      name: NAMESPACE,
      files,
      spec: { syncPolicy: AUTOMATED },
      metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
    });
    await eventually("it has begun to write", () => mine().length > 20, 60_000);
    await must("PATCH", configMapPath("beside", "a"), { data: { key: "edited" } }, MERGE);
    await eventually(
      "the other's drift is healed",
      async () => (await must("GET", configMapPath("beside", "a"))).data.key === "value",
    );
    await app.until((now) => isSynced(now) && isQuiet(now), 120_000);
    const first = mine();
    expect(
      first.map(({ verb, code }) => `${verb} ${code}`).filter((one) => !/^patch 20[01]$/.test(one)),
    ).toEqual([]);
    expect(first.length).toBe(COUNT);
    // Whoever healed did not wait for two thousand others.
    const heal = writes("beside").at(-1)!;
    expect(first.filter(({ at }) => at > heal.at).length).toBeGreaterThan(0);
    expect((await app.get()).status.resources).toHaveLength(COUNT);
    await staysSynced(stage(), app);

    await app.commit({ "part-07.yaml": fileOf(700, (at) => (at === 777 ? "changed" : "git")) });
    await eventually(
      "the commit is there",
      async () => (await must("GET", configMapPath(NAMESPACE, nameOf(777)))).data.key === "changed",
    );
    await app.until((now) => isSynced(now) && isQuiet(now));
    expect(
      mine()
        .slice(COUNT)
        .map(({ name }) => name),
    ).toEqual([nameOf(777)]);

    await must("PATCH", configMapPath(NAMESPACE, nameOf(1234)), { data: { key: "edited" } }, MERGE);
    await eventually(
      "the drift is healed",
      async () => (await must("GET", configMapPath(NAMESPACE, nameOf(1234)))).data.key === "git",
    );
    await app.until((now) => isSynced(now) && isQuiet(now));
    expect(
      mine()
        .slice(COUNT + 1)
        .map(({ name }) => name),
    ).toEqual([nameOf(1234)]);
    await staysSynced(stage(), app);
    const listed = await daemon.cli("app", "get", NAMESPACE);
    expect(listed.code).toBe(0);
    // What it takes for all of this, with nine other estates: far from what anybody would notice.
    expect(peakMiB(daemon.pid)).toBeLessThan(512);

    const began = performance.now();
    await app.remove();
    await app.untilGone(120_000);
    // At the pace that the config names: a hundred in a second.
    expect(performance.now() - began).toBeGreaterThan((COUNT / 100 - 1) * 1_000);
    const left = await must("GET", `/api/v1/namespaces/${NAMESPACE}/configmaps`);
    expect((left.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name)).toEqual([
      "kube-root-ca.crt",
    ]);
    expect(mine().filter(({ verb }) => verb === "delete")).toHaveLength(COUNT);
  });
}
