/** The same by the command line: shown, and copied by a button. */
import { Fragment } from "preact";
import { cliLine } from "../words/cli-line.ts";
import { note } from "./notes.tsx";

/** @param words after `holdfast` */
export function AsCli({ words }: { words: readonly string[] }) {
  const line = cliLine(words);
  return (
    <p class="cli">
      <code>
        {/* No line ends within a flag: `--` would be one of its own. */}
        {line.split(" ").map((word, at) => (
          <Fragment key={at}>
            {at > 0 && " "}
            <span>{word}</span>
          </Fragment>
        ))}
      </code>
      <button type="button" class="link" onClick={() => void copy(line)}>
        Copy as CLI
      </button>
    </p>
  );
}

/** @param as how it is called once it is copied */
export async function copy(text: string, as = text): Promise<void> {
  try {
    // Not there without TLS, but on one's own machine.
    await navigator.clipboard.writeText(text);
    note("good", `Copied: ${as}`);
  } catch {
    note("bad", `This browser lets nothing be copied here: ${as}`);
  }
}
