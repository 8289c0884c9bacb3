import { Command } from "commander";
import type { CliHost } from "./host.ts";

/** The root of a command tree: it writes where the host says, as wide as that is, and ends no process. */
export function openProgram({ stdout, stderr }: CliHost, name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns || 100,
      getErrHelpWidth: () => stderr.columns || 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: () => undefined,
    });
}
