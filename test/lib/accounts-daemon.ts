/** A real daemon with accounts, in this process, and people at its command line, each with a home folder of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load-config.ts";
import { type Daemon, startDaemon } from "../../src/daemon/daemon.ts";
import { cronProblem } from "../../src/engine/wake/schedule.ts";
import { type CliRun, type CliSetting, cli } from "./cli.ts";
import { freePort } from "./daemon.ts";
import { recordingLog } from "./recording-log.ts";

export const PASSWORD = "correct horse battery";
const HASH = await Bun.password.hash(PASSWORD, { algorithm: "bcrypt", cost: 4 });

/** ann may get and sync in team-a, root may everything, ci has tokens alone. */
const PEOPLE = `accounts:
- { name: ann, passwordHash: "${HASH}", may: [login, apiKey] }
- { name: root, passwordHash: "${HASH}" }
- { name: ci, may: [apiKey] }`;
const NOBODY = `accounts:
- { name: admin, enabled: false }`;
const accounts = (people: string, policy: readonly string[]): string => `${people}
rbac:
  policy: |
    p, role:dev, applications, get, team-a/*, allow
    p, role:dev, applications, sync, team-a/*, allow
    g, ann, role:dev
    g, ci, role:dev
    g, root, role:admin
${policy.map((line) => `    ${line}\n`).join("")}`;

export interface AccountsDaemon {
  url: string;
  port: number;
  dir: string;
  log: ReturnType<typeof recordingLog>;
  /** What was said to whoever started it. */
  printed: string[];
  /** One command line of this person, with that person's home folder. */
  as(person: string, argv: readonly string[], setting?: CliSetting): Promise<CliRun>;
  home(person: string): string;
  /** Ends it and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param more lines of the config, at its end
 * @param server more of its `server`, in the braces
 * @param terms.policy more lines of its policy
 * @param terms.passwords `nobody`: none signs in by a password
 * @param terms.host as whoever asks names this machine
 */
export async function startAccountsDaemon(
  more: (url: string) => string = () => "",
  server = "",
  {
    policy = [],
    host = "127.0.0.1",
    passwords = "people",
  }: {
    policy?: readonly string[];
    host?: "127.0.0.1" | "localhost";
    passwords?: "people" | "nobody";
  } = {},
): Promise<AccountsDaemon> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-accounts-"));
  const port = await freePort();
  const url = `http://${host}:${port}`;
  const file = join(dir, "holdfast.yaml");
  const listens = `server: { listen: "127.0.0.1:${port}", url: "${url}"${server} }\n`;
  writeFileSync(
    file,
    `${listens}${accounts(passwords === "people" ? PEOPLE : NOBODY, policy)}${more(url)}\ndata: ./data\napplications: [./apps]\n`,
  );
  mkdirSync(join(dir, "apps"));
  for (const [project, name] of [
    ["team-a", "mine"],
    ["team-b", "theirs"],
  ])
    writeFileSync(
      join(dir, "apps", `${name}.yaml`),
      `apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: { name: ${project} }\nspec:\n  sourceRepos: ["*"]\n  destinations: [{ server: "*", namespace: "*" }]\n  roles: [{ name: ops, policies: ["p, proj:${project}:ops, applications, get, ${project}/*, allow"] }]\n---\n` +
        `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: ${name} }\nspec: { project: ${project}, source: { repoURL: "https://git.invalid/x.git", path: ".", targetRevision: main }, destination: { name: nowhere, namespace: x } }\n`,
    );
  const log = recordingLog();
  const printed: string[] = [];
  const reread = (name: string) => loadConfig(name, { env: {}, validateCron: cronProblem });
  const start = async (): Promise<Daemon> => {
    const parsed = reread(file);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return await startDaemon({
      ...{ config: parsed.value, file, wrong: [], held: () => undefined, reread, log, cwd: dir },
      build: { version: "test", commit: "", buildDate: "" },
      ...{
        embeddedTools: {},
        searchPath: "",
        environment: {},
        checkHost: () => [],
        print: (text) => void printed.push(text),
      },
      pod: { host: "", port: "" },
    });
  };
  let daemon = await start();
  const home = (person: string): string => join(dir, `home-${person}`);
  return {
    ...{ url, port, dir, log, printed, home },
    as: (person, argv, setting = {}) =>
      cli(argv, { ...setting, env: { HOME: home(person), ...setting.env } }),
    async restart() {
      await daemon.stop();
      daemon = await start();
    },
    async stop() {
      await daemon.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
