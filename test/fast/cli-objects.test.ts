/** Single objects by the command line: shown, changed and deleted on the cluster of a daemon that runs. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { idOf } from "../../src/ui/application/outline.ts";
import { type CliSetting, cli } from "../lib/cli.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, deployment } from "../lib/manifests.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

setDefaultTimeout(60_000);

let daemon: SetsDaemon;
beforeAll(async () => {
  daemon = await startSetsDaemon({ poll: { everyMs: 3_600_000 } });
});
afterAll(() => daemon?.stop());

const run = (line: string, setting: CliSetting = {}) =>
  cli(line.split(" "), { server: daemon.daemon.url, ...setting });

/** An application that is delivered: a Deployment, a ConfigMap with a finalizer of somebody's, and a Secret. */
async function shop(name: string, policy: object = {}): Promise<void> {
  await daemon.world.makeNamespace(name);
  const { url } = await daemon.world.repository(name, {
    "app/all.yaml": [
      deployment({ namespace: name, name: "web" }),
      configMap(name, "settings"),
      configMap(name, "other"),
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace: name, name: "key" },
        stringData: { a: "b" },
      },
    ],
  });
  const spec = {
    ...{ project: "default", source: { repoURL: url, path: "app", targetRevision: "main" }, ...policy },
    destination: { server: "https://kubernetes.default.svc", namespace: name },
  };
  daemon.file(`${name}.yaml`, {
    ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name }, spec },
  });
  await daemon.untilNames([...new Set([...(await daemon.names()), name])]);
  const { code, stderr } = await run(`app sync ${name} --timeout 60 -q`);
  expect([stderr, code]).toEqual(["", 0]);
  expect((await run(`app wait ${name} --health --timeout 60 -q`)).code).toBe(0);
}

test("get-resource shows what the cluster has, without who set what, and no secret", async () => {
  await shop("shown");
  const one = await run("app get-resource shown --kind configmap --resource-name settings -o json");
  expect(JSON.parse(one.stdout)).toMatchObject({ kind: "ConfigMap", data: { key: "value" } });
  expect(one.stdout).not.toContain("managedFields");
  const whole = await run("app get-resource shown --kind ConfigMap --show-managed-fields");
  expect(whole.stdout).toContain("managedFields:");
  expect(whole.stdout.match(/^kind: ConfigMap$/gm)).toHaveLength(2);
  for (const [typed, what] of [
    ["cm", "ConfigMap"],
    ["deploy", "Deployment"],
    ["deployments", "Deployment"],
  ])
    expect((await run(`app get-resource shown --kind ${typed} -o name`)).stdout).toContain(`${what}/`);
  const several = await run("app get-resource shown --kind ConfigMap -o json");
  expect(JSON.parse(several.stdout)).toMatchObject({ kind: "ObjectList", items: [{}, {}] });
  expect((await run("app get-resource shown --kind ConfigMap -o name")).stdout).toBe(
    "ConfigMap/other\nConfigMap/settings\n",
  );
  const secret = await run("app get-resource shown --kind Secret -o json");
  expect(JSON.parse(secret.stdout).data.a).not.toBe("Yg==");
  expect(secret.stdout).not.toContain("Yg==");
});

test("what is no object of it, and no word for one, is refused before anything is asked", async () => {
  await shop("refused");
  const none = await run("app get-resource refused --kind Service");
  expect([none.code, none.stderr.split("\n")[0]]).toEqual([3, "✗ argocd/refused has no such object."]);
  for (const verb of ["get-resource", "delete-resource --yes", "patch-resource -p {}"]) {
    const { code, stderr } = await run(
      `app ${verb.replace(" ", " refused ")}${verb.includes(" ") ? "" : " refused"}`,
    );
    expect([verb, code, stderr.split("\n")[0]]).toEqual([verb, 2, "✗ Which object is meant?"]);
  }
  for (const verb of ["delete-resource refused --yes", "patch-resource refused -p {}"]) {
    const { code, stderr } = await run(`app ${verb} --kind ConfigMap`);
    expect([verb, code, stderr.split("\n")[0]]).toEqual([
      verb,
      2,
      "✗ 2 objects of argocd/refused are meant: ConfigMap/other, ConfigMap/settings.",
    ]);
  }
  const patch = await run("app patch-resource refused --kind Deployment -p 3");
  expect([patch.code, patch.stderr.split("\n")[0]]).toEqual([
    2,
    "✗ The patch is neither fields nor a list of operations.",
  ]);
});

