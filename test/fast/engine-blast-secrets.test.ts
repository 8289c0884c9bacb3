/** Commits that are not merged read no secret: of no store, of no encrypted file, of no variable and no mount of the daemon's. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ManagementPlugin } from "../../src/core/model/management-plugin.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { pluginsIn } from "../../src/daemon/declared-plugins.ts";
import { defineRenderer } from "../../src/plugin/contract.ts";
import type { LoadedRenderer } from "../../src/plugin/load.ts";
import { blastOf, inRepository, propose } from "../lib/blast-of.ts";
import { endingOf } from "../lib/ending-of.ts";
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
import { npmToolSets } from "../lib/render-host.ts";
import { configMap } from "../lib/source-folder.ts";

const VALUE = "canary-of-the-store";
const LENT = "canary-of-the-daemon";
const testdata = join(import.meta.dir, "../../plugins/decryptors/sops/testdata");
const PASSWORD = readFileSync(join(testdata, "plain/whole.txt"), "utf8").trim().split("\n")[0] ?? "";
const ENCRYPTED = { "whole.txt": readFileSync(join(testdata, "whole.txt"), "utf8") };
const AS_SECRET = "resources: [a.yaml]\nsecretGenerator: [{ name: kept, files: [whole.txt] }]\n";
const AS_CONFIG_MAP = "resources: [a.yaml]\nconfigMapGenerator: [{ name: seen, files: [whole.txt] }]\n";
const [tools] = await npmToolSets();
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
  // An operator's own code may read whatever it likes: this one reads a file of the machine into what it makes.
  const module = (name: string, unmerged: "rendered" | undefined): LoadedRenderer => ({
    renderer: defineRenderer({
      name,
      sourceType: "Plugin",
      claims: async () => "no",
      inputs: async ({ path }) => ({ paths: [{ path }], capabilities: "unused", tool: "" }),
      async render({ tree, path }) {
        const word = new TextDecoder().decode(await tree.read(`${path === "" ? "" : `${path}/`}word`));
        const read = unmerged === undefined ? readFileSync(join(folder, "mounted"), "utf8") : "";
        const text = configMap("a", { v: word.trim() + read });
        return { documents: [{ text, file: "made", line: 1 }], problems: [] };
      },
      ...(unmerged === undefined ? {} : { unmerged }),
    }),
    fingerprint: "1",
    from: "operator",
  });
  rig = await startRig(world, {
    programs: { ...programs, ...tools?.programs },
    ageKeys: [join(testdata, "age.txt")],
    renderers: [
      ...renderers.filter(({ from }) => from === "operator"),
      module("module", undefined),
      module("pure", "rendered"),
    ],
  });
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
  expect(await endingOf(shown)).toThrow("secret stores are not asked for a commit that is not merged");
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

const NOT_OPENED = "encrypted files are not opened for a commit that is not merged";

test("a branch that puts an encrypted file into a ConfigMap sees nothing of it, and what is merged goes on", async () => {
  const { text, repository } = await blast(
    "sops",
    undefined,
    { ...ENCRYPTED, "kustomization.yaml": AS_SECRET, "a.yaml": configMap("a") },
    { "kustomization.yaml": AS_CONFIG_MAP },
  );
  expect(text).toContain(NOT_OPENED);
  expect(text).not.toContain(PASSWORD);
  const proposed = (await inRepository(repository, "rev-parse", "proposed")).trim();
  expect(await endingOf(rig.control.manifests(`${HOME}/sops` as never, [proposed]))).toThrow(NOT_OPENED);
  // What was delivered is shown: somebody answered for it, and it is in a Secret.
  const delivered = rig.app("sops").status?.sync.revision ?? "";
  expect(await rig.control.manifests(`${HOME}/sops` as never, [delivered])).toMatchObject({ is: "found" });
  // The refusal is the branch's alone: the same content, merged, is delivered.
  await repository.commit({ "kustomization.yaml": AS_CONFIG_MAP });
  await rig.refresh("sops");
  await rig.until(
    "sops",
    ({ status }) => status?.sync.status === "Synced" && status.sync.revision !== delivered,
  );
  await rig.untilIdle();
  const again = JSON.stringify(
    await blastOf(rig, { repository: repository.url, base: delivered, head: "proposed" }),
  );
  expect(again).not.toContain(PASSWORD);
});

test("content that another application delivers is not shown for a branch that holds the same", async () => {
  const delivers = { ...ENCRYPTED, "kustomization.yaml": AS_CONFIG_MAP, "a.yaml": configMap("a") };
  await rig.placeNew("victim", delivers, { spec: { syncPolicy: AUTOMATED } });
  await rig.untilSettled("victim");
  const { text } = await blast("other", undefined, { "a.yaml": configMap("b") }, delivers);
  expect(text).toContain(NOT_OPENED);
  expect(text).not.toContain(PASSWORD);
});

test.each<[string, string | undefined, Files, Files, string]>([
  [
    "stores",
    "filled",
    { "a.yaml": configMap("a") },
    { "a.yaml": placeholder("b") },
    "secret stores are not asked for a commit that is not merged",
  ],
  [
    "files",
    undefined,
    { ...ENCRYPTED, "kustomization.yaml": AS_SECRET, "a.yaml": configMap("a") },
    { "kustomization.yaml": AS_CONFIG_MAP },
    NOT_OPENED,
  ],
])(
  "a dry run of a branch, and the plan of its sync, read no secret of %s; a sync of it does, because somebody answers for it",
  async (name, by, before, after, says) => {
    const { repository, asked } = await blast(name, by, before, after);
    const proposed = (await inRepository(repository, "rev-parse", "proposed")).trim();
    const count = reads.length;
    const dry = await rig.sync(name, { revision: proposed, dryRun: true });
    expect(dry.message).toContain(says);
    expect(JSON.stringify(dry)).not.toContain(by === undefined ? PASSWORD : VALUE);
    const plan = rig.control.syncPlan(`${HOME}/${name}` as never, { sync: { revision: proposed } });
    expect(await endingOf(plan)).toThrow(says);
    expect([asked, reads.slice(count)]).toEqual([[], []]);
    const followed = await rig.sync(name, { dryRun: true });
    expect(followed).toMatchObject({ phase: "Succeeded" });
  },
);

test("an operator's module renders a branch only where it says that it may", async () => {
  const module = await blast("module", "module", { word: "one" }, { word: "two" });
  expect((await world.find("/api/v1/namespaces/module/configmaps/a"))?.data?.v).toBe(`one${LENT}`);
  expect(module.text).toContain(
    "the module module does not say that it may render commits that are not merged",
  );
  expect(module.text).not.toContain(LENT);
  const { told } = await blast("pure", "pure", { word: "one" }, { word: "two" });
  expect(told.applications).toMatchObject([{ is: "compared", objects: [{ effect: "change", name: "a" }] }]);
});
