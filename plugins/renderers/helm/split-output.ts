import type { RenderedDocument } from "../../../src/core/model/desired-object.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import { asRendered } from "../../../src/plugin/contract.ts";

/** Where helm says which template comes next. */
const SOURCE = /^---[ \t]*\n# Source: (\S.*)$/gm;
/** A line that is neither empty nor a comment nor a separator. */
const SAYS_SOMETHING = /^(?!---[ \t]*$)(?!#)[ \t]*[^\s]/m;
/** Templates of a chart; what comes after so many stays one piece. */
const MOST_PIECES = 20_000;

/**
 * Cuts helm's output at its `# Source:` comments, so that each piece knows the template it came from. Every line counts,
 * empty ones at the end too: a block that keeps its breaks may end there.
 * @param chart folder of the chart in its repository, put in place of the chart's name
 */
export function splitOutput(output: string, chart: string): RenderedDocument[] {
  const pieces: { file: string; from: number }[] = [{ file: chart, from: 0 }];
  for (const { index, 1: source = "" } of output.matchAll(SOURCE)) {
    if (pieces.length > MOST_PIECES) break;
    pieces.push({ file: below(chart, source.slice(source.indexOf("/") + 1)), from: index });
  }
  return pieces
    .map(({ file, from }, at) => ({
      text: output.slice(from, pieces[at + 1]?.from),
      file: asRendered(file),
      line: 1,
    }))
    .filter(({ text }) => SAYS_SOMETHING.test(text));
}
