import { describe, expect, test } from "bun:test";
import { showProblem } from "../core/model/problem.ts";
import { parseConfig } from "./load-config.ts";

const CMP = `apiVersion: argoproj.io/v1alpha1
kind: ConfigManagementPlugin
metadata: { name: own }
spec:
  version: v1.0
  init: { command: [sh, -c], args: ["echo ready"] }
  generate: { command: [sh, -c, "helm template ."] }
  discover: { fileName: "./*.own" }
  parameters: { static: [{ name: size, required: true, itemType: number }, { name: colour }] }
  preserveFileMode: true
  lockRepo: false
  allowConcurrency: true
`;
const indented = (text: string, by: string): string => text.replace(/^(?=.)/gm, by);

function read(entries: string, files: Record<string, string> = {}) {
  return parseConfig(`configManagementPlugins:\n${entries}`, "/etc/holdfast/holdfast.yaml", {
    env: { MODE: "prod", TOKEN: "t" },
    validateCron: () => undefined,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error("none"), { code: "ENOENT" });
      return text;
    },
  });
}
function plugins(entries: string, files?: Record<string, string>) {
  const parsed = read(entries, files);
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join("\n"));
  return parsed.value.configManagementPlugins;
}
function said(entries: string, files?: Record<string, string>): string[] {
  const parsed = read(entries, files);
  return (parsed.ok ? parsed.warnings : parsed.problems).map(showProblem);
}