test("patch-resource writes, and shows what the server made of it", async () => {
  await shop("patched");
  const labelled = `app patch-resource patched --kind ConfigMap --resource-name settings -p {"metadata":{"labels":{"by":"hand"}}}`;
  const done = await run(labelled);
  expect([done.code, done.stderr]).toEqual([0, ""]);
  const [head, ...lines] = done.stdout.trimEnd().split("\n");
  expect(head).toBe("✓ argocd/patched: ConfigMap/settings: was changed");
  expect(lines.filter((line) => /^[+-]/.test(line))).toEqual(["+  labels:", "+    by: hand"]);
  expect((await run(labelled)).stdout).toBe(
    "✓ argocd/patched: ConfigMap/settings: is as the patch says already\n",
  );
  const ops = `[{"op":"remove","path":"/metadata/labels/by"}]`;
  const json = await run(
    `app patch-resource patched --kind ConfigMap --resource-name settings --patch-type json -o json -p ${ops}`,
  );
  expect(JSON.parse(json.stdout).metadata.labels).toBeUndefined();
});

test("what Git sets is not patched where self-heal would put it back", async () => {
  await shop("heals", { syncPolicy: { automated: { selfHeal: true } } });
  const { code, stderr } = await run(
    `app patch-resource heals --kind Deployment --resource-name web -p {"spec":{"template":{"spec":{"containers":[{"name":"web","image":"other"}]}}}}`,
  );
  expect([code, stderr]).toEqual([7, expect.stringContaining("self-heal would put it back at once")]);
});

test("delete-resource shows what comes of it, asks, and says what it saw then", async () => {
  await shop("deleted");
  const line = "app delete-resource deleted --kind ConfigMap --resource-name settings";
  const no = await run(line, { terminal: { columns: 100 }, stdin: { text: "n\n", isTTY: true } });
  expect(no).toMatchObject({ code: 0 });
  expect(no.stdout).toContain("ConfigMap/settings: it is in Git: the next sync makes it again");
  expect(no.stderr).toContain("They go from the cluster, not from Git; what they own goes first.");
  expect(no.stderr).toEndWith("Delete 1 object of argocd/deleted? [y/N] Nothing was deleted.\n");
  expect(await daemon.world.hasConfigMap("deleted", "settings")).toBe(true);
  expect(await run(line)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Nobody can answer: this is no terminal."),
  });
  const silent = await run(`${line} --no-input`, {
    ...{ terminal: { columns: 100 }, stdin: { text: "y\n", isTTY: true } },
  });
  expect(silent).toMatchObject({ code: 2, stderr: expect.stringContaining("--no-input says so.") });
  expect(await daemon.world.hasConfigMap("deleted", "settings")).toBe(true);
  const yes = await run(`${line} --yes -q`);
  expect([yes.code, yes.stderr, yes.stdout]).toEqual([
    0,
    "",
    "ConfigMap/settings: it is in Git: the next sync makes it again\n✓ ConfigMap/settings: is gone\n",
  ]);
  expect(await daemon.world.hasConfigMap("deleted", "settings")).toBe(false);
});

