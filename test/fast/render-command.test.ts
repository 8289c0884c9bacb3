/** Commands that an operator declares, in the real sandbox, with a real shell and real Helm and kustomize. */
import { afterEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { Rendered } from "../../src/core/ports/renderers.ts";
import { isProcessRunning } from "../../src/lib/is-process-running.ts";
import { isFullSandbox, type SandboxLevel, sandboxes } from "../../src/render/sandbox-level.ts";
import { commandStand, FILES, textOf } from "../lib/command-stand.ts";
import { eventually } from "../lib/eventually.ts";
import { GRANTS, plugin } from "../lib/management-plugin.ts";
import { applicationOf, askFor, CLUSTER } from "../lib/render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

/** Every way in which a tool can be shut in here. */
const walled: SandboxLevel[] = [];
for await (const each of sandboxes()) if (isFullSandbox(each)) walled.push(each);
/** Something that stands nowhere but in this process. */
const outside = mkdtempSync(join(tmpdir(), "holdfast-outside-"));
writeFileSync(join(outside, "ca.pem"), "operator's\n");

const stand = await commandStand();
const { hostOf, rendered, failureOf } = stand;
afterEach(() => stand.clear());
process.on("exit", () => rmSync(outside, { recursive: true, force: true }));

describe("a declared command", () => {
  test("runs init and generate in the source's folder, with the rest of the repository beside it", async () => {
    const made = await rendered(
      plugin("cat a.yaml made.yaml", { init: ["sh", "-c", "cat ../base/b.yaml > made.yaml; echo ignored"] }),
    );
    expect(textOf(made)).toBe(configMap("a") + configMap("b"));
    expect(made.sourceTypes).toEqual(["Plugin"]);
    expect(made.documents[0]?.documents[0]).toMatchObject({
      file: "app/generate of own (as rendered)",
      line: 1,
    });
  });

  test("sees its folder alone where the config says so, and is not rendered anew for another one", async () => {
    const declared = plugin("cat a.yaml; find .. -name b.yaml", { grants: { reads: "folder" } });
    stand.repository = sourceFolder(FILES);
    const host = await hostOf([declared]);
    const render = async (): Promise<Rendered> =>
      host.renderers.render(
        askFor(
          applicationOf({ path: "app", plugin: { name: "own" } }),
          await (stand.repository as SourceFolder).tree(),
        ),
      );
    expect(textOf(await render())).toBe(configMap("a"));
    stand.repository.write({ "base/b.yaml": configMap("other") });
    await render();
    expect(host.ran).toEqual(["own"]);
    stand.repository.write({ "app/a.yaml": configMap("other") });
    expect(textOf(await render())).toBe(configMap("other"));
  });

  test("starts the tools that it names, with their versions in the key, and no other", async () => {
    const files = {
      "app/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
      "app/templates/c.yaml": configMap("{{ .Release.Name }}"),
    };
    const script = 'helm template "$ARGOCD_APP_NAME" .';
    const grants = { tools: [...GRANTS.tools, "helm"] };
    expect(
      textOf(await rendered(plugin(script, { grants }), { name: "own", env: [] }, files)).trim(),
    ).not.toBe("");
    expect(textOf(await rendered(plugin(script, { grants }), { name: "own" }, files))).toContain(
      "name: shop",
    );
    expect(await failureOf(plugin(script), { name: "own" }, files)).toMatch(
      /^app: cannot render: generate of own says: .*helm: not found/,
    );
  });

  test("has the build environment, the source's env and parameters, and of the daemon's what it asked for", async () => {
    process.env["HOLDFAST_TEST_CANARY"] = "canary";
    const declared = plugin("env", {
      grants: { env: [{ name: "MODE", value: new Secret("prod") }] },
    });
    const lines = textOf(
      await rendered(declared, {
        name: "own",
        env: [
          { name: "HELM_ARGS", value: "-f $ARGOCD_APP_NAME.yaml" },
          { name: "PATH", value: "/evil" },
        ],
        parameters: [
          { name: "a-name", string: "text" },
          { name: "list", array: ["x", "y"] },
          { name: "map", map: { "a.b": "1" } },
        ],
      }),
    ).split("\n");
    delete process.env["HOLDFAST_TEST_CANARY"];
    for (const line of [
      "MODE=prod",
      "ARGOCD_APP_NAME=shop",
      "ARGOCD_APP_NAMESPACE=shop",
      "ARGOCD_APP_SOURCE_PATH=app",
      "ARGOCD_ENV_HELM_ARGS=-f shop.yaml",
      "ARGOCD_ENV_PATH=/evil",
      "PARAM_A_NAME=text",
      "PARAM_LIST_0=x",
      "PARAM_LIST_1=y",
      "PARAM_MAP_A_B=1",
      'ARGOCD_APP_PARAMETERS=[{"name":"a-name","string":"text"},{"name":"list","array":["x","y"]},{"name":"map","map":{"a.b":"1"}}]',
    ])
      expect(lines).toContain(line);
    expect(lines.join()).not.toContain("canary");
    // What changes with each commit and cluster is there only where it is named.
    expect(lines.join()).not.toContain("ARGOCD_APP_REVISION");
    expect(lines.join()).not.toContain("KUBE_VERSION");
  });

  test.each([
    ["the command", "echo r: $ARGOCD_APP_REVISION $KUBE_VERSION", {}],
    ["a file that it reads", ". ./own.sh", { "app/own.sh": "echo r: $ARGOCD_APP_REVISION $KUBE_VERSION\n" }],
  ])("has the commit and the cluster's version where %s names them", async (_, script, more) => {
    const made = await rendered(plugin(script), { name: "own" }, { ...FILES, ...more });
    expect(textOf(made)).toBe(`r: ${"0".repeat(40)} v1.34.1\n`);
    expect(made.inputs).toBe("unknown");
  });

  test("is rendered anew where the source puts the commit or the cluster's version into its variables", async () => {
    const env = [{ name: "AT", value: "$ARGOCD_APP_REVISION ${KUBE_VERSION}" }];
    stand.repository = sourceFolder(FILES);
    const tree = await stand.repository.tree();
    const host = await hostOf([plugin("echo r: $ARGOCD_ENV_AT")]);
    const app = applicationOf({ path: "app", plugin: { name: "own", env } });
    const render = async (commit: string, kubeVersion: string) => {
      const ask = askFor(app, tree, { cluster: { ...CLUSTER, kubeVersion } });
      const sources = ask.sources.map((one) => ({
        ...one,
        revision: { is: "commit" as const, commit: commit as CommitSha },
      }));
      return host.renderers.render({ ...ask, sources });
    };
    const [first, second] = ["1".repeat(40), "2".repeat(40)] as const;
    const made = await render(first, "v1.34.1");
    expect(textOf(made)).toBe(`r: ${first} v1.34.1\n`);
    expect(made.inputs).toBe("unknown");
    expect(textOf(await render(second, "v1.34.1"))).toBe(`r: ${second} v1.34.1\n`);
    expect(textOf(await render(second, "v1.35.0"))).toBe(`r: ${second} v1.35.0\n`);
    await render(second, "v1.35.0");
    expect(host.ran).toHaveLength(3);
  });

  const SAYS = "#!/bin/sh\necho r: $ARGOCD_APP_REVISION $KUBE_VERSION\n";
  test.each<[string, (folder: string) => Parameters<typeof plugin>[1] & { script: string }]>([
    [
      "a script among its tools",
      (folder) => ({ script: "own.sh", grants: { tools: [...GRANTS.tools, join(folder, "own.sh")] } }),
    ],
    ["a folder of tools", (folder) => ({ script: ". own.sh", grants: { toolFolders: [folder] } })],
    ["a mount", (folder) => ({ script: `. ${folder}/own.sh`, grants: { mounts: [folder] } })],
    [
      "a mount that is packed",
      (folder) => ({
        script: `gzip -dc ${folder}/packed > x; . ./x`,
        grants: { tools: [...GRANTS.tools, "gzip"], mounts: [join(folder, "packed")] },
      }),
    ],
  ])("has them where %s names them", async (_, declared) => {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-own-"));
    writeFileSync(join(folder, "own.sh"), SAYS);
    writeFileSync(join(folder, "packed"), Bun.gzipSync(SAYS));
    chmodSync(join(folder, "own.sh"), 0o755);
    const { script, ...options } = declared(folder);
    const made = await rendered(plugin(script, options));
    rmSync(folder, { recursive: true });
    expect(textOf(made)).toBe(`r: ${"0".repeat(40)} v1.34.1\n`);
    expect(made.inputs).toBe("unknown");
  });

  test("has them where they are packed in the repository, and not for a chart that is", async () => {
    const files = { ...FILES, "app/charts/web-1.0.0.tgz": "packed" };
    const script = "echo r: $(env | grep -c P_REVISION=)";
    expect(textOf(await rendered(plugin(script), { name: "own" }, files))).toBe("r: 0\n");
    stand.repository?.write({ "base/own.tar.gz": "packed" });
    expect(textOf(await rendered(plugin(script)))).toBe("r: 1\n");
  });

  test("reads an operator's folder, and is rendered anew where that was changed", async () => {
    stand.repository = sourceFolder(FILES);
    const host = await hostOf([plugin(`cat ${outside}/ca.pem`, { grants: { mounts: [outside] } })]);
    const render = async (): Promise<string> =>
      textOf(
        await host.renderers.render(
          askFor(
            applicationOf({ path: "app", plugin: { name: "own" } }),
            await (stand.repository as SourceFolder).tree(),
          ),
        ),
      );
    expect(await render()).toBe("operator's\n");
    await render();
    expect(host.ran).toHaveLength(1);
    writeFileSync(join(outside, "ca.pem"), "operator's newer one\n");
    expect(await render()).toBe("operator's newer one\n");
    writeFileSync(join(outside, "ca.pem"), "operator's\n");
  });

  test("runs a program that one of several folders of tools holds", async () => {
    const folders = ["one", "two"].map((name) => join(outside, name));
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folders[1] ?? "", "greet"), "#!/bin/sh\ncat a.yaml\n", { mode: 0o755 });
    const declared = plugin("", { grants: { tools: ["sh", "cat"], toolFolders: folders } });
    const made = await rendered({ ...declared, makes: { by: "command", generate: ["greet"] } });
    expect(textOf(made)).toBe(configMap("a"));
  });

  test.each(["a folder", "a file of it"])(
    "is rendered anew where %s that Kubernetes mounts was exchanged",
    async (what) => {
      // As kubelet does it: each file leads by ..data to a folder of one version, and that link is replaced at once.
      const volume = mkdtempSync(join(tmpdir(), "holdfast-volume-"));
      const put = (version: string): void => {
        mkdirSync(join(volume, version));
        writeFileSync(join(volume, version, "key"), `${version}\n`);
        symlinkSync(version, join(volume, "..data_tmp"));
        renameSync(join(volume, "..data_tmp"), join(volume, "..data"));
      };
      put("..one");
      symlinkSync("..data/key", join(volume, "key"));
      const file = join(volume, "key");
      const mounts = [what === "a folder" ? volume : file];
      stand.repository = sourceFolder(FILES);
      const host = await hostOf([plugin(`cat ${file}`, { grants: { mounts } })]);
      const render = async (): Promise<string> => {
        const app = applicationOf({ path: "app", plugin: { name: "own" } });
        return textOf(
          await host.renderers.render(askFor(app, await (stand.repository as SourceFolder).tree())),
        );
      };
      expect([await render(), await render(), host.ran.length]).toEqual(["..one\n", "..one\n", 1]);
      put("..two");
      rmSync(join(volume, "..one"), { recursive: true });
      expect([await render(), await render(), host.ran.length]).toEqual(["..two\n", "..two\n", 2]);
      rmSync(volume, { recursive: true });
    },
  );

  test("warns of a parameter that it says it needs", async () => {
    const declared = plugin("cat a.yaml", { parameters: [{ name: "size", required: true }] });
    const { problems } = await rendered(declared);
    expect(problems.map(({ text }) => text)).toEqual([
      "the plugin own says that it needs the parameter size, which the source does not set",
    ]);
  });
});

