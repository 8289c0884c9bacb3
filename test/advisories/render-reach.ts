/** Sources that would have a tool ask, run or know what is none of theirs. */
import { join } from "node:path";
import { messageOf } from "../../src/lib/caught.ts";
import { makeRunFolder } from "../../src/render/run-folder.ts";
import { NO_SANDBOX, sandboxLevel } from "../../src/render/sandbox-level.ts";
import { runSandboxed } from "../../src/render/sandboxed-process.ts";
import type { Happened, Target } from "../lib/escape-attempts.ts";
import { eventually } from "../lib/eventually.ts";
import { REFUSED_WORDS } from "../lib/hostile-charts.ts";
import { filesOf, HOSTILE_KUSTOMIZATIONS } from "../lib/hostile-kustomizations.ts";
import { LARGE_BYTES } from "./controls.ts";
import { CHART, harmless, refused } from "./render-paths.ts";
import { must, mustEqual, NotHeld, type Row, tally } from "./row.ts";
import { configMap, ENVIRONMENT, type Shot, settled } from "./stand.ts";
import { commandLines, growthOf, mustNotLeak } from "./witnesses.ts";

const chartWith = (files: Record<string, string>, helm = {}): Shot => ({
  files: { ...CHART, ...files },
  source: { path: "chart", helm },
});

