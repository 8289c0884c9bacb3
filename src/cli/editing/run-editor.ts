import { codeOf, messageOf } from "../../lib/caught.ts";
import { shellWords } from "../../lib/shell-words.ts";
import type { EditorEnd } from "../host.ts";

/** What every machine with a terminal has. */
const USUAL = "vi";

/**
 * Runs an editor on a file, in this terminal, until it is closed.
 * @param chosen a command line, such as `code --wait`; it is split as a shell does, and no shell reads it
 * @param at whether a person is there: without a terminal only an editor that was chosen is started
 */
export async function runEditor(
  chosen: string | undefined,
  file: string,
  at: "terminal" | "none",
): Promise<EditorEnd> {
  const [program, ...words] = shellWords(chosen ?? (at === "terminal" ? USUAL : ""));
  if (program === undefined) return { is: "none" };
  try {
    const child = Bun.spawn([program, ...words, file], {
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    });
    const code = await child.exited;
    if (child.signalCode !== null) return { is: "failed", how: `by ${child.signalCode}` };
    return code === 0 ? { is: "closed" } : { is: "failed", how: `with ${code}` };
  } catch (cause) {
    const why = { ENOENT: "it is not there", EACCES: "it may not be run" }[codeOf(cause)] ?? messageOf(cause);
    return { is: "not-started", program, why };
  }
}
