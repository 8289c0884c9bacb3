/** A render that a daemon kept on disk loses an object while the daemon is stopped: that object is not deleted for it. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { changeKeptRenders } from "../lib/kept-renders.ts";
import { configMapPath } from "../lib/manifests.ts";
import { AUTOMATED, type Stage, startStage } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const NAME = "kept-render";
const template = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { size: {{ .Values.size | quote }} }\n`;
const isThere = async (name: string): Promise<boolean> =>
  (await stage.find(configMapPath(NAME, name))) !== undefined;

test("it is rendered again from the commit before anything is deleted, and what is whole is kept from then on", async () => {
  const app = await stage.place({
    name: NAME,
    files: {
      "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
      "values.yaml": "size: 1\n",
      "templates/stays.yaml": template("stays"),
      "templates/lost.yaml": template("lost"),
      "templates/gone.yaml": template("gone"),
    },
    spec: { syncPolicy: AUTOMATED },
  });
  await app.untilSettled();
  const { uid } = (await stage.must("GET", configMapPath(NAME, "lost"))).metadata;
  const renders = join(stage.daemon.dir, "data", "renders");
  await stage.daemon.kill("SIGTERM");
  await changeKeptRenders(renders, (documents) => {
    const left = documents.filter(({ text }) => !text.includes("name: lost "));
    return left.length < documents.length ? left : undefined;
  });
  await stage.daemon.restart();
  await app.refresh();
  const settled = await app.untilSettled();
  expect(settled.status.resources.map(({ name }: { name: string }) => name).sort()).toEqual([
    "gone",
    "lost",
    "stays",
  ]);
  expect(stage.writes(NAME).filter(({ verb }) => verb === "delete")).toEqual([]);

  // The file was written anew, and what leaves Git goes as always.
  await stage.daemon.kill("SIGTERM");
  await stage.daemon.restart();
  await app.commit({ "templates/gone.yaml": null });
  await app.until((seen) => seen.status.resources?.length === 2);
  await app.untilSettled();
  expect([await isThere("gone"), await isThere("lost")]).toEqual([false, true]);
  expect((await stage.must("GET", configMapPath(NAME, "lost"))).metadata.uid).toBe(uid);
});
