/** The file of contexts: whose it must be, and how it is written. */
import { mkdir, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { codeOf, messageOf } from "../../lib/caught.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { CliEnv } from "../host.ts";
import { type Contexts, NO_CONTEXTS, printContexts, readContexts } from "./contexts.ts";
import { oneAtATime } from "./one-at-a-time.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** What an editor writes between our reading and our writing has it made once more. */
const TRIES = 5;

/**
 * `$XDG_CONFIG_HOME/holdfast/contexts.yaml`, by default below `~/.config`; undefined where the environment has no home.
 * A path that is not absolute is none, as the XDG base directory specification has it.
 */
export function contextFile({ XDG_CONFIG_HOME, HOME }: CliEnv): string | undefined {
  const base = [XDG_CONFIG_HOME, HOME && join(HOME, ".config")].find(
    (path) => path !== undefined && isAbsolute(path),
  );
  return base === undefined ? undefined : join(base, "holdfast", "contexts.yaml");
}

/**
 * What the file holds; nothing where it is not there.
 * @throws {CliError} usage where others can read it or swap it, or where it cannot be read, with what to do
 */
export async function loadContexts(env: CliEnv): Promise<Contexts> {
  const file = contextFile(env);
  return file === undefined ? NO_CONTEXTS : parsed(file, await textOf(file));
}

/**
 * Writes what `edit` makes of the contexts: in one step, readable by their owner alone. A link stays a link.
 * Two programs that change it do so one after the other, so that neither loses what the other wrote.
 * @param edit may be called again, where an editor wrote meanwhile; what it throws is thrown
 * @throws {CliError} usage where the file cannot be read or written
 */
export async function changeContexts(env: CliEnv, edit: (before: Contexts) => Contexts): Promise<Contexts> {
  const named = contextFile(env);
  if (named === undefined)
    throw new CliError(EXIT.usage, "There is no home folder to keep contexts in.", [
      "Set HOME or XDG_CONFIG_HOME, or name the daemon with HOLDFAST_SERVER and HOLDFAST_TOKEN.",
    ]);
  try {
    await mkdir(dirname(named), { recursive: true, mode: FOLDER_MODE });
    const file = await realpath(named).catch((cause: unknown) => {
      if (codeOf(cause) === "ENOENT") return named;
      throw cause;
    });
    return await oneAtATime(file, async () => {
      for (let tries = 1; ; tries++) {
        const before = await textOf(named);
        const after = edit(parsed(named, before));
        const beside = `${file}.${crypto.randomUUID()}`;
        try {
          await writeNew(beside, printContexts(after));
          if ((await textOf(named)) !== before && tries < TRIES) continue;
          await rename(beside, file);
          return after;
        } finally {
          await rm(beside, { force: true });
        }
      }
    });
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError(EXIT.usage, `Cannot write ${named}: ${messageOf(cause)}.`, [], { cause });
  }
}

function parsed(file: string, text: string | undefined): Contexts {
  if (text === undefined) return NO_CONTEXTS;
  const read = readContexts(text);
  if (read.ok) return read.value;
  throw new CliError(EXIT.usage, `Cannot use ${file}: ${read.why.replace(/\?$/, "")}.`, [
    "Mend it, or remove it and log in again: holdfast login SERVER.",
  ]);
}

/** undefined: it is not there. @throws {CliError} usage */
async function textOf(file: string): Promise<string | undefined> {
  try {
    // Windows has no such bits: every file looks open to all.
    if (process.platform !== "win32") {
      const [folder, itself] = await Promise.all([stat(dirname(file)), stat(file)]);
      refuseOpen(dirname(file), folder.mode & 0o022, "change", "go-w");
      refuseOpen(file, itself.mode & 0o077, "read", "go-rwx");
    }
    return await readFile(file, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    if (cause instanceof CliError) throw cause;
    throw new CliError(EXIT.usage, `Cannot read ${file}: ${messageOf(cause)}.`, [], { cause });
  }
}

function refuseOpen(path: string, others: number, may: "read" | "change", mode: string): void {
  if (others === 0) return;
  throw new CliError(EXIT.usage, `${path} holds tokens, and others than you may ${may} it.`, [
    `Run: chmod ${mode} ${/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`}`,
    ...(may === "read"
      ? ["Who read it may use what stands in it: log out, and in again, where that could be."]
      : []),
  ]);
}

async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx", FILE_MODE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
