/** The main job on embedded defaults: a daemon, a sandbox cluster and an example repository, in front of one's eyes. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { DemoAction, Ended } from "../cli/offline-verbs.ts";
import type { Config } from "../config/config.ts";
import { isLoopback, parseListenAddress } from "../config/listen-address.ts";
import { defaultConfig } from "../config/load-config.ts";
import { IN_CLUSTER, IN_CLUSTER_NAME } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import { commitFiles } from "../git/commit-files.ts";
import { isProcessRunning } from "../lib/is-process-running.ts";
import { jsonLog } from "../lib/json-log.ts";
import { settleRuntime } from "../lib/runtime-settings.ts";
import { demoBreak, demoCommit, demoEdit, demoHeal } from "../sandbox/demo/demo-actions.ts";
import { demoApps } from "../sandbox/demo/demo-files.ts";
import {
  type Beside,
  createDemoRepository,
  demoApp,
  demoApplications,
} from "../sandbox/demo/demo-repository.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { clearDemo, MARK } from "./demo-before.ts";
import { keptBy } from "./demo-kept.ts";
import { startNeighbours } from "./demo-neighbours.ts";
import { ownCommand } from "./own-command.ts";
import { startFrom, untilEnded } from "./serve.ts";
import type { Surroundings } from "./surroundings.ts";
import { tellStates } from "./tell-states.ts";

const USUAL_PORT = 8080;

/** What the running demo tells those who come after it: `demo commit`, `edit`, `break`, `heal`. */
interface DemoNotes {
  pid: number;
  /** Of the daemon; absent until it answers. */
  url?: string;
  repository: string;
  sandbox: { url: string; token: string; ca: string };
}

/** Where the demo keeps its things: made anew at each start. */
function demoFolder(named: string | undefined, { env, cwd }: Surroundings): string {
  if (named !== undefined) return resolve(cwd, named);
  const state =
    env.XDG_STATE_HOME ??
    (env.HOME === undefined || env.HOME === ""
      ? join(tmpdir(), "holdfast")
      : join(env.HOME, ".local", "state"));
  return join(state, "holdfast", "demo");
}

export interface DemoAsk {
  dir?: string;
  listen?: string;
  apps?: number;
  signal: AbortSignal;
  say(text: string): void;
}

export async function demo(
  around: Surroundings,
  { dir: named, listen, apps, signal, say }: DemoAsk,
): Promise<Ended> {
  const runtime = settleRuntime(around.self);
  const dir = demoFolder(named, around);
  refuseSecond(dir);
  if (named !== undefined) refuseForeign(dir);
  const repository = join(dir, "repository");
  const beside: Beside = apps === undefined ? { is: "neighbours" } : { is: "fleet", apps };
  const applications = demoApplications(repository, beside);
  const before = await clearDemo(dir, applications);
  mkdirSync(join(dir, "applications"), { recursive: true, mode: 0o700 });
  writeFileSync(join(dir, MARK), "");
  const sandbox = await startSandbox({ listen: "127.0.0.1:0" });
  const neighbours = beside.is === "neighbours" ? await startNeighbours(dir) : undefined;
  try {
    await createDemoRepository(repository, commitFiles(), beside);
    for (const [file, text] of Object.entries(applications))
      writeFileSync(join(dir, "applications", file), text);
    const kubeconfig = join(dir, "kubeconfig");
    writeFileSync(kubeconfig, sandbox.kubeconfig, { mode: 0o600 });
    const notes: DemoNotes = {
      pid: process.pid,
      repository,
      sandbox: { url: sandbox.url, token: sandbox.token, ca: sandbox.ca },
    };
    const note = (text: DemoNotes): void =>
      writeFileSync(join(dir, "demo.json"), JSON.stringify(text), { mode: 0o600 });
    note(notes);
    const logFile = join(dir, "holdfast.log");
    const log = jsonLog(
      () => "info",
      (line) => writeFileSync(logFile, line, { flag: "a" }),
    );
    if (runtime.is === "limited") log.warn(runtime.why);
    const config = await demoConfig(dir, kubeconfig, listen);
    const daemon = await startFrom(
      { ...config, clusters: [...config.clusters, ...(neighbours?.clusters ?? [])] },
      undefined,
      around,
      log,
    );
    note({ ...notes, url: daemon.url });
    say(
      welcome({
        url: daemon.url,
        sandbox: sandbox.url,
        kubeconfig,
        repository,
        logFile,
        command: ownCommand(around),
        listen,
        before,
        beside,
      }),
    );
    const tell = tellStates(demoApps.length, say, neighbours === undefined ? "nothing" : "others");
    const three = new Set(demoApps.map(({ name }) => name));
    const stopTelling = daemon.engine.control.onEvent(({ app }) => {
      if (three.has(app.metadata.name)) tell(app);
    });
    const ended = new AbortController();
    const story = neighbours?.play(daemon.engine.control, repository, log, ended.signal);
    await untilEnded(daemon, signal, "stop");
    ended.abort();
    await story;
    stopTelling();
  } finally {
    await neighbours?.stop();
    await sandbox.stop();
    rmSync(join(dir, "demo.json"), { force: true });
  }
  return { is: "done" };
}

