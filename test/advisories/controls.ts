/**
 * Each kind of witness beside what it is there for, with the wall taken away: a run in which one of them sees nothing
 * proves nothing, and fails.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeRunFolder } from "../../src/render/run-folder.ts";
import { NO_SANDBOX } from "../../src/render/sandbox-level.ts";
import { runSandboxed } from "../../src/render/sandboxed-process.ts";
import { CANARY, hostileCharts } from "../lib/hostile-charts.ts";
import { filesOf, HOSTILE_KUSTOMIZATIONS } from "../lib/hostile-kustomizations.ts";
import { configMap, type Stand } from "./stand.ts";
import { CommandLines, contentOf, costOf, filesBelow, growthOf, leakIn, textsOf } from "./witnesses.ts";

export interface Control {
  /** What is watched for. */
  kind: string;
  /** What is done where no wall stands. */
  done: string;
  /** Whether it was seen. */
  sees(stand: Stand): Promise<boolean>;
}

/** Milliseconds of processor that no answer to a small input may cost. */
export const DEAR_MS = 3_000;
/** Bytes that no answer may make the daemon grow by. */
export const LARGE_BYTES = 128 * 2 ** 20;

export const CONTROLS: readonly Control[] = [
  {
    kind: "a file outside that is read",
    done: "helm without jail and checks, with a file parameter whose name has a comma in it",
    async sees(stand) {
      const [chart] = hostileCharts(stand.outside);
      if (chart === undefined) return false;
      const argv = (at: string): string[] => ["template", ".", ...chart.naive(at)];
      return leakIn(await unwalled(stand, "helm", argv, chart.files, "chart")) !== undefined;
    },
  },
  {
    kind: "a program that runs",
    done: "kustomize without jail and checks, with git on its PATH, and a remote base that brings options for it",
    async sees(stand) {
      const row = [...HOSTILE_KUSTOMIZATIONS.values()]
        .flat()
        .find(({ name }) => name === "a name with a line break");
      if (row === undefined) return false;
      const kubectl = stand.tools.programs["kustomize"] === undefined;
      const argv = (): string[] => (kubectl ? ["kustomize", "."] : ["build", "."]);
      await unwalled(
        stand,
        kubectl ? "kubectl" : "kustomize",
        argv,
        filesOf(row.files, stand.marker.path),
        "a",
      );
      return stand.marker.take();
    },
  },
  {
    kind: "a host that is asked",
    done: "helm without jail and checks, with a schema of another host",
    async sees(stand) {
      const [chart] = hostileCharts(stand.outside);
      const files = {
        ...chart?.files,
        "chart/values.schema.json": `{"$ref": "${stand.sink.url}/schema.json"}`,
      };
      await unwalled(stand, "helm", () => ["template", "."], files, "chart");
      return stand.sink.take().length > 0;
    },
  },
  {
    kind: "a secret in an answer",
    done: "the sandbox's own API is asked for the Secret, which it gives in base64",
    async sees({ kube }) {
      const answer = await kube.text("GET", "/api/v1/namespaces/shop/secrets/key");
      return !answer.includes(CANARY) && leakIn(answer) !== undefined;
    },
  },
  {
    kind: "a secret on the disk",
    done: "the data folder is searched for a value of the ConfigMap beside the Secret, packed files unpacked",
    async sees({ daemon }) {
      const files = filesBelow(join(daemon.dir, "data"));
      return files.some(
        (path) => path.endsWith(".render") && textsOf(path).includes("plain text to be found"),
      );
    },
  },
  {
    kind: "a secret on a command line",
    done: "a program is started with one as its argument",
    async sees() {
      const lines = new CommandLines();
      const child = Bun.spawn(["sleep", "60", CANARY], { stdout: "ignore", stderr: "ignore" });
      const slow = Bun.spawn(["sh", "-c", `sleep 0.3; : ${CANARY}`]);
      await slow.exited;
      child.kill();
      return lines.stop().leak !== undefined;
    },
  },
  {
    kind: "a file that is changed or made",
    done: "one is written beside what nobody may touch",
    async sees({ dir }) {
      const folder = join(dir, "touched");
      mkdirSync(folder);
      const before = contentOf([folder]);
      writeFileSync(join(folder, "x"), "");
      return !Bun.deepEquals(before, contentOf([folder]));
    },
  },
  {
    kind: "a process that grows",
    done: "a program takes twice what is allowed",
    async sees() {
      const child = Bun.spawn(
        [
          process.execPath,
          "-e",
          `console.log("up"); for await (const _ of console) { Buffer.alloc(${2 * LARGE_BYTES}, 1); console.log("done"); }`,
        ],
        { stdin: "pipe", stdout: "pipe" },
      );
      const reader = child.stdout.getReader();
      await reader.read();
      const growth = await growthOf(child.pid, async () => {
        child.stdin.write("go\n");
        child.stdin.flush();
        await reader.read();
      });
      child.kill();
      return growth > LARGE_BYTES;
    },
  },
  {
    kind: "an input that costs too much",
    done: "a pattern is matched by trying every way, against a growing text",
    async sees() {
      const matches = (pattern: string, text: string): boolean =>
        pattern === ""
          ? text === ""
          : pattern[0] === "*"
            ? matches(pattern.slice(1), text) || (text !== "" && matches(pattern, text.slice(1)))
            : pattern[0] === text[0] && matches(pattern.slice(1), text.slice(1));
      for (let length = 16; length < 60; length += 4)
        if ((await costOf(() => matches(`${"*a".repeat(12)}b`, "a".repeat(length)))) > DEAR_MS) return true;
      return false;
    },
  },
  {
    kind: "a daemon that ends",
    done: "a daemon is killed",
    async sees(stand) {
      const daemon = await stand.another({});
      process.kill(daemon.pid, "SIGKILL");
      while (isRunning(daemon.pid)) await Bun.sleep(10);
      const seen = await threw(() => daemon.mustRun());
      await daemon.kill();
      return seen;
    },
  },
  {
    kind: "a change by a request",
    done: "the very requests that are refused elsewhere are sent with the token",
    async sees({ daemon }) {
      const made = await daemon.ask("POST", "/api/v1/applications?validate=false", {
        metadata: { name: "by-token" },
        spec: {
          project: "default",
          source: { repoURL: "https://127.0.0.1:1/x", path: "a" },
          destination: { server: "https://kubernetes.default.svc" },
        },
      });
      const there = await daemon.ask("GET", "/api/v1/applications/by-token");
      const gone = await daemon.ask("DELETE", "/api/v1/applications/by-token?cascade=false");
      return made.status === 200 && there.status === 200 && gone.status === 200;
    },
  },
  {
    kind: "a field of every object",
    done: "a key `__proto__` is merged as careless programs do",
    async sees() {
      const merge = (into: any, from: any): void => {
        for (const key of Object.keys(from))
          if (typeof from[key] === "object") merge((into[key] ??= {}), from[key]);
          else into[key] = from[key];
      };
      merge({}, JSON.parse('{"__proto__": {"polluted": true}}'));
      const seen = "polluted" in {};
      delete (Object.prototype as { polluted?: unknown }).polluted;
      return seen;
    },
  },
  {
    kind: "an object in the cluster",
    done: "one is written as an administrator, and the requests are counted before the API server",
    async sees({ kube, proxy }) {
      await kube.request("POST", "/api/v1/namespaces/shop/configmaps", Bun.YAML.parse(configMap("by-hand")));
      const { status } = await kube.request("GET", "/api/v1/namespaces/shop/configmaps/by-hand");
      const { length } = proxy.requests.filter(
        ({ method, path }) => method !== "GET" && path.includes("/shop/"),
      );
      return status === 200 && length > 0;
    },
  },
];

/** What a tool says without any wall: no check, no jail, and a PATH on which a git lies. */
async function unwalled(
  { dir, tools, marker }: Stand,
  tool: string,
  argv: (folder: string) => string[],
  files: Record<string, string | Uint8Array>,
  cwd: string,
): Promise<string> {
  const programs = join(dir, "programs");
  mkdirSync(programs, { recursive: true });
  writeFileSync(join(programs, "git"), `#!/bin/sh\n: > ${marker.path}\n`);
  chmodSync(join(programs, "git"), 0o755);
  const folder = makeRunFolder(join(dir, "scratch"));
  const source = folder.make("source-0");
  for (const [path, content] of Object.entries(files)) await Bun.write(join(source, path), content);
  const end = await runSandboxed(
    {
      program: tools.programs[tool] ?? "",
      argv: argv(join(source, cwd)),
      cwd: join(source, cwd),
      env: { ...folder.env(), PATH: programs },
      ...{ folder, level: NO_SANDBOX, limits: {}, timeoutMs: 20_000, outputBytes: 1 << 20 },
    },
    new AbortController().signal,
  );
  await folder.remove();
  return JSON.stringify(end);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function threw(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return false;
  } catch {
    return true;
  }
}
