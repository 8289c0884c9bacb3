import type { RenderedDocument } from "../../../src/core/model/desired-object.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import { asRendered } from "../../../src/plugin/contract.ts";

const SEPARATOR = /^---[ \t]*$/;
const SOURCE = /^# Source: (\S.*)$/;

/**
 * Cuts helm's output at its `# Source:` comments, so that each piece knows the template it came from.
 * @param chart folder of the chart in its repository, put in place of the chart's name
 */
export function splitOutput(output: string, chart: string): RenderedDocument[] {
  const pieces: { file: string; lines: string[] }[] = [{ file: chart, lines: [] }];
  const lines = output.split("\n");
  for (const [at, line] of lines.entries()) {
    const source = SEPARATOR.test(line) ? SOURCE.exec(lines[at + 1] ?? "")?.[1] : undefined;
    if (source !== undefined)
      pieces.push({ file: below(chart, source.slice(source.indexOf("/") + 1)), lines: [] });
    pieces.at(-1)?.lines.push(line);
  }
  const last = pieces.at(-1);
  return pieces
    .map(({ file, lines: own }) => ({
      // Every line counts, empty ones at the end too: a block that keeps its breaks may end there.
      text: own === last?.lines ? own.join("\n") : `${own.join("\n")}\n`,
      file: asRendered(file),
      line: 1,
    }))
    .filter(({ text }) =>
      text.split("\n").some((line) => line.trim() !== "" && !line.startsWith("#") && !SEPARATOR.test(line)),
    );
}