test("an object that a finalizer holds is told as such, and waited for as long as is said", async () => {
  await shop("held");
  const finalizers = `{"metadata":{"finalizers":["example.com/held"]}}`;
  const named = "held --kind ConfigMap --resource-name other";
  expect((await run(`app patch-resource ${named} -p ${finalizers}`)).code).toBe(0);
  const { code, stdout, stderr } = await run(`app delete-resource ${named} --yes -q --wait --timeout 1`);
  expect(stdout).toContain("ConfigMap/other: is being deleted; example.com/held holds it\n");
  expect([code, stderr]).toEqual([
    6,
    "✗ Not gone after 1 s.\n  ConfigMap/other: is being deleted; example.com/held holds it   exit 6\n",
  ]);
});

test("what is made again meanwhile is told as such", async () => {
  await shop("again", { syncPolicy: { automated: { selfHeal: true } } });
  const { code, stdout } = await run(
    "app delete-resource again --kind ConfigMap --resource-name other --yes -q --wait --timeout 60",
  );
  expect(stdout).toContain("it is in Git, and self-heal makes it again\n");
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/✓ ConfigMap\/other: is gone(, and another one .*)?\n$/),
  ]);
});

test("an object that took the name of the one that was shown is not deleted", async () => {
  await shop("renamed");
  const at = "/api/v1/namespaces/renamed/configmaps/other";
  // On the way from the question to the deletion somebody makes it anew.
  const proxy = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (request.method === "DELETE") {
        const { metadata } = await daemon.world.find(at);
        await daemon.world.must("DELETE", at);
        await daemon.world.must("POST", at.replace("/other", ""), {
          ...configMap("renamed", "other", { key: "new" }, metadata.annotations),
        });
        const named = "kind=ConfigMap&namespace=renamed&resourceName=other";
        await eventually("the daemon sees the new one", async () => {
          const { body } = await daemon.api(`/api/v1/applications/renamed/resource?${named}`);
          return body.manifest !== undefined && JSON.parse(body.manifest).metadata.uid !== metadata.uid;
        });
      }
      const body = request.method === "GET" ? {} : { body: await request.text() };
      return fetch(daemon.daemon.url + pathname + search, {
        ...{ method: request.method, ...body },
        headers: { "content-type": "application/json" },
      });
    },
  });
  const line = "app delete-resource renamed --kind ConfigMap --resource-name other --yes -q";
  const { code, stderr } = await run(line, { server: proxy.url.origin });
  await proxy.stop(true);
  expect([code, stderr]).toEqual([7, expect.stringContaining("its uid is")]);
  expect((await daemon.world.find(at))?.data).toEqual({ key: "new" });
});

test("what a Pod's owner makes again is told, and --all takes several", async () => {
  await shop("owned");
  const line = "app delete-resource owned --kind Pod --all --force --yes -q";
  const { code, stdout } = await run(line);
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^Pod\/web-\S+: what owns it may make it again\n/),
  ]);
});

test("open prints the page of an application and of an object, and shows it where there is a browser", async () => {
  await shop("opened");
  const url = `${daemon.daemon.url}/applications/argocd/opened`;
  const opened: string[] = [];
  const browse = async (address: string): Promise<"opened"> => {
    opened.push(address);
    return "opened";
  };
  const piped = await run("app open opened", { browse });
  expect([piped, opened]).toEqual([{ code: 0, stdout: `${url}\n`, stderr: "" }, []]);
  const terminal = { columns: 100 };
  expect((await run("app open opened --print", { browse, terminal })).stdout).toBe(`${url}\n`);
  expect((await run("app open opened", { terminal })).stdout).toBe(`${url}\n`);
  expect(opened).toEqual([]);
  const object = "app open opened --kind Deployment --resource-name web";
  expect(await run(object, { browse, terminal })).toMatchObject({ code: 0, stderr: "Your browser shows:\n" });
  const node = idOf({ group: "apps", kind: "Deployment", namespace: "opened", name: "web" });
  expect(opened).toEqual([`${url}?${new URLSearchParams({ node })}`]);
  expect((await run("app open opened --kind ConfigMap")).code).toBe(2);
  expect((await run("app open nothing")).code).toBe(3);
});
