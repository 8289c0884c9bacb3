/** Where argocd's config file is, who may read it, and how it is written. */
import { existsSync } from "node:fs";
import { mkdir, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { codeOf, messageOf } from "../../../lib/caught.ts";
import { CliError } from "../../cli-error.ts";
import { oneAtATime } from "../../contexts/one-at-a-time.ts";
import { EXIT } from "../../exit-codes.ts";
import type { CliEnv } from "../../host.ts";
import { type LocalConfig, NO_CONFIG, printConfig, readConfig } from "./local-config.ts";

/**
 * The flag; `$ARGOCD_CONFIG_DIR/config`; `~/.argocd/config` where that folder is there; `$XDG_CONFIG_HOME/argocd/config`,
 * by default below `~/.config`. Source: argocd's documentation.
 * @throws {CliError} usage where the environment has no home
 */
export function configFile(
  { ARGOCD_CONFIG_DIR, XDG_CONFIG_HOME, HOME }: CliEnv,
  flag: string | undefined,
): string {
  if (flag !== undefined) return flag;
  if (ARGOCD_CONFIG_DIR) return join(ARGOCD_CONFIG_DIR, "config");
  if (HOME && existsSync(join(HOME, ".argocd"))) return join(HOME, ".argocd", "config");
  const base = [XDG_CONFIG_HOME, HOME && join(HOME, ".config")].find(
    (path) => path !== undefined && isAbsolute(path),
  );
  if (base !== undefined) return join(base, "argocd", "config");
  throw new CliError(EXIT.usage, "There is no home folder for argocd's config file.", [
    "Set HOME, or name a file with --config.",
  ]);
}

/** @throws {CliError} usage where others may read it, or it cannot be read */
export async function loadConfig(file: string): Promise<LocalConfig> {
  let text: string;
  try {
    const { mode } = await stat(file);
    // Windows has no such bits.
    if (process.platform !== "win32" && (mode & 0o077) !== 0)
      throw new CliError(EXIT.usage, `${file} holds tokens, and others than you may read it.`, [
        `Run: chmod 600 '${file.replaceAll("'", "'\\''")}'`,
      ]);
    text = await readFile(file, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return NO_CONFIG;
    if (cause instanceof CliError) throw cause;
    throw new CliError(EXIT.usage, `Cannot read ${file}: ${messageOf(cause)}.`, [], { cause });
  }
  const read = readConfig(text);
  if (read.ok) return read.value;
  throw new CliError(EXIT.usage, `Cannot use ${file}: ${read.why}.`, [
    "Mend it, or remove it and log in again.",
  ]);
}

/**
 * Reads, changes and writes it: in one step, for its owner alone. A link stays a link.
 * @throws {CliError} usage
 */
export async function changeConfig(
  file: string,
  edit: (before: LocalConfig) => LocalConfig,
): Promise<LocalConfig> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const real = await realpath(file).catch(() => file);
    return await oneAtATime(real, async () => {
      const after = edit(await loadConfig(file));
      const beside = `${real}.${crypto.randomUUID()}`;
      try {
        const handle = await open(beside, "wx", 0o600);
        try {
          await handle.writeFile(printConfig(after));
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(beside, real);
        return after;
      } finally {
        await rm(beside, { force: true });
      }
    });
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError(EXIT.usage, `Cannot write ${file}: ${messageOf(cause)}.`, [], { cause });
  }
}
