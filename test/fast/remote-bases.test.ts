/** Kustomizations that name other repositories, over real Git over HTTPS, against what kustomize makes of them with its own git. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { SourceTree } from "../../src/core/ports/source-tree.ts";
import { type BaseStand, baseStand } from "../lib/base-stand.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { AT, applicationOf, builtToolSet, npmToolSets, type ToolSet } from "../lib/render-host.ts";
import { configMap } from "../lib/source-folder.ts";

const built = builtToolSet();
const toolSets: ToolSet[] = [...(await npmToolSets()), ...(built === undefined ? [] : [built])];

const sourcesOf = (tree: SourceTree) => [
  { source: { repoURL: "https://git.example.com/team/shop.git", path: "app" }, tree, revision: AT },
];

let server: GitServer;
let stand: BaseStand;

const DEPLOYMENT =
  "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers: [{name: web, image: nginx, envFrom: [{configMapRef: {name: settings}}]}]\n";
const BASE = {
  "web/kustomization.yaml":
    "resources: [deployment.yaml, ../common]\nconfigMapGenerator: [{name: settings, files: [settings.ini, other=files/other.txt]}]\nnamePrefix: base-\n",
  "web/deployment.yaml": DEPLOYMENT,
  "web/settings.ini": "a=1\n",
  "web/files/other.txt": "other\n",
  "common/kustomization.yaml": "resources: [map.yaml]\ncommonLabels: {from: common}\n",
  "common/map.yaml": configMap("common"),
  "part/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{patch: '- {op: add, path: /metadata/annotations, value: {part: here}}', target: {kind: Deployment}}]\n",
  "kustomization.yaml": "resources: [root.yaml]\n",
  "root.yaml": configMap("root"),
};

beforeAll(async () => {
  server = await startGitServer({ tls: "private-ca" });
  await server.createRepo("team/base", BASE);
  await server.git("team/base", "tag", "v1.0.0");
  await server.commit("team/base", { "common/map.yaml": configMap("common", { version: "2" }) }, "second");
  await server.createRepo("deep", {
    "kustomization.yaml": `resources: ["${server.url}/team/base.git//web?ref=v1.0.0", local]\nnameSuffix: -deep\n`,
    "local/kustomization.yaml": "resources: [../sibling, map.yaml]\n",
    "local/map.yaml": configMap("local"),
    "sibling/kustomization.yaml": "resources: [map.yaml]\n",
    "sibling/map.yaml": configMap("sibling"),
    "plain.yaml": configMap("plain"),
  });
  await server.createRepo("roles", {
    "a/kustomization.yaml": `resources: ["../b", "${server.url}/roles.git//c?ref=main"]\n`,
    "b/kustomization.yaml": "resources: [map.yaml]\n",
    "b/map.yaml": configMap("b"),
    "c/kustomization.yaml": "resources: [map.yaml]\nnamePrefix: c-\n",
    "c/map.yaml": configMap("c"),
  });
  await server.createRepo("base", {
    "web/kustomization.yaml": `resources: ["${server.url}/raw/map.yaml", own.yaml]\nnamePrefix: web-\n`,
    "web/own.yaml": configMap("own"),
  });
  await server.git("base", "tag", "v1");
  await server.createRepo("linked", {
    "web/kustomization.yaml": "resources: [l]\n",
    "web/l": { link: "../real" },
    "real/kustomization.yaml": `resources: ["${server.url}/raw/map.yaml"]\n`,
  });
  const files: Record<string, string> = {
    "/raw/map.yaml": `${configMap("by-url")}---\n${configMap("by-url-too")}`,
    "/raw/patch.yaml": '[{"op": "add", "path": "/metadata/annotations", "value": {"patched": "by-url"}}]',
    "/raw/settings.ini": "by=url\n",
    "/raw/some.env": "NAME=value\n",
    "/raw/config.yaml": "nameReference:\n- {kind: ConfigMap, fieldSpecs: [{kind: Thing, path: spec/map}]}\n",
    "/raw/labels.yaml":
      "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: labels}\nlabels: {by: url}\nfieldSpecs: [{path: metadata/labels, create: true}]\n",
    "/raw/secret.yaml":
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: 'ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]'}\nsops: {}\n",
    "/files/manifests": configMap("without-an-end"),
  };
  for (const [path, body] of Object.entries(files))
    server.fail({ do: "status", status: 200, body }, (request) => request.path.split("?")[0] === path);
});
afterAll(() => server.close());

describe.each(toolSets)("with $name, equal to what it makes by itself:", (tools) => {
  beforeEach(async () => {
    stand = await baseStand(tools, { ca: server.ca ?? "" });
    stand.entries = [{ url: `${server.url}/`, ca: server.ca ?? "" }];
  });
  afterEach(() => stand.close());

  test.each<{ name: string; kustomization: string; more?: Record<string, string> }>([
    { name: "a base by a tag", kustomization: "resources: ['URL/team/base.git//web?ref=v1.0.0']\n" },
    {
      name: "a base by a branch, version=",
      kustomization: "resources: ['URL/team/base.git/web?version=main']\n",
    },
    {
      name: "the root of a repository, by its HEAD",
      kustomization: "resources: ['git::URL/team/base.git']\n",
    },
    {
      name: "by the number of steps",
      kustomization: "resources: ['URL/team/base/web?ref=main&timeout=90s']\n",
    },
    {
      name: "all that an overlay does, in its order",
      kustomization:
        "resources: [own.yaml, 'URL/team/base.git//web?ref=v1.0.0', 'URL/team/base.git//common?ref=main']\nnamePrefix: over-\nnamespace: shop\nimages: [{name: nginx, newTag: '1.27'}]\ncomponents: ['URL/team/base.git//part?ref=main']\nconfigMapGenerator: [{name: settings, behavior: merge, literals: [b=2]}]\n",
      more: { "app/own.yaml": configMap("own") },
    },
    { name: "a base that has a base elsewhere", kustomization: "resources: ['URL/deep.git?ref=main']\n" },
    {
      name: "a base that comes back to its own repository",
      kustomization: "resources: ['URL/roles.git//a?ref=main']\n",
    },
    {
      name: "a base that itself names a file by its address",
      kustomization: "resources: ['URL/base.git//web?ref=v1', 'URL/raw/map.yaml']\nnameSuffix: -app\n",
    },
    {
      name: "a base that names one behind a link",
      kustomization: "resources: ['URL/linked.git//web?ref=main']\n",
    },
    {
      name: "files by their addresses, wherever a file may stand",
      kustomization:
        "resources: [URL/raw/map.yaml, thing.yaml]\npatches: [{path: URL/raw/patch.yaml, target: {name: by-url}}]\nconfigMapGenerator: [{name: made, files: [URL/raw/settings.ini, own.ini=URL/raw/settings.ini]}, {name: env, envs: [URL/raw/some.env]}]\nconfigurations: [URL/raw/config.yaml]\ntransformers: [URL/raw/labels.yaml]\nnameSuffix: -x\n",
      more: {
        "app/thing.yaml":
          "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: thing}\nspec: {map: by-url}\n",
      },
    },
    {
      name: "a file whose address says nothing of its kind",
      kustomization: "resources: [URL/files/manifests]\n",
    },
    {
      name: "bases of a base here, and the same one twice over",
      kustomization: "resources: [../one, ../two]\n",
      more: {
        "one/kustomization.yaml": "resources: ['URL/team/base.git//web?ref=main']\nnamePrefix: one-\n",
        "two/kustomization.yaml": "resources: ['URL/team/base.git//web?ref=main']\nnamePrefix: two-\n",
      },
    },
  ])("$name", async ({ kustomization, more = {} }) => {
    const files = { "app/kustomization.yaml": kustomization, ...more };
    stand.source.write(
      Object.fromEntries(
        Object.entries(files).map(([path, text]) => [path, text.replaceAll("URL", server.url)]),
      ),
    );
    const plain = await stand.plain();
    expect(JSON.stringify(plain)).not.toContain("holdfast");
    expect(plain.length).toBeGreaterThan(0);
    expect(await stand.objects()).toEqual(plain);
  });
});

/** What was sent in the same millisecond is new enough. */
async function pastNow(): Promise<void> {
  for (const now = Date.now(); Date.now() === now; ) await Bun.sleep(1);
}