async function demoConfig(dir: string, kubeconfig: string, listen: string | undefined): Promise<Config> {
  const defaults = defaultConfig(dir);
  const asked =
    listen === undefined
      ? { hostname: "127.0.0.1", port: (await isFree(USUAL_PORT)) ? USUAL_PORT : 0 }
      : parseListenAddress(listen);
  const cannot = (why: string): Failure =>
    new Failure("config", `--listen ${listen}`, "after-edit", {
      cannot: "start the demo",
      why,
      fix: "Use 127.0.0.1:PORT",
    });
  if (asked === undefined) throw cannot("it is no address and port");
  if (!isLoopback(asked.hostname)) throw cannot("the demo has no token, so it listens on loopback only");
  return {
    ...defaults,
    server: { ...defaults.server, listen: asked, badges: ["*/*"] },
    data: join(dir, "data"),
    poll: { everyMs: 1_000 },
    pollSpreadMs: 0,
    clusters: [
      {
        name: IN_CLUSTER_NAME,
        server: IN_CLUSTER,
        kubeconfig,
        context: undefined,
        namespaces: [],
        clusterResources: true,
        project: "",
        labels: {},
      },
    ],
    applications: [join(dir, "applications")],
    plugins: [],
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

interface Welcome {
  url: string;
  sandbox: string;
  kubeconfig: string;
  repository: string;
  logFile: string;
  command: string;
  /** As it was asked for. */
  listen: string | undefined;
  /** Where the work of the demo before this one is. */
  before: string | undefined;
  beside: Beside;
}

function welcome({
  url,
  sandbox,
  kubeconfig,
  repository,
  logFile,
  command,
  listen,
  before,
  beside,
}: Welcome): string {
  const kept =
    before === undefined
      ? []
      : [
          "",
          `Every start begins anew. What was changed in the demo before, commits too, is kept until the one after this:  ${before}`,
        ];
  const elsewhere = url.endsWith(`:${USUAL_PORT}`)
    ? []
    : [
        "",
        `Port ${USUAL_PORT} is ${listen === undefined ? "taken, so this is another one" : "the usual one, this is another"}; the command line needs to be told:  export HOLDFAST_SERVER=${url}`,
      ];
  return [
    "",
    "Holdfast is up, with a sandbox cluster and an example Git repository of three applications.",
    ...besideWords(beside),
    "",
    `  Status page   ${url}/`,
    `  API           ${url}/api/v1/applications`,
    `  Sandbox       ${sandbox}   (a Kubernetes API, for kubectl:  export KUBECONFIG=${kubeconfig})`,
    `  Repository    ${repository}`,
    `  Log           ${logFile}`,
    ...elsewhere,
    ...kept,
    "",
    `Applications are files here, or made by the page, ${command} app create and the API; the sandbox has no kind Application. What is made here is gone at the next start.`,
    "",
    `Three things to try, each in another terminal${/^[\w.-]+\//.test(command) ? ", in this folder" : ""}:`,
    "",
    `  ${command} demo commit    commits a change; watch it roll out`,
    `  ${command} demo edit      edits the cluster by hand; watch it being put back`,
    `  ${command} demo break     commits an image that crashes; then:  ${command} demo heal`,
    "",
    "Ctrl-C ends it. What happens:",
    "",
  ].join("\n");
}

function besideWords(beside: Beside): string[] {
  if (beside.is === "neighbours")
    return [
      "Beside them stand their neighbours on two more sandboxes, some of them in trouble, so that every page has something to tell.",
    ];
  return beside.apps === 0
    ? []
    : [`${beside.apps} more are there too, and are looked at one after the other.`];
}

export async function demoAction(
  around: Surroundings,
  action: DemoAction,
  { dir: named, app }: { dir?: string; app?: string },
): Promise<{ lines: string[] }> {
  const notes = notesIn(demoFolder(named, around));
  if (notes === undefined) {
    throw new Failure("cluster-unreachable", "the demo", "after-edit", {
      cannot: `${action} anything`,
      why: "it is not running",
      fix: `Start it in another terminal:  ${around.packageRoot === undefined ? `${ownCommand(around)} demo` : "npm start"}`,
    });
  }
  const command = commandFor(notes, around);
  const kept = await keptBy(notes.url, demoApp(app).name, action === "edit" ? "edit" : "commit");
  const { repository, sandbox } = notes;
  switch (action) {
    case "commit":
      return demoCommit(repository, commitFiles(), app, command, kept);
    case "edit":
      return demoEdit(sandbox, app, command, kept);
    case "break":
      return demoBreak(repository, commitFiles(), app, command, kept);
    case "heal":
      return demoHeal(repository, commitFiles(), app, command, kept);
  }
}

/** With the daemon's address before it, where the command line would not find it by itself. */
function commandFor({ url }: DemoNotes, around: Surroundings): string {
  const found = around.env.HOLDFAST_SERVER ?? `http://127.0.0.1:${USUAL_PORT}`;
  return url === undefined || url === found
    ? ownCommand(around)
    : `HOLDFAST_SERVER=${url} ${ownCommand(around)}`;
}

/** @returns undefined where no demo runs on the folder */
function notesIn(dir: string): DemoNotes | undefined {
  const file = join(dir, "demo.json");
  if (!existsSync(file)) return undefined;
  const notes = JSON.parse(readFileSync(file, "utf8")) as DemoNotes;
  return isProcessRunning(notes.pid) ? notes : undefined;
}

function refuseSecond(dir: string): void {
  const notes = notesIn(dir);
  if (notes === undefined || notes.pid === process.pid) return;
  throw new Failure("config", dir, "after-edit", {
    cannot: "start the demo",
    why: `another one runs there (pid ${notes.pid})`,
    fix: "End it with Ctrl-C, or name another folder with --dir",
  });
}

/** The folder is thrown away at each start: where a person named it, it must be one that a demo made, or an empty one. */
function refuseForeign(dir: string): void {
  if (!existsSync(dir) || existsSync(join(dir, MARK)) || readdirSync(dir).length === 0) return;
  throw new Failure("config", dir, "after-edit", {
    cannot: "start the demo",
    why: "the folder is there and no demo made it; its contents would be thrown away",
    fix: "Name another folder with --dir",
  });
}
