/** Runs the command line in this process, as main.ts would, and keeps what it writes. */

import type { CliEnv, CliHost } from "../../src/cli/host.ts";
import type { OfflineVerbs } from "../../src/cli/offline-verbs.ts";
import { runCli } from "../../src/cli/program.ts";
import { defined } from "../../src/lib/defined.ts";

export interface CliRun {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CliSetting {
  server?: string;
  env?: CliEnv;
  /** What stdout and stderr are; default: a pipe. */
  terminal?: { columns: number; rows?: number };
  stdin?: { text: string; isTTY?: boolean };
  verbs?: Partial<OfflineVerbs>;
  signal?: AbortSignal;
  now?: () => number;
  edit?: CliHost["edit"];
  browse?: CliHost["browse"];
  /** Called with everything that was written so far. */
  onStdout?: (soFar: string) => void;
  onStderr?: (soFar: string) => void;
}

export async function cli(argv: readonly string[], setting: CliSetting = {}): Promise<CliRun> {
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({
    isTTY: setting.terminal !== undefined,
    columns: setting.terminal?.columns,
    rows: setting.terminal?.rows,
    write(text: string) {
      written[name] += text;
      (name === "stdout" ? setting.onStdout : setting.onStderr)?.(written[name]);
    },
  });
  const { text = "", isTTY = false } = setting.stdin ?? {};
  const lines = text.split("\n");
  const line = async () => lines.shift() ?? "";
  const host: CliHost = {
    argv,
    stdin: { isTTY, text: async () => text, line, hiddenLine: line },
    stdout: output("stdout"),
    stderr: output("stderr"),
    env: {
      LANG: "C.UTF-8",
      ...defined({ HOLDFAST_SERVER: setting.server }),
      ...setting.env,
    },
    signal: setting.signal ?? new AbortController().signal,
    verbs: { ...NO_VERBS, ...setting.verbs },
    edit: setting.edit ?? (() => Promise.reject(new Error("this test did not expect an editor"))),
    browse: setting.browse ?? (async () => "none"),
    machine: "machine",
    ...defined({ now: setting.now }),
  };
  return { code: await runCli(host), ...written };
}

const unexpected = (): never => {
  throw new Error("this test did not expect an offline verb");
};
const NO_VERBS: OfflineVerbs = {
  serve: unexpected,
  demo: unexpected,
  demoAction: unexpected,
  validate: unexpected,
  render: unexpected,
  appsetGenerate: unexpected,
  health: unexpected,
  localRange: unexpected,
  rbacCan: unexpected,
  rbacValidate: unexpected,
  resetPassword: unexpected,
  backup: unexpected,
  restore: unexpected,
  install: unexpected,
  clusterAccount: unexpected,
  adopt: unexpected,
  takeable: unexpected,
  belongings: unexpected,
  adoptExport: unexpected,
  activityVerify: unexpected,
  doctor: unexpected,
  definitions: unexpected,
  version: unexpected,
};
