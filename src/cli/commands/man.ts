import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { manPage } from "../man/man-page.ts";

/** The manual page, for `man -l -` and for a folder of MANPATH. */
export function man({ host }: CliContext, program: Command): ExitCode {
  const { version, buildDate } = host.verbs.version();
  host.stdout.write(manPage(program, { version, date: buildDate.slice(0, "2026-11-29".length) }));
  return EXIT.done;
}
