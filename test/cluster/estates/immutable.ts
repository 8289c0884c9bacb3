import { expect, test } from "bun:test";
import { staysSynced } from "../../lib/calm.ts";
import { placeEstate } from "../../lib/estate.ts";
import { eventually } from "../../lib/eventually.ts";
import { isQuiet, isSynced, type Stage } from "../../lib/stage.ts";

const NAMESPACE = "legacy";
const PATHS = {
  "web.yaml": `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/web`,
  "seed.yaml": `/apis/batch/v1/namespaces/${NAMESPACE}/jobs/seed`,
  "front.yaml": `/api/v1/namespaces/${NAMESPACE}/services/front`,
};
const FILES = Object.keys(PATHS) as (keyof typeof PATHS)[];

export function immutableEstate(stage: () => Stage): void {
  test("fields that cannot be changed: a selector, a Job's template, a Service's address; refused, refused with Replace, made anew with Force, and as they were when Git goes back", async () => {
    const { must, writes, daemon } = stage();
    const uids = (): Promise<string[]> =>
      Promise.all(FILES.map(async (file) => (await must("GET", PATHS[file])).metadata.uid as string));
    const app = await placeEstate(stage(), "immutable", { makeNamespace: "none" });
    await app.untilSettled();
    await eventually(
      "the Job has run",
      async () => (await must("GET", PATHS["seed.yaml"])).status?.succeeded === 1,
    );
    await staysSynced(stage(), app);
    const before = { uids: await uids(), writes: writes(NAMESPACE).length };

    await app.rewrite({
      "web.yaml": ["web-old", "web-new"],
      "seed.yaml": ["seed:old", "seed:new"],
      "front.yaml": ["10.0.88.1", "10.0.88.2"],
    });
    const refused = await app.until((now) => isQuiet(now) && now.status?.operationState.phase === "Failed");
    for (const words of [
      /apps\/Deployment legacy\/web \(app\/web\.yaml:1\): spec\.selector: .*field is immutable/,
      /batch\/Job legacy\/seed \(app\/seed\.yaml:1\): spec\.template: field is immutable/,
      /Service legacy\/front \(app\/front\.yaml:1\): spec\.clusterIPs\[0\]: .*\bchange/,
      /nothing was written/,
      /Force=true/,
    ])
      expect(refused.status.operationState.message).toMatch(words);
    expect(writes(NAMESPACE).length).toBe(before.writes);
    const rehearsed = await daemon.cli("app", "sync", "legacy", "--dry-run");
    expect(rehearsed.code).toBe(1);

    // Replace puts, and a put may not change them either.
    await app.rewrite({
      "web.yaml": ["Validate=false", "Replace=true"],
      "seed.yaml": ["Validate=false", "Replace=true"],
      "front.yaml": ["Validate=false", "Replace=true"],
    });
    const put = await app.until(
      (now) =>
        isQuiet(now) &&
        now.status?.operationState.phase === "Failed" &&
        now.status?.operationState.operation?.sync?.revision !==
          refused.status.operationState.operation?.sync?.revision,
    );
    expect(put.status.operationState.message).toMatch(/Force=true/);
    expect(await uids()).toEqual(before.uids);
    expect(writes(NAMESPACE).length).toBe(before.writes);

    await app.rewrite({
      "web.yaml": ["Replace=true", "Force=true"],
      "seed.yaml": ["Replace=true", "Force=true"],
      "front.yaml": ["Replace=true", "Force=true"],
    });
    await app.until(
      (now) => isSynced(now) && isQuiet(now) && now.status?.operationState.phase === "Succeeded",
    );
    await app.untilSettled();
    const after = await uids();
    for (const [place, uid] of before.uids.entries()) expect(after[place]).not.toBe(uid);
    expect((await must("GET", PATHS["web.yaml"])).spec.selector.matchLabels).toEqual({ app: "web-new" });
    expect((await must("GET", PATHS["seed.yaml"])).spec.template.spec.containers[0].image).toBe(
      "registry.example.com/seed:new",
    );
    expect((await must("GET", PATHS["front.yaml"])).spec.clusterIP).toBe("10.0.88.2");
    expect(writes(NAMESPACE).filter(({ verb }) => verb === "delete")).toHaveLength(3);
    await eventually(
      "the Job has run",
      async () => (await must("GET", PATHS["seed.yaml"])).status?.succeeded === 1,
    );
    await staysSynced(stage(), app);

    // Both, and what may be changed beside it: nothing is deleted for that.
    await app.rewrite({
      "web.yaml": ["Force=true", "Replace=true,Force=true"],
      "front.yaml": ["port: 80", "port: 81"],
    });
    await app.until(
      (now) => isSynced(now) && isQuiet(now) && now.status?.operationState.phase === "Succeeded",
    );
    expect(await uids()).toEqual(after);
    await app.rewrite({ "web.yaml": ["web-new", "web-newest"] });
    await eventually(
      "it is made anew",
      async () => (await must("GET", PATHS["web.yaml"])).spec.selector.matchLabels.app === "web-newest",
    );
    await app.untilSettled();
    await staysSynced(stage(), app);
  });
}
