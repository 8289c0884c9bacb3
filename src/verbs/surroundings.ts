/** What main.ts knows of the process and its machine, handed to every verb: nothing else reads the environment. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Programs by name that are part of this file (full build). Empty elsewhere. */
  embedded: Readonly<Record<string, string>>;
  /** The folder that holds `node_modules`, undefined in a compiled binary. */
  packageRoot: string | undefined;
  build: { version: string; commit: string; buildDate: string };
  /** This process, for the one replacement by itself with other runtime settings. */
  self: {
    env: Readonly<Record<string, string | undefined>>;
    execPath: string;
    argv: readonly string[];
    execArgv: readonly string[];
  };
  stderr(text: string): void;
}