describe("what goes wrong is one sentence", () => {
  test.each([
    ["it fails", "echo bad value >&2; exit 3", "generate of own says: bad value"],
    ["it fails without a word", "exit 3", "generate of own says: nothing, and ended with code 3"],
    ["it writes nothing", "exit 0", "generate of own ended well and wrote nothing. Correct the command"],
    ["it never ends", "sleep 300 & sleep 300", "own did not end within 4 seconds"],
    [
      "it writes without end",
      "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done",
      /did not end within|wrote more than 64 MiB/,
    ],
    ["it forks", "while :; do sleep 60 & done", "generate of own had more than 256 processes at once"],
    ["it executes what it wrote", "echo 'echo no' > x; ./x", "generate of own says: .*Permission denied"],
    ["it is no YAML's fault: a parameter without a name of a variable", "exit 0", "holds a NUL"],
  ])("%s", async (name, script, says) => {
    const block = name.includes("parameter")
      ? { name: "own", parameters: [{ name: "x", string: "a\0b" }] }
      : { name: "own" };
    expect(await failureOf(plugin(script), block)).toMatch(new RegExp(says));
  });

  test("init fails: generate does not run", async () => {
    const declared = plugin("echo made", { init: ["sh", "-c", "echo no base >&2; exit 1"] });
    expect(await failureOf(declared)).toContain("init of own says: no base");
  });

  test("it writes elsewhere, or looks there: nothing is changed, and nothing seen", async () => {
    const file = join(outside, "written");
    expect(await failureOf(plugin(`echo x > ${file}`))).toMatch(
      /generate of own says: .*(cannot create|Permission)/,
    );
    expect(existsSync(file)).toBe(false);
    expect(await failureOf(plugin(`echo x > ${file}`, { grants: { mounts: [outside] } }))).toMatch(
      /generate of own says: .*(cannot create|Permission)/,
    );
    expect(existsSync(file)).toBe(false);
    expect(await failureOf(plugin(`cat ${outside}/ca.pem`))).toMatch(/No such file|Permission denied/);
    expect(await failureOf(plugin("cat /etc/passwd"))).toMatch(/No such file|Permission denied/);
  });

  test("nobody whom it started is left, whoever leaves its group included", async () => {
    // It goes on once the one that would leave has left, or could not.
    const leave = "setsid sh -c 'echo > left; exec sleep 317' || echo > left";
    const declared = plugin(`(${leave}) & (sleep 317 &); while [ ! -e left ]; do :; done; cat a.yaml`, {
      grants: { tools: [...GRANTS.tools, "setsid"] },
    });
    await rendered(declared).then(textOf, () => "");
    const left = (): number => [...runningWith("317")].length;
    await eventually("they are gone", async () => left() === 0);
  });

  test("a secret of its environment is not repeated", async () => {
    const declared = plugin('echo "token is $DEPLOY_TOKEN" >&2; exit 1', {
      grants: { env: [{ name: "DEPLOY_TOKEN", value: new Secret("canary-canary") }] },
    });
    const says = await failureOf(declared);
    expect(says).toContain("token is ***");
    expect(says).not.toContain("canary");
  });

  test("a tool is missing", async () => {
    expect(await failureOf(plugin("exit 0", { grants: { tools: ["sh", "no-such-tool"] } }))).toContain(
      "no-such-tool: cannot render: it was not found on PATH",
    );
  });
});

