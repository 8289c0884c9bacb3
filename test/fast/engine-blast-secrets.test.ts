/** Commits that are not merged read no secret: of no store, of no variable and no mount of the daemon's. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ManagementPlugin } from "../../src/core/model/management-plugin.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { pluginsIn } from "../../src/daemon/declared-plugins.ts";
import { blastOf, inRepository, propose } from "../lib/blast-of.ts";
import {
  AUTOMATED,
  type Files,
  HOME,
  type Rig,
  startRig,
  startWorld,
  type World,
} from "../lib/engine-rig.ts";
import { plugin } from "../lib/management-plugin.ts";
import { configMap } from "../lib/source-folder.ts";

const VALUE = "canary-of-the-store";
const LENT = "canary-of-the-daemon";
let world: World, rig: Rig, folder: string;
let reads: string[] = [];
let vault: ReturnType<typeof Bun.serve>;

beforeEach(async () => {
  reads = [];
  folder = mkdtempSync(join(tmpdir(), "holdfast-withheld-"));
  writeFileSync(join(folder, "mounted"), LENT);
  vault = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      reads.push(new URL(request.url).pathname);
      return Response.json({ data: { data: { a: VALUE, b: VALUE }, metadata: { version: 1 } } });
    },
  });
  const generates = 'cat a.yaml; . ./extra; echo "# $LENT"';
  const plugins: ManagementPlugin[] = [
    { ...plugin(""), name: "filled", makes: { by: "renderer", renderer: "detected" }, secretStore: "vault" },
    {
      ...plugin(generates, { grants: { env: [{ name: "LENT", value: new Secret(LENT) }] } }),
      name: "with-env",
    },
    { ...plugin(generates, { grants: { mounts: [join(folder, "mounted")] } }), name: "with-mount" },
    { ...plugin(generates), name: "bare" },
  ];
  const { renderers } = await pluginsIn(
    {
      plugins: [],
      configManagementPlugins: plugins,
      secretStores: [
        {
          name: "vault",
          address: `http://127.0.0.1:${vault.port}`,
          login: { by: "token", token: new Secret("t") },
          namespace: "",
          kvVersion: "2",
          paths: [],
        },
      ],
    },
    "test",
  );
  world = await startWorld();
  const programs = Object.fromEntries(
    ["sh", "cat", "find", "grep", "sleep", "env"].map((name) => [
      name,
      Bun.which(name, { PATH: "/usr/bin:/bin" }) ?? name,
    ]),
  );
  rig = await startRig(world, { programs, renderers: renderers.filter(({ from }) => from === "operator") });
});
afterEach(async () => {
  await rig.stop();
  await vault.stop(true);
  await world.stop();
  rmSync(folder, { recursive: true });
});

async function blast(name: string, by: string | undefined, before: Files, after: Files) {
  const source = by === undefined ? {} : { ".argocd-source.yaml": `plugin: { name: ${by} }\n` };
  const repository = await rig.placeNew(name, { ...before, ...source }, { spec: { syncPolicy: AUTOMATED } });
  await rig.untilSettled(name);
  await rig.untilIdle();
  const asked = reads.length;
  await propose(repository, after);
  const told = await blastOf(rig, { repository: repository.url, base: "main", head: "proposed" });
  return { told, text: JSON.stringify(told), asked: reads.slice(asked), repository };
}
const placeholder = (key: string) => configMap("a", { v: `<path:secret/data/app#${key}>` });

test("a placeholder on a branch is refused with a sentence, and the store is not asked", async () => {
  const { text, asked } = await blast(
    "filled",
    "filled",
    { "a.yaml": placeholder("a") },
    { "a.yaml": placeholder("b") },
  );
  expect((await world.find("/api/v1/namespaces/filled/configmaps/a"))?.data?.v).toBe(VALUE);
  expect(text).toContain("secret stores are not asked for a commit that is not merged");
  expect(text).not.toContain(VALUE);
  expect(asked).toEqual([]);
});

test("a branch that names the plugin itself gets no value either", async () => {
  const { text, asked } = await blast(
    "named",
    undefined,
    { "a.yaml": configMap("a") },
    { "a.yaml": placeholder("a"), ".argocd-source.yaml": "plugin: { name: filled }\n" },
  );
  expect(text).toContain("secret stores are not asked for a commit that is not merged");
  expect(text).not.toContain(VALUE);
  expect(asked).toEqual([]);
});

test("what is delivered is not taken for what a branch may have, in either order", async () => {
  const { repository } = await blast(
    "order",
    "filled",
    { "a.yaml": configMap("a") },
    { "a.yaml": placeholder("a") },
  );
  // The same content, merged now: filled in.
  await repository.commit({ "a.yaml": placeholder("a") });
  await rig.refresh("order");
  await rig.until("order", () => reads.length > 0);
  await rig.untilSettled("order");
  // And looked at again as a branch's: refused, though the merged one's render is in the cache.
  await repository.commit({ "a.yaml": configMap("a", { v: "w" }) });
  await rig.refresh("order");
  await rig.until("order", ({ status }) => status?.sync.status === "Synced");
  await rig.untilIdle();
  await propose(repository, { "a.yaml": placeholder("a") });
  const text = JSON.stringify(
    await blastOf(rig, { repository: repository.url, base: "main", head: "proposed" }),
  );
  expect(text).toContain("secret stores are not asked");
  expect(text).not.toContain(VALUE);
});

test("what needs no value is compared as always", async () => {
  const { told } = await blast(
    "plain",
    "filled",
    { "a.yaml": configMap("a") },
    { "a.yaml": configMap("a", { v: "new" }) },
  );
  expect(told.applications).toMatchObject([{ is: "compared", objects: [{ effect: "change", name: "a" }] }]);
});

test("manifests of another revision than the delivered one are refused in the same way", async () => {
  const { repository } = await blast(
    "shown",
    "filled",
    { "a.yaml": configMap("a") },
    { "a.yaml": placeholder("a") },
  );
  const proposed = (await inRepository(repository, "rev-parse", "proposed")).trim();
  const shown = rig.control.manifests(`${HOME}/shown` as never, [proposed]);
  await expect(shown).rejects.toThrow("secret stores are not asked for a commit that is not merged");
  expect(reads).toEqual([]);
});

test.each(["with-env", "with-mount"])(
  "a command %s of this machine does not run for a branch",
  async (by) => {
    const { text } = await blast(
      by,
      by,
      { "a.yaml": configMap("a"), extra: ":\n" },
      {
        extra: `echo ---; echo "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {v: '$LENT'}}"\n`,
      },
    );
    expect(text).toContain("of this machine, which is not lent to a commit that is not merged");
    expect(text).not.toContain(LENT);
  },
);

test("a command that has nothing of this machine runs for a branch", async () => {
  const { told } = await blast(
    "bare",
    "bare",
    { "a.yaml": configMap("a"), extra: ":\n" },
    { "a.yaml": configMap("a", { v: "new" }) },
  );
  expect(told.applications).toMatchObject([{ is: "compared", objects: [{ effect: "change", name: "a" }] }]);
});