describe("what is fetched", () => {
  beforeEach(async () => {
    const [tools] = toolSets;
    if (tools === undefined) throw new Error("there are no tools");
    stand = await baseStand(tools, { ca: server.ca ?? "" });
    stand.entries = [{ url: `${server.url}/`, ca: server.ca ?? "" }];
    server.requests.length = 0;
  });
  afterEach(() => stand.close());
  const write = (kustomization: string, more: Record<string, string> = {}): void =>
    stand.source.write({ "app/kustomization.yaml": kustomization.replaceAll("URL", server.url), ...more });

  test("is fetched once for all that use it, and a tag or a commit costs no request after that", async () => {
    const commit = await server.git("team/base", "rev-parse", "v1.0.0");
    write(
      `resources: ["URL/team/base.git//web?ref=v1.0.0", "URL/team/base.git//part/../common?ref=${commit}"]\n`,
    );
    const tree = await stand.source.tree();
    const ask = (name: string) =>
      stand.render({ app: applicationOf({ path: "app" }, { name }), sources: sourcesOf(tree) });
    await Promise.all(Array.from({ length: 300 }, (_, at) => ask(`app-${at}`)));
    expect(stand.asked.map(({ type }) => type).sort()).toEqual(["fetch", "ls-remote"]);
    expect(stand.host.ran).toEqual(["kustomize"]);
    await ask("app-1");
    await ask("another");
    expect(stand.asked.length).toBe(2);
  });

  test.each([
    ["a file", "HOST\\@github.com/x.yaml", ["https://github.com/**"], "a backslash"],
    ["a base", "HOST/team/../deep.git//local?ref=main", ["https://HOST/team/**"], "a step . or .."],
    ["a base", "HOST/team/%2E./deep.git//local?ref=main", ["https://HOST/team/**"], "a step . or .."],
    [
      "a base",
      "HOST/%64eep.git//local?ref=main",
      ["https://HOST/**", "!https://HOST/deep*"],
      "writes letters",
    ],
  ])("is not %s that is asked elsewhere than its text says: https://%s", async (_, address, bases, why) => {
    const host = new URL(server.url).host;
    stand.entries = [{ url: `${server.url}/team`, ca: server.ca ?? "" }];
    stand.remoteBases = bases.map((pattern) => pattern.replace("HOST", host));
    write(`resources: ['https://${address.replace("HOST", host)}']\n`);
    const { message } = await stand.failure();
    expect(message).toContain(why);
    expect(message).toContain("Write the address plainly");
    expect(server.requests).toEqual([]);
  });

  test.each([
    "resources: [URL/raw/secret.yaml]\n",
    "secretGenerator: [{name: s, files: [URL/raw/secret.yaml]}]\n",
  ])("is no encrypted file, which nobody would decrypt: %s", async (kustomization) => {
    write(kustomization);
    expect(await stand.failure()).toMatchObject({
      retry: "after-edit",
      object: "app/kustomization.yaml",
      why: expect.stringContaining("it is encrypted, and only files of repositories are decrypted"),
    });
    expect(stand.host.ran).toEqual([]);
  });

  test("follows a branch: what it reads of it makes a new render, another file does not", async () => {
    await server.createRepo("moving", BASE);
    write('resources: ["URL/moving.git//common?ref=main"]\n');
    const first = await stand.render();
    const commit = await server.commit("moving", { "web/settings.ini": "a=2\n" }, "elsewhere");
    const second = await stand.render();
    expect([second.key, stand.host.ran]).toEqual([first.key, ["kustomize"]]);
    // And still it says where the base is now.
    expect(second.bases).toMatchObject([
      { is: "tree", found: { commit, ref: "refs/heads/main" }, by: "app/kustomization.yaml" },
    ]);
    await server.commit("moving", { "common/map.yaml": configMap("common", { moved: "yes" }) }, "here");
    expect((await stand.render({ bases: stand.fetcher({ look: "known" }) })).key).toBe(first.key);
    const third = await stand.render();
    expect(third.key).not.toBe(first.key);
    expect(JSON.stringify(third.documents)).toContain("moved:");
  });

  test("a file is asked for again by what its server said of it, and a new one makes a new render", async () => {
    let body = configMap("one");
    let etag: string | undefined;
    const seen: (string | undefined)[] = [];
    const file = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        seen.push(request.headers.get("if-none-match") ?? undefined);
        const now = etag ?? `"${Bun.hash(body)}"`;
        return request.headers.get("if-none-match") === now
          ? new Response(null, { status: 304 })
          : new Response(body, { headers: { etag: now } });
      },
    });
    stand.remoteBases = [`http://127.0.0.1:${file.port}/**`];
    write(`resources: ["http://127.0.0.1:${file.port}/a.yaml"]\n`);
    const first = await stand.render();
    const second = await stand.render();
    expect([second.key, stand.host.ran, seen.map((one) => one !== undefined)]).toEqual([
      first.key,
      ["kustomize"],
      [false, true],
    ]);
    await pastNow();
    body = configMap("two");
    expect(JSON.stringify((await stand.render()).documents)).toContain("two");
    // Of a server that says of something else that it is still the same.
    etag = '"stuck"';
    await pastNow();
    await stand.render();
    await pastNow();
    body = configMap("three");
    expect(JSON.stringify((await stand.render()).documents)).toContain("two");
    seen.length = 0;
    await pastNow();
    const hard = stand.fetcher({ look: "hard" });
    const both = await Promise.all([stand.render({ bases: hard }), stand.render({ bases: hard })]);
    for (const { documents } of both) expect(JSON.stringify(documents)).toContain("three");
    await pastNow();
    await stand.render();
    expect(seen).toEqual([undefined, etag]);
    await file.stop(true);
    await pastNow();
    expect(
      (await stand.render({ bases: stand.fetcher({ look: "hard" }) })).bases[0]?.found.old,
    ).toBeDefined();
    const silent = await stand.render({ cache: "renew" });
    expect(JSON.stringify(silent.documents)).toContain("three");
    expect(silent.bases[0]?.found.old).toMatchObject({ why: "nothing listens there" });
  });

  test("stays what it was while its server is silent, and says since when", async () => {
    const other = await startGitServer();
    await other.createRepo("base", BASE);
    stand.entries = [{ url: `${other.url}/` }];
    write(`resources: ["${other.url}/base.git//common?ref=main"]\n`);
    const first = await stand.render({ bases: stand.fetcher({ now: () => 1_000 }) });
    await other.close();
    const silent = await stand.render({ bases: stand.fetcher({ before: first.bases }) });
    expect(silent.key).toBe(first.key);
    expect(silent.bases[0]?.found.old).toEqual({ since: 1_000, why: "nothing listens there" });
    const known = await stand.render({ bases: stand.fetcher({ look: "known", before: silent.bases }) });
    expect(known.bases[0]?.found.old).toEqual({ since: 1_000, why: "nothing listens there" });
  });
});
