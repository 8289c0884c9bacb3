import { Option } from "commander";
import type { CliContext } from "./context.ts";
import type { ExitCode } from "./exit-codes.ts";

/** Runs a command's work and keeps the code that it ends with. */
export type Start = (work: (context: CliContext) => ExitCode | Promise<ExitCode>) => Promise<void>;

export function output(...formats: readonly string[]): Option {
  return new Option("-o, --output <format>", "what to print").choices(formats);
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ holdfast ${line}`).join("\n")}`;
}
