/** The full build, made by `npm run build:full`: one file that renders Helm and Kustomize where nothing else is installed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseYaml } from "../../src/lib/yaml.ts";
import { demoApps, demoFiles } from "../../src/sandbox/demo/demo-files.ts";
import { demoApplications } from "../../src/sandbox/demo/demo-repository.ts";
import { run, settled, storyIsTold } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { processesOf, started } from "../lib/started.ts";

const built = join(import.meta.dir, "..", "..", "dist", "holdfast-full");
const root = mkdtempSync(join(tmpdir(), "holdfast-full-"));
const holdfast = join(root, "holdfast");
/** As `env -i` leaves it, with a HOME to keep the demo's things in. */
const empty = { HOME: root };

beforeAll(async () => {
  if (!existsSync(built)) throw new Error("there is no dist/holdfast-full: run npm run build:full");
  // Away from the repository and its node_modules.
  copyFileSync(built, holdfast);
  mkdirSync(join(root, "source"));
  for (const [path, text] of Object.entries(demoFiles)) await Bun.write(join(root, "source", path), text);
  for (const [file, text] of Object.entries(
    demoApplications("https://git.example.com/demo.git", { is: "fleet", apps: 0 }),
  ))
    await Bun.write(join(root, file), text);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** `Kind/name` of each object. */
async function rendered(app: string): Promise<string[]> {
  const { code, stdout, stderr } = await run(
    [holdfast, "render", "-f", `${app}.yaml`, "--source", "source"],
    { cwd: root, env: {} },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(" rendered.") });
  return parseYaml(stdout)
    .documents.map(({ value }) => value as { kind: string; metadata: { name: string } })
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .sort();
}

describe("the full build, with an empty environment", () => {
  test("renders a Helm chart", async () => {
    expect(await rendered("shop")).toEqual([
      "Deployment/till",
      "Deployment/window",
      "Ingress/shop",
      "Service/till",
      "Service/window",
    ]);
  });

  test("renders Kustomize", async () => {
    expect(await rendered("clock")).toEqual([
      expect.stringMatching(/^ConfigMap\/face-\w{10}$/),
      "Deployment/clock",
      "Service/clock",
    ]);
  });

  test("renders plain manifests", async () => {
    expect(await rendered("guestbook")).toEqual([
      "ConfigMap/guestbook",
      "Deployment/guestbook",
      "Job/migrate",
      "Service/guestbook",
    ]);
  });

  test("leaves nothing behind in the temporary folder", async () => {
    const tmp = join(root, "tmp");
    mkdirSync(tmp);
    await run([holdfast, "render", "-f", "shop.yaml", "--source", "source"], {
      cwd: root,
      env: { TMPDIR: tmp },
    });
    expect(readdirSync(tmp)).toEqual([]);
  });

  test("doctor says that the tools are part of it", async () => {
    const { stdout } = await run([holdfast, "doctor", "-o", "json"], { cwd: root, env: {} });
    const { items } = JSON.parse(stdout) as { items: { name: string; state: string; text: string }[] };
    for (const tool of ["helm", "kustomize", "jsonnet"])
      expect(items.find(({ name }) => name === tool)).toEqual({
        name: tool,
        state: "ok",
        text: expect.stringMatching(/ \(part of this program\)$/),
      });
  });

  test("runs the demo: three applications become Synced and Healthy, and demo commit rolls out", async () => {
    const demo = started([holdfast, "demo", "--listen", "127.0.0.1:0"], { cwd: root, env: empty });
    try {
      const [, url = ""] = await demo.until(/Status page\s+(http:\/\/127\.0\.0\.1:\d+)\//);
      const apps = async (): Promise<Record<string, any>[]> =>
        ((await (await fetch(`${url}/api/v1/applications`)).json()) as { items: Record<string, any>[] })
          .items;
      await eventually(
        () => `all three are settled, and their neighbours have committed what they do\n${demo.text()}`,
        async () => {
          const all = await apps();
          const well = all.filter(settled).map(({ metadata }) => metadata.name);
          return storyIsTold(all) && demoApps.every(({ name }) => well.includes(name));
        },
        120_000,
      );
      const { code, stdout } = await run([holdfast, "demo", "commit", "shop"], { cwd: root, env: empty });
      expect(code).toBe(0);
      const [, commit = ""] = /^Committed ([0-9a-f]{7}): /.exec(stdout) ?? [];
      await eventually(
        () => `shop has the commit\n${demo.text()}`,
        async () =>
          (await apps()).some(
            (app) =>
              app.metadata.name === "shop" && app.status.sync.revision.startsWith(commit) && settled(app),
          ),
        60_000,
      );
    } finally {
      demo.toItself("SIGTERM");
      await demo.ended;
    }
    await eventually(
      () => `nothing is left: ${processesOf(`HOME=${root}`).join("\n")}`,
      () => processesOf(`HOME=${root}`).length === 0,
    );
  }, 180_000);
});