test.each(walled.map((each) => [`${each.name}, network ${each.network}, ${each.namespaces}`, each] as const))(
  "what a step starts, no earlier step of the render can have put there (%s)",
  async (_, shutIn) => {
    // Everything that a script can do to a folder, to the one that it finds its programs in and to what lies beside it.
    const init = `
      bin=\${PATH%%:*}
      for place in "$bin" "$bin/.." "$bin/../steps" "$bin/../root"; do
        mv "$place/cat" "$place/real" && mv "$HOME/evil" "$place/cat" && echo "moved in $place"
        rm -f "$place/cat" "$place"/* && ln -s "$bin/sh" "$place/cat" && echo "linked in $place"
        echo x > "$place/new" && echo "written in $place"
        mkdir "$place/newer" && echo "made in $place"
        mv "$place" "$place-away" && echo "moved $place"
      done >> said 2>/dev/null
      : >> said`;
    const declared = plugin('echo "# said: $(cat said)"; cat a.yaml', {
      init: ["sh", "-c", init],
      grants: { tools: [...GRANTS.tools, "rm", "mv", "ln", "mkdir"] },
    });
    const host = await hostOf([declared], { level: shutIn });
    stand.repository = sourceFolder(FILES);
    const ask = askFor(
      applicationOf({ path: "app", plugin: { name: "own" } }),
      await stand.repository.tree(),
    );
    expect(textOf(await host.renderers.render(ask))).toBe(`# said: \n${configMap("a")}`);
    expect(readdirSync(join(host.folder, "scratch"))).toEqual([]);
  },
);
/** Processes with this word in their arguments. */
function* runningWith(word: string): Generator<number> {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (
        readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").includes(word) &&
        isProcessRunning(Number(name))
      )
        yield Number(name);
    } catch (cause) {
      if (!String(cause).includes("ENOENT") && !String(cause).includes("ESRCH")) throw cause;
    }
  }
}