describe("configManagementPlugins of the config", () => {
  test("declares a plugin in place; a dollar sign in a command is the shell's", () => {
    const [plugin] = plugins(
      '- { name: mine, generate: [sh, -c, "echo ${ARGOCD_APP_NAME} $$"], discoverGlob: "**/x", tools: [sh, ./bin/tool, ./bin/], env: [MODE], mounts: [./ca], reads: folder }\n',
    );
    expect(plugin).toMatchObject({
      name: "mine",
      makes: { by: "command", generate: ["sh", "-c", "echo ${ARGOCD_APP_NAME} $$"] },
      discover: { by: "glob", glob: "**/x" },
      grants: {
        tools: ["sh", "/etc/holdfast/bin/tool"],
        toolFolders: ["/etc/holdfast/bin"],
        mounts: ["/etc/holdfast/ca"],
        reads: "folder",
      },
    });
    expect(plugin?.grants.env.map(({ name, value }) => [name, value.reveal()])).toEqual([["MODE", "prod"]]);
  });

  test("reads a ConfigManagementPlugin as it stands", () => {
    const files = { "/etc/holdfast/plugin.yaml": CMP };
    expect(plugins("- { file: ./plugin.yaml, tools: [sh, helm] }\n", files)).toMatchObject([
      {
        name: "own-v1.0",
        makes: { init: ["sh", "-c", "echo ready"], generate: ["sh", "-c", "helm template ."] },
        discover: { by: "file-name", glob: "./*.own" },
        parameters: [
          { name: "size", required: true },
          { name: "colour", required: false },
        ],
        grants: { reads: "repository", env: [], mounts: [] },
      },
    ]);
    expect(said("- { file: ./plugin.yaml, tools: [sh, helm] }\n", files)).toEqual([]);
  });

  test("reads a ConfigMap that holds some, takes the one that is named, and lets the config win over it", () => {
    const other = CMP.replace("name: own", "name: other").replace("  version: v1.0\n", "");
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: cmp }\ndata:\n  note: text\n  a.yaml: |\n${indented(CMP, "    ")}  b.yaml: |\n${indented(`---\n${other}`, "    ")}`;
    const files = { "/etc/holdfast/cm.yaml": text };
    expect(plugins("- { file: cm.yaml, tools: [sh] }\n", files).map(({ name }) => name)).toEqual([
      "own-v1.0",
      "other",
    ]);
    expect(
      plugins("- { file: cm.yaml, name: other, generate: [cat, a.yaml], tools: [sh, cat] }\n", files),
    ).toMatchObject([
      { name: "other", makes: { init: ["sh", "-c", "echo ready"], generate: ["cat", "a.yaml"] } },
    ]);
  });

  test.each([
    ["a ConfigMap", "kind: ConfigMap\ndata:\n  configManagementPlugins: |\n", "    "],
    ["its data alone", "configManagementPlugins: |\n", "  "],
    ["a list in place", "configManagementPlugins:\n", "  "],
  ])("reads the older key of argocd-cm, in %s", (_, head, indent) => {
    const list =
      '- name: old\n  init: { command: [sh, -c], args: ["true"] }\n  generate: { command: ["/bin/sh"], args: [x.sh] }\n  lockRepo: true\n';
    const files = { "/etc/holdfast/argocd-cm.yaml": `${head}${indented(list, indent)}` };
    expect(plugins("- { file: argocd-cm.yaml, tools: [sh] }\n", files)).toMatchObject([
      {
        name: "old",
        makes: { init: ["sh", "-c", "true"], generate: ["/bin/sh", "x.sh"] },
        discover: { by: "nothing" },
      },
    ]);
  });

  test.each(
    (
      [
        [
          "argocd-vault-plugin, which would need a network",
          '- { name: avp, generate: [sh, -c, "helm template . | argocd-vault-plugin generate -"], tools: [sh] }\n',
          "avp runs argocd-vault-plugin, which has no network to ask a secret store in. Declare it without its command: { name: avp, renderWith: helm, secretStore: … }",
        ],
        [
          "a store that is not there",
          "- { name: avp, renderWith: helm, secretStore: none }\n",
          "configManagementPlugins[0].secretStore: there is no secret store none. Add it to secretStores",
        ],
        [
          "what only a command has beside a renderer",
          "- { name: a, renderWith: helm, tools: [sh] }\n",
          "configManagementPlugins[0].tools: changes nothing beside renderWith, which runs no command. Remove it",
        ],
        [
          "a renderer beside a command",
          "- { name: a, renderWith: helm, generate: [sh], tools: [sh] }\n",
          "renderWith: needs a name, and neither a file nor generate beside it",
        ],
        [
          "nothing",
          "- { tools: [sh] }\n",
          "configManagementPlugins[0]: needs name and generate, or name and renderWith, or file",
        ],
        [
          "a program that is not among the tools",
          "- { name: a, generate: [sh, x] }\n",
          "configManagementPlugins[0].tools: a runs sh, which is not among its tools. Add sh",
        ],
        [
          "a script of the repository",
          "- { name: a, generate: [./x.sh] }\n",
          "a runs ./x.sh, and nothing in a repository can be executed. Let a shell read it: [sh, ./x.sh]",
        ],
        [
          "a variable that is not set",
          "- { name: a, generate: [sh], tools: [sh], env: [NONE] }\n",
          "configManagementPlugins[0].env[0]: the environment variable NONE is not set",
        ],
        [
          "a variable that is the sandbox's",
          "- { name: a, generate: [sh], tools: [sh], env: [LD_PRELOAD] }\n",
          "LD_PRELOAD is the sandbox's to say",
        ],
        [
          "the folder of the daemon",
          "- { name: a, generate: [sh], tools: [sh], mounts: [./data/keys] }\n",
          "/etc/holdfast/data/keys would show the plugin what is this program's own, in /etc/holdfast/data",
        ],
        [
          "the whole machine",
          "- { name: a, generate: [sh], tools: [sh], mounts: [/] }\n",
          "/ would show the plugin what is this program's own",
        ],
        [
          "a folder above the daemon's",
          "- { name: a, generate: [sh], tools: [/etc/] }\n",
          "/etc would show the plugin what is this program's own",
        ],
        [
          "two of one name",
          "- { name: a, generate: [sh], tools: [sh] }\n- { name: a, generate: [sh], tools: [sh] }\n",
          "configManagementPlugins[1].name: two plugins are named a",
        ],
        [
          "a file that is not there",
          "- { file: x.yaml }\n",
          "the file /etc/holdfast/x.yaml cannot be read: no such file",
        ],
        [
          "a file without a plugin",
          "- { file: x.yaml }\n",
          "/etc/holdfast/x.yaml holds no config management plugin",
          { "/etc/holdfast/x.yaml": "kind: ConfigMap\ndata: {a: b}\n" },
        ],
        [
          "a name that the file does not have",
          "- { file: x.yaml, name: other, tools: [sh, helm] }\n",
          "holds no plugin other; it holds own-v1.0",
          { "/etc/holdfast/x.yaml": CMP },
        ],
        [
          "a file whose plugin runs nothing",
          "- { file: x.yaml }\n",
          "/etc/holdfast/x.yaml:4: spec.generate: own runs nothing",
          { "/etc/holdfast/x.yaml": CMP.replace(/ {2}generate:.*\n/, "") },
        ],
        [
          "a command of no words",
          "- { file: x.yaml }\n",
          "spec.generate: must have command, and may have args: lists of strings",
          { "/etc/holdfast/x.yaml": CMP.replace(/generate:.*/, "generate: { command: 5 }") },
        ],
        [
          "a key that nobody knows",
          "- { file: x.yaml, tools: [sh, helm] }\n",
          "/etc/holdfast/x.yaml:12: spec.lockrepo: is none of the fields that Argo CD knows, and changes nothing. Did you mean lockRepo?",
          {
            "/etc/holdfast/x.yaml": CMP.replace(
              "lockRepo: false\n",
              "preserveFileMode: true\n  lockrepo: false\n",
            ),
          },
        ],
        [
          "credentials that no plugin gets",
          "- { file: x.yaml, tools: [sh, helm] }\n",
          "spec.provideGitCreds: is not given: a plugin has no network here, and no credentials",
          { "/etc/holdfast/x.yaml": `${CMP}  provideGitCreds: true\n` },
        ],
        [
          "parameters that are announced by a command",
          "- { file: x.yaml, tools: [sh, helm] }\n",
          "spec.parameters.dynamic: is not run",
          {
            "/etc/holdfast/x.yaml": CMP.replace(
              /parameters:.*/,
              "parameters: { dynamic: { command: [sh] } }",
            ),
          },
        ],
      ] as [string, string, string, Record<string, string>?][]
    ).map(([name, entries, says, files = {}]) => ({ name, entries, says, files })),
  )("says what is wrong with $name", ({ entries, says, files }) => {
    expect(said(entries, files).join("\n")).toContain(says);
  });
});

describe("secretStores of the config", () => {
  const stores = (text: string) =>
    parseConfig(`secretStores:\n${text}`, "/etc/holdfast/holdfast.yaml", {
      env: {},
      validateCron: () => undefined,
    });

  test("has a token, or a role", () => {
    const parsed = stores(
      '- { name: a, address: "https://v:8200/", token: t }\n- { name: b, address: "http://v/x", roleId: r, secretId: s, mount: /auth/other/, kvVersion: "1", paths: ["secret/data/**"] }\n',
    );
    if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join());
    expect(parsed.value.secretStores).toMatchObject([
      { name: "a", address: "https://v:8200", login: { by: "token" }, kvVersion: "2", paths: [] },
      { name: "b", login: { by: "approle", roleId: "r", mount: "auth/other" }, kvVersion: "1" },
    ]);
    expect(JSON.stringify(parsed.value.secretStores)).not.toContain('"t"');
  });

  test.each([
    ["no login", '- { name: a, address: "https://v" }\n', "needs token, or roleId and secretId"],
    [
      "two logins",
      '- { name: a, address: "https://v", token: t, roleId: r, secretId: s }\n',
      "needs token, or roleId and secretId",
    ],
    ["a password in its address", '- { name: a, address: "https://u:p@v", token: t }\n', "must be a URL"],
    [
      "two of one name",
      '- { name: a, address: "https://v", token: t }\n- { name: a, address: "https://w", token: t }\n',
      "secretStores[1].name: two stores are named a",
    ],
    [
      "a path that is no glob",
      '- { name: a, address: "https://v", token: t, paths: ["[x"] }\n',
      "secretStores[0].paths[0]: ",
    ],
  ])("says what is wrong with %s", (_, text, says) => {
    const parsed = stores(text);
    expect((parsed.ok ? [] : parsed.problems).map(showProblem).join("\n")).toContain(says);
  });
});