export const RENDER_REACH: readonly Row[] = [
  {
    id: "SS-3",
    about: "kustomize fetches bases, resources and charts from hosts that nobody permitted",
    input:
      "remote names in every field that takes one, other spellings of fields, folders named like hosts, plugins, charts of another repository",
    async play(stand) {
      const { host, port } = new URL(stand.sink.url);
      const remote = [
        `${stand.sink.url}/x.yaml`,
        `${stand.sink.url}/e/r.git?ref=x`,
        `git::${stand.sink.url}/e/r`,
        `git@${host}:e/r.git`,
        `ssh://git@127.0.0.1:${port}/e/r`,
        "git::file:///etc",
        "file:///etc//x?ref=y",
      ];
      const own = remote.flatMap((name) =>
        ["resources", "bases", "components", "crds"].map(
          (field): Shot => ({
            files: { "a/kustomization.yaml": `${field}: ["${name}"]\n` },
            source: { path: "a" },
          }),
        ),
      );
      const charts: Shot = {
        files: { "a/kustomization.yaml": `helmCharts: [{name: x, repo: "${stand.sink.url}"}]\n` },
        source: { path: "a" },
      };
      const rows = [...HOSTILE_KUSTOMIZATIONS.values()].flat();
      const shotsOf = (all: typeof rows): Shot[] =>
        all.map(({ files }) => ({ files: filesOf(files, stand.marker.path), source: { path: "a" } }));
      const hidden = rows.filter(({ says }) => says === "harmless");
      const table = rows.filter(({ says }) => says !== "harmless");
      return `${await refused(stand, [...own, charts, ...shotsOf(table)])}; line ends that hide a field: ${await harmless(stand, shotsOf(hidden))}`;
    },
  },
  {
    id: "SS-4",
    about:
      "Helm CVE-2023-25165, -2025-32387: a chart sends values out by a name that it looks up, or by a schema of another host",
    input: "getHostByName, schemas with $ref, $schema and $dynamicRef of another host and of files",
    play: (stand) =>
      harmless(stand, [
        chartWith({
          "chart/templates/x.yaml":
            '# {{ getHostByName "localhost" }}{{ if getHostByName "localhost" }}{{ fail "a name was looked up" }}{{ end }}',
        }),
        ...["$ref", "$schema", "$dynamicRef", "$recursiveRef"].flatMap((word) => [
          chartWith({ "chart/values.schema.json": JSON.stringify({ [word]: `${stand.sink.url}/s.json` }) }),
          chartWith({ "chart/values.schema.json": JSON.stringify({ [word]: `file://${stand.outside}` }) }),
        ]),
      ]),
  },
  {
    id: "AZ-7",
    about: "Fleet CVE-2026-41050: Helm's lookup reads the cluster with the daemon's rights",
    input:
      "lookup of all Secrets, of Namespaces and of one Secret that is there, through a daemon that may read them",
    async play(stand) {
      const template = `${configMap("c")}  found: '{{ len (lookup "v1" "Secret" "" "") }}{{ len (lookup "v1" "Namespace" "" "") }}{{ lookup "v1" "Secret" "shop" "key" | toJson }}'\n`;
      const before = stand.proxy.requests.length;
      const shown = await stand.render(
        chartWith({ "chart/templates/c.yaml": template.replace('data: {"a":"1"}', "data:") }),
      );
      must(
        shown.is === "rendered" && shown.text.includes("found: '00{}'"),
        `it found something: ${JSON.stringify(shown)}`,
      );
      const secrets = stand.proxy.requests.slice(before).filter(({ path }) => /\/secrets\/key/.test(path));
      mustEqual(secrets, [], "requests for the Secret");
      return "rendered with nothing found; nobody asked the API server";
    },
  },
  {
    id: "SANDBOX",
    about: "a tool that has been taken over is the daemon's user",
    input: "a program in the jail tries 13 ways to read, write, run, signal, connect and gain rights",
    async play(stand) {
      const level = await sandboxLevel();
      must(
        level.files !== "open" && level.network !== "open",
        `this machine has only the level ${level.name}: ${level.why}`,
      );
      const udp = await Bun.udpSocket({ hostname: "127.0.0.1" });
      const unix = Bun.serve({ unix: join(stand.dir, "socket"), fetch: () => new Response() });
      const target: Target = {
        ...{ secret: stand.outside, folder: stand.dir, parent: process.pid, tcpPort: stand.sink.port },
        ...{ udpPort: udp.port, socket: join(stand.dir, "socket"), program: process.execPath },
      };
      const folder = makeRunFolder(join(stand.dir, "scratch"));
      const source = folder.make("source-0");
      const script = await Bun.file(join(import.meta.dir, "../lib/escape-attempts.ts")).text();
      await Bun.write(join(source, "escape.ts"), script);
      const happened = async (at: typeof level): Promise<Happened> => {
        const end = await runSandboxed(
          {
            ...{
              program: process.execPath,
              argv: ["escape.ts", JSON.stringify(target)],
              cwd: source,
              env: folder.env(),
            },
            ...{ folder, level: at, limits: {}, timeoutMs: 20_000, outputBytes: 1 << 20 },
          },
          new AbortController().signal,
        );
        must(end.is === "exited" && end.code === 0, `it did not run: ${JSON.stringify(end)}`);
        return JSON.parse(end.stdout) as Happened;
      };
      const inside = await happened(level);
      await folder.remove();
      udp.close();
      await unix.stop(true);
      // Landlock alone leaves sockets of files and the signals to processes outside.
      const weak = level.name === "mounts" ? [] : ["reach a socket", "change the tool", "signal the daemon"];
      const got = Object.keys(inside).filter((name) => inside[name] !== "held" && !weak.includes(name));
      mustEqual(got, [], "what a taken over tool did");
      return `level ${level.name}: ${Object.keys(inside).length} attempts held`;
    },
  },
  {
    id: "TI-1",
    about: "template functions and variables give out the environment of the daemon",
    input:
      "env, expandenv and $VAR in templates, parameters, value files and release names; ${VAR} of the config in an Application",
    async play(stand) {
      must(process.env["ADVISORY_CANARY"] === ENVIRONMENT, "nothing is there to be found");
      const names = [
        "$ADVISORY_CANARY",
        "${ADVISORY_CANARY}",
        '{{ env "ADVISORY_CANARY" }}',
        "$HOME",
        "${ADVISORY_TOKEN}",
      ];
      const said = await harmless(stand, [
        chartWith({
          "chart/templates/x.yaml": '# {{ env "ADVISORY_CANARY" }} {{ expandenv "$ADVISORY_CANARY $HOME" }}',
        }),
        ...names.flatMap((text) => [
          chartWith({}, { parameters: [{ name: "a", value: text }] }),
          chartWith({}, { values: `a: '${text}'\n` }),
          chartWith({}, { releaseName: text }),
          chartWith({}, { valueFiles: [`${text}/x.yaml`], ignoreMissingValueFiles: true }),
          {
            files: { "a/kustomization.yaml": "resources: [c.yaml]\n", "a/c.yaml": configMap("c") },
            source: {
              path: "a",
              kustomize: { commonAnnotations: { a: text }, commonAnnotationsEnvsubst: true },
            },
          },
        ]),
      ]);
      const words = await refused(
        stand,
        REFUSED_WORDS.map(({ helm }) => ({ files: CHART, source: { path: "chart", helm } })),
      );
      stand.daemon.place(
        "env.yaml",
        await stand.app(
          "env",
          { "app/a.yaml": configMap("a") },
          { metadata: { annotations: { a: "${ADVISORY_CANARY}" } } },
        ),
      );
      const app = await stand.daemon.until("env", (seen) => seen?.status?.sync?.status !== undefined);
      mustEqual(app.metadata.annotations.a, "${ADVISORY_CANARY}", "the Application's annotation");
      return `${said}; odd words ${words}; an Application's file is taken as it is written`;
    },
  },
  {
    id: "DS-5",
    about:
      "Argo CD CVE-2024-32476: a jq expression of an Application keeps the controller busy, or tells what jq knows",
    input:
      "expressions without end, that take gigabytes, that read the environment and say it as their error",
    async play(stand) {
      const expressions = [
        "def f: f; f",
        "[range(1e12)] | length",
        '[limit(1e9; repeat("x" * 1000))] | .[0]',
        "error($ENV | tostring)",
        'error(env.ADVISORY_CANARY // "none")',
        'error(input_filename // "none")',
        'include "/etc/passwd"; .',
        '. as [$a, $b] | import "x" as x; .',
        `error([${"[".repeat(300)}1${"]".repeat(300)}] | tostring)`,
      ];
      const said: string[] = [],
        sentences: string[] = [];
      const growth = await growthOf(stand.daemon.pid, async () => {
        for (const [at, jq] of expressions.entries()) {
          const spec = { ignoreDifferences: [{ group: "*", kind: "*", jqPathExpressions: [jq] }] };
          stand.daemon.place(
            `jq-${at}.yaml`,
            await stand.app(`jq-${at}`, { "app/a.yaml": configMap("a") }, { spec }),
          );
        }
        for (const at of expressions.keys()) {
          const app = await stand.daemon.until(
            `jq-${at}`,
            (seen) => seen?.status?.conditions !== undefined || settled(seen),
          );
          const sentence = app.status.conditions?.[0]?.message ?? "Synced";
          sentences.push(sentence.slice(0, 200));
          mustNotLeak(sentence, `what is said of ${expressions[at]}`);
          said.push(
            sentence === "Synced" ? "Synced" : /was ended/.test(sentence) ? "ended" : "named as wrong",
          );
        }
      });
      must(said.includes("ended"), `no expression was ended: ${sentences.join(" / ")}`);
      if (growth > LARGE_BYTES) throw new NotHeld(`the daemon grew by ${growth >> 20} MiB`);
      must(
        (await stand.daemon.ask("GET", "/api/v1/applications/sign")).status === 200,
        "another application is not shown",
      );
      return `in a process of its own, without environment and files: ${tally(said)}`;
    },
  },
  {
    id: "PF-4",
    about: "a tool leaves processes behind when it is ended",
    input: "a program that starts sleepers and never ends, cut after a while; and one that ends by itself",
    async play(stand) {
      const folder = makeRunFolder(join(stand.dir, "scratch"));
      const cwd = folder.make("source-0");
      const sleepers = (): number =>
        commandLines().filter((line) => line.startsWith("sleep\u0000471147")).length;
      const ends: string[] = [];
      for (const then of ["wait", "exit 0"]) {
        const argv = ["-c", `sleep 471147 & sleep 471147 & sleep 471147 & ${then}`];
        const env = { ...folder.env(), PATH: "/usr/bin:/bin" };
        const end = runSandboxed(
          {
            program: "/bin/sh",
            argv,
            cwd,
            env,
            folder,
            level: NO_SANDBOX,
            limits: {},
            timeoutMs: 3_000,
            outputBytes: 1 << 20,
          },
          new AbortController().signal,
        );
        if (then === "wait") await eventually("the sleepers are there", () => sleepers() === 3);
        ends.push((await end).is);
        await eventually("they are gone", () => sleepers() === 0).catch((cause: unknown) => {
          throw new NotHeld(`${sleepers()} processes are left: ${messageOf(cause)}`);
        });
      }
      await folder.remove();
      mustEqual(ends, ["timed-out", "exited"], "the ends");
      return "its whole group was killed both times, nobody is left";
    },
  },
];
