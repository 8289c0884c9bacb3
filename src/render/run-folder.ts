import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isProcessRunning } from "../lib/is-process-running.ts";

/** The folders of one render, all below one root. Nothing is on disk before it is asked for: most plain folders never ask. */
export interface RunFolder {
  /** Of all of it. */
  readonly path: string;
  /** An empty folder. */
  readonly scratch: string;
  /** A folder below `path`. */
  make(name: string): string;
  /** A folder outside of `path`, for what a tool is given and may not change, whichever tool of this render it is. */
  makeBeside(name: string): string;
  /** A program of ours: what a tool may execute it may not change. Answers where it lies. */
  addProgram(name: string, content: Uint8Array): string;
  /** Everything that a tool may take for its home, cache or settings. Where it finds programs is the program's matter. */
  env(): Readonly<Record<string, string>>;
  /** Removes everything. */
  remove(): Promise<void>;
}

const PREFIX = "run-";

/** Only this user may look inside: exports and value files can hold secrets. */
export function makeRunFolder(scratchDir: string): RunFolder {
  const root = join(scratchDir, `${PREFIX}${process.pid}-${crypto.randomUUID()}`);
  const beside = `${root}-beside`;
  let made = false,
    madeBeside = false;
  const make = (name: string): string => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    made = true;
    return path;
  };
  const makeBeside = (name: string): string => {
    const path = join(beside, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    madeBeside = true;
    return path;
  };
  return {
    path: root,
    get scratch() {
      return make("scratch");
    },
    make,
    makeBeside,
    addProgram(name, content) {
      const path = join(makeBeside("programs"), name);
      writeFileSync(path, content, { mode: 0o700 });
      return path;
    },
    env: () => environment(make("home"), make("tmp")),
    async remove() {
      if (made) await rm(root, { recursive: true, force: true });
      if (madeBeside) await rm(beside, { recursive: true, force: true });
    },
  };
}

function environment(home: string, tmp: string): Record<string, string> {
  return {
    HOME: home,
    TMPDIR: tmp,
    LANG: "C.UTF-8",
    TZ: "UTC",
    XDG_CACHE_HOME: join(home, "cache"),
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_DATA_HOME: join(home, "data"),
    HELM_CACHE_HOME: join(home, "helm-cache"),
    HELM_CONFIG_HOME: join(home, "helm-config"),
    HELM_DATA_HOME: join(home, "helm-data"),
    HELM_PLUGINS: join(home, "no-plugins"),
    KUBECONFIG: "/dev/null",
    GOMAXPROCS: "2",
    GOMEMLIMIT: "1GiB",
  };
}

/** Makes the scratch folder and removes what processes that are gone left in it. Folders of running processes stay. */
export async function cleanScratch(scratchDir: string): Promise<void> {
  mkdirSync(scratchDir, { recursive: true, mode: 0o700 });
  const left = readdirSync(scratchDir).filter((name) => {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    return Number.isInteger(pid) && !isProcessRunning(pid);
  });
  await Promise.all(left.map((name) => rm(join(scratchDir, name), { recursive: true, force: true })));
}
