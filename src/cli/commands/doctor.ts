import { defined } from "../../lib/defined.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList } from "../print-object.ts";
import { plainText } from "../terminal/plain-text.ts";
import { painted } from "../terminal/terminal.ts";

/** Config, tools, sandbox level, repositories and clusters: what works, and what to do about the rest. */
export async function doctor(
  context: CliContext,
  { config, output }: { config?: string; output?: "json" },
): Promise<ExitCode> {
  const checks = await context.host.verbs.doctor({
    signal: context.signal,
    ...defined({ config }),
  });
  if (output === "json") printJsonList(context, "Checks", { items: checks });
  else {
    const { out } = context;
    const width = Math.max(0, ...checks.map(({ name }) => Bun.stringWidth(name)));
    context.print(
      checks.flatMap(({ name, state, text, fix }) => [
        `${painted(out, out.state(state))}${" ".repeat("warning".length - state.length)}   ${name}${" ".repeat(width - Bun.stringWidth(name))}   ${plainText(text)}`,
        ...(fix === undefined ? [] : [`${" ".repeat(width + 15)}${out.paint("dim", plainText(fix))}`]),
      ]),
    );
  }
  const failed = checks.filter(({ state }) => state === "failed");
  // A wrong config has one exit code, whatever verb met it.
  if (failed.some(({ name }) => name === "config")) return EXIT.usage;
  return failed.length > 0 ? EXIT.differs : EXIT.done;
}
