/** A machine as one finds it: an empty HOME, a PATH with a few programs and nothing else, a fresh clone of what is committed. */
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Ran, run } from "./daemon.ts";
import { type Started, started } from "./started.ts";

const root = join(import.meta.dir, "..", "..");

export interface FreshMachine {
  home: string;
  env: Record<string, string>;
  /** Clones HEAD and returns the folder. */
  clone(): Promise<string>;
  run(argv: readonly string[], options: { cwd: string; env?: Record<string, string> }): Promise<Ran>;
  start(argv: readonly string[], options: { cwd: string; env?: Record<string, string> }): Started;
  remove(): Promise<void>;
}

/** @param programs what PATH has, as links to this machine's own */
export async function freshMachine(programs: readonly string[]): Promise<FreshMachine> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-fresh-")));
  const home = join(folder, "home");
  const bin = join(folder, "bin");
  mkdirSync(home);
  mkdirSync(bin);
  for (const name of programs) symlinkSync(program(name), join(bin, name));
  // Packages are the only thing it shares with this machine: they come from its cache, or from where it gets them.
  const [cache, registry] = await Promise.all([npmConfig("cache"), npmConfig("registry")]);
  const env = {
    HOME: home,
    PATH: bin,
    npm_config_cache: cache,
    npm_config_registry: registry,
    npm_config_prefer_offline: "true",
  };
  // A path that is whole stays it.
  const path = ([program = "", ...words]: readonly string[]): string[] => [resolve(bin, program), ...words];
  return {
    home,
    env,
    async clone() {
      const to = join(folder, "holdfast");
      const { code, stderr } = await run(["git", "clone", "--quiet", `file://${root}`, to]);
      if (code !== 0) throw new Error(`git clone: ${stderr}`);
      return to;
    },
    run: (argv, options) => run(path(argv), { cwd: options.cwd, env: { ...env, ...options.env } }),
    start: (argv, options) => started(path(argv), { cwd: options.cwd, env: { ...env, ...options.env } }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function program(name: string): string {
  const found = Bun.which(name);
  if (found === null) throw new Error(`this test needs ${name} on PATH`);
  return found;
}

async function npmConfig(key: string): Promise<string> {
  const { code, stdout, stderr } = await run(["npm", "config", "get", key], { cwd: tmpdir() });
  if (code !== 0) throw new Error(`npm config get ${key}: ${stderr}`);
  return stdout.trim();
}
