/** README.md and the pages that it leads to are held to the program: manifests are valid, commands are there, and outputs are what the program prints. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { EXIT_MEANINGS } from "../../src/cli/exit-codes.ts";
import { createProgram } from "../../src/cli/program.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { validateFiles } from "../../src/config/validate-files.ts";
import type { ApplicationStatus } from "../../src/core/model/application.ts";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { cronProblem } from "../../src/engine/wake/schedule.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { type CliSetting, cli } from "../lib/cli.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const page = (name: string): string => readFileSync(join(import.meta.dir, "../..", name), "utf8");
const text = page("README.md");
const commands = page("docs/commands.md");
const blocks = (language: string, of = text) =>
  [...of.matchAll(new RegExp(`^\`\`\`${language}(?: (\\S+))?\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, file = "", content = ""]) => ({ file, content }),
  );

describe("the quick start of README.md", () => {
  const folder = mkdtempSync(join(tmpdir(), "readme-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  for (const { file, content } of blocks("yaml")) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }

  test("has a config that loads", () => {
    const loaded = loadConfig(join(folder, "holdfast.yaml"), {
      env: { HOLDFAST_TOKEN: "a-token-of-some-length", GIT_TOKEN: "g", HOME: "/home/somebody" },
      validateCron: cronProblem,
    });
    expect(loaded.ok ? loaded.warnings : loaded.problems).toEqual([]);
    expect(loaded.ok && loaded.value.clusters.map(({ kubeconfig }) => kubeconfig)).toEqual([
      "/home/somebody/.kube/config",
    ]);
    expect(loaded.ok && loaded.value.applications).toEqual([join(folder, "apps")]);
  });

  test("has an application without a fault", () => {
    const {
      validated: [validated],
    } = validateFiles(["apps"], {
      env: {},
      validateCron: cronProblem,
      homeNamespace: "argocd",
      from: folder,
    });
    expect(validated).toMatchObject({ is: "manifests", problems: [] });
  });
});

test("docs/install.md has a first application without a fault, after the installation", () => {
  const folder = mkdtempSync(join(tmpdir(), "install-docs-"));
  try {
    const [first] = blocks("yaml", page("docs/install.md")).filter(({ file }) => file === "guestbook.yaml");
    writeFileSync(join(folder, "guestbook.yaml"), first?.content ?? "");
    const { validated } = validateFiles(["guestbook.yaml"], {
      env: {},
      validateCron: cronProblem,
      homeNamespace: "argocd",
      from: folder,
    });
    expect(validated).toMatchObject([{ is: "manifests", problems: [] }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("what README.md and the pages have people paste", () => {
  const pages = [
    "README.md",
    ...readdirSync(join(import.meta.dir, "../../docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];

  test("ends where a program stays in front: what is behind it would never run", () => {
    const cut = pages.flatMap((name) =>
      blocks("sh", page(name)).flatMap(({ content }) => {
        const lines = content.trimEnd().split("\n");
        const at = lines.findIndex((line) =>
          /^(holdfast serve|holdfast demo(?= *(#|$))|npm start)\b(?!.*&\s*(#|$))/.test(line),
        );
        return at === -1 || at === lines.length - 1 ? [] : [`${name}: ${lines[at + 1]}`];
      }),
    );
    expect(cut).toEqual([]);
  });

  test("names no file in README.md that README.md does not have", () => {
    const has = new Set(blocks("yaml").map(({ file }) => file));
    const named = blocks("sh").flatMap(({ content }) =>
      [...content.replaceAll(/#.*$/gm, "").matchAll(/\S+\.yaml\b/g)].map(([file]) => file),
    );
    expect(named.filter((file) => !has.has(file))).toEqual([]);
    expect(named).not.toEqual([]);
  });
});

describe("the commands of README.md and docs/commands.md", () => {
  const program = createProgram({} as never, async () => undefined);
  const isCommand = (words: readonly string[], among: readonly Command[] = program.commands): boolean => {
    const [first, ...rest] = words;
    const found = among.find((command) => command.name() === first);
    return (
      found !== undefined &&
      (rest.length === 0 || found.commands.length === 0 || isCommand(rest, found.commands))
    );
  };
  const rows = (commands.split("| command | |")[1] ?? "").split("\n\n", 1)[0] ?? "";
  const inTable = [...rows.matchAll(/`([a-z][a-z -]+)`/g)].map(([, words = ""]) => words);

  test("names commands that there are", () => {
    const typed = [text, page("docs/before-a-merge.md")]
      .flatMap((of) => blocks("(?:sh|console)", of))
      .flatMap(({ content }) =>
        [...content.matchAll(/(?:^|[&$] ?|npx )holdfast ([a-z ]+[a-z])/gm)].map(([, words = ""]) => words),
      );
    expect([...inTable, ...typed].filter((words) => !isCommand(words.split(" ")))).toEqual([]);
    expect(typed.length).toBeGreaterThan(8);
  });

  test("leaves none out", () => {
    const named = new Set(inTable);
    const leavesOf = (command: Command): string[] =>
      command.name() === "demo" || command.commands.length === 0
        ? [command.name()]
        : command.commands.flatMap((below) => leavesOf(below).map((leaf) => `${command.name()} ${leaf}`));
    const leaves = program.commands.flatMap(leavesOf);
    expect(leaves.filter((name) => !named.has(name))).toEqual([]);
  });

  test("has the exit codes", () => {
    const table = (commands.split("| exit code | |")[1] ?? "").split("\n\n", 1)[0] ?? "";
    expect(
      [...table.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [
        Number(code),
        meaning ?? "",
      ]),
    ).toEqual(EXIT_MEANINGS.map(([code, meaning]) => [code, meaning]));
  });
});

describe("README.md and the map in src/", () => {
  const root = join(import.meta.dir, "../..");
  const map = readFileSync(join(root, "src/README.md"), "utf8");
  const linked = (markdown: string, from: string) =>
    [...markdown.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = ""]) => join(root, from, path));
  const named = [
    ...map.matchAll(
      /(?<![\w/.-])((?:core|engine|cluster|store|config|cli|api|render|verbs|test|plugins)\/[\w./-]+\.(?:ts|json))/g,
    ),
  ].map(([, path = ""]) => path);

  test("and the pages in docs/ link and name files that there are", () => {
    const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
    const ofPages = pages.flatMap((name) => linked(page(`docs/${name}`), "docs"));
    expect(
      [...linked(text, "."), ...linked(map, "src"), ...ofPages].filter((path) => !existsSync(path)),
    ).toEqual([]);
    expect(
      named.filter((path) => !existsSync(join(root, "src", path)) && !existsSync(join(root, path))),
    ).toEqual([]);
    expect(named.length).toBeGreaterThan(15);
  });

  test("the map has every folder of src", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.filter((name) => !map.includes(`\n  ${name}/ `))).toEqual([]);
  });
});

describe("the outputs in README.md", () => {
  const COMMIT = "b3577f4c2a7d90e1f3b5864d20c9e7a1582f6b04" as CommitSha;
  const FIRST = "07d2c91be5f04a83c6d7719e2b08f35d4ac16e72";
  const NOW = Date.UTC(2026, 10, 23, 8, 30, 0);
  const before = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString().replace(".000Z", "Z");
  const destination = { server: "https://kubernetes.default.svc" };
  const deployment = {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    namespace: "paper",
    name: "guestbook",
  };
  const broken =
    "Pod till-x8gs5w-abcde container till waits: CrashLoopBackOff: back-off 40s restarting failed container=till";
  const put = (
    control: FakeControl,
    name: string,
    deployedSeconds: number,
    sync: "Synced" | "OutOfSync",
    health: ApplicationStatus["health"],
    more: Partial<ApplicationStatus> = {},
  ) =>
    control.put(
      fakeApp("argocd", name, {
        spec: { ...fakeApp("argocd", name).spec, destination: { ...destination, namespace: name } },
        status: {
          sync: { status: sync, comparedTo: { destination }, revision: COMMIT },
          health,
          history: [{ id: 0, revision: COMMIT, deployedAt: before(deployedSeconds) }],
          ...more,
        },
      }),
    );

  let control: FakeControl;
  let api: FakeApi;
  beforeAll(() => {
    control = fakeControl();
    put(control, "clock", 32, "Synced", { status: "Healthy" });
    put(control, "guestbook", 7, "Synced", { status: "Healthy" });
    put(
      control,
      "paper",
      27,
      "OutOfSync",
      { status: "Healthy" },
      {
        resources: [
          { ...deployment, status: "OutOfSync" },
          { version: "v1", kind: "Service", name: "guestbook", status: "Synced" },
          { version: "v1", kind: "ConfigMap", name: "guestbook", status: "Synced" },
        ],
      },
    );
    put(
      control,
      "shop",
      6,
      "Synced",
      { status: "Degraded", message: `apps/Deployment shop/till: ${broken}` },
      {
        resources: [
          {
            group: "apps",
            version: "v1",
            kind: "Deployment",
            namespace: "shop",
            name: "till",
            status: "Synced",
            health: { status: "Degraded", message: broken },
          },
        ],
      },
    );
    const live = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "guestbook", namespace: "paper" },
      spec: { replicas: 5 },
    };
    api = startFakeApi({
      ...control,
      managedResources: async () => ({
        is: "found",
        value: [
          {
            ref: deployment,
            version: "v1",
            live,
            target: live,
            predicted: { ...live, spec: { replicas: 3 } },
            modified: true,
            hook: false,
            resourceVersion: "1",
            fields: [
              {
                path: "spec.replicas",
                live: 5,
                desired: 3,
                owner: { manager: "kubectl", operation: "Update", subresource: "scale", time: before(26) },
              },
            ],
          },
        ],
      }),
      changeOf: (key) => ({
        ...{ is: "commit", commit: key === "argocd/shop" ? COMMIT : FIRST, author: "Holdfast demo" },
        ...{ subject: "shop: image 2.1.0 -> broken", date: before(2), signedOffBy: [] },
      }),
      commit: async () => ({
        is: "found",
        value: {
          commit: COMMIT,
          author: "Holdfast demo <demo@holdfast.invalid>",
          date: before(2),
          subject: "shop: image 2.1.0 -> broken",
          message: "shop: image 2.1.0 -> broken",
        },
      }),
      runs: () => [
        {
          id: 7,
          app: "argocd/paper" as never,
          cause: "manual",
          state: {
            operation: {},
            phase: "Succeeded",
            message: "successfully synced (1 applied)",
            startedAt: before(0),
            finishedAt: before(0),
          },
        },
      ],
    });
  });
  afterAll(() => api.stop());

  const shown = blocks("console").map(({ content }) => content);
  const printed = async (argv: string, setting: CliSetting = {}) => {
    const { stdout, stderr } = await cli(argv.split(" "), {
      server: api.url,
      now: () => NOW,
      env: { NO_COLOR: "1" },
      ...setting,
    });
    const said = (lines: string) =>
      `$ holdfast ${argv}\n${lines.replaceAll(api.url, "http://127.0.0.1:8080")}`;
    return { all: said(stdout + stderr), stdout: said(stdout) };
  };

  test("app list", async () => {
    expect((await printed("app list", { terminal: { columns: 110 } })).all).toBe(shown[0] ?? "");
  });

  test("app diff", async () => {
    expect((await printed("app diff paper")).all).toBe(shown[1] ?? "");
  });

  test("app sync", async () => {
    const result = {
      ...deployment,
      status: "Synced" as const,
      message: "configured",
      syncPhase: "Sync" as const,
    };
    const sync = printed("app sync paper --wait health", {
      onStderr: (soFar) => {
        if (
          !soFar.includes("operation=Running") ||
          control.application("argocd/paper" as never)?.status?.sync.status === "Synced"
        )
          return;
        put(
          control,
          "paper",
          0,
          "Synced",
          { status: "Healthy" },
          {
            resources: [
              { ...deployment, status: "Synced" },
              { version: "v1", kind: "Service", name: "guestbook", status: "Synced" },
              { version: "v1", kind: "ConfigMap", name: "guestbook", status: "Synced" },
            ],
            operationState: {
              operation: {},
              phase: "Succeeded",
              message: "successfully synced (1 applied)",
              startedAt: before(0),
              finishedAt: before(0),
              syncResult: { revision: COMMIT, resources: [result] },
            },
          },
        );
      },
    });
    expect((await sync).stdout).toBe(shown[2] ?? "");
  });
});
