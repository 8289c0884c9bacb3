/** Two texts beside each other line by line: what goes, what comes, and a little around it. */
import { useMemo, useState } from "preact/hooks";
import { lineDiff } from "../words/line-diff.ts";

/** More is drawn when somebody asks for it. */
const FEW = 400;

/** @param before absent: there is nothing yet @param after absent: it goes */
export function TextDiff({ before, after }: { before: string | undefined; after: string | undefined }) {
  const [most, setMost] = useState(FEW);
  const lines = useMemo(() => lineDiff(before, after), [before, after]);
  const rest = lines.length - most;
  return (
    <div class="text-diff">
      {lines.slice(0, most).map((line, at) =>
        line.is === "left-out" ? (
          <div key={at} class="left-out">
            {line.lines === 1 ? "1 line is the same" : `${line.lines} lines are the same`}
          </div>
        ) : line.is === "gone" ? (
          <del key={at}>{line.text}</del>
        ) : line.is === "new" ? (
          <ins key={at}>{line.text}</ins>
        ) : (
          <div key={at} class="same">
            {line.text}
          </div>
        ),
      )}
      {rest > 0 && (
        <button type="button" class="link" onClick={() => setMost(most + FEW * 10)}>
          {rest} more lines
        </button>
      )}
    </div>
  );
}
