/** The lines of one object of a plan, as the daemon made them; what is the same between them comes when asked for. */
import { useMemo, useRef, useState } from "preact/hooks";
import { type AskedPart, type DiffFile, type DiffHunk, withPart } from "../words/diff-rows.ts";
import { linesIn } from "../words/planned-lines.ts";
import { Visible } from "./diff-line.tsx";
import { Line } from "./text-diff.tsx";

/** More is drawn when somebody asks for it. */
const FEW = 60;
const MANY = 1_000;

export type LoadPart = (file: DiffFile, part: AskedPart) => Promise<{ hunks: DiffHunk[]; rest?: number }>;

export function FileLines({ file: first, onLoad }: { file: DiffFile; onLoad: LoadPart }) {
  const [file, setFile] = useState(first);
  const [most, setMost] = useState(FEW);
  const [left, setLeft] = useState<"open" | "closed">("closed");
  const [trouble, setTrouble] = useState("");
  const isLoading = useRef(false);
  const rows = useMemo(() => linesIn(file, left), [file, left]);
  const load = async (part: AskedPart): Promise<void> => {
    if (isLoading.current) return;
    isLoading.current = true;
    try {
      const more = await onLoad(file, part);
      setFile(withPart(file, more, part.is));
      setMost((now) => Math.max(now, MANY));
      setTrouble("");
    } catch (cause) {
      setTrouble(cause instanceof Error ? cause.message : String(cause));
    } finally {
      isLoading.current = false;
    }
  };
  const rest = rows.length - most;
  return (
    <div class="text-diff">
      {rows.slice(0, most).map((row) => {
        switch (row.is) {
          case "line":
            return <Line key={row.key} line={row.line} />;
          case "gap":
            return (
              <Between
                key={row.key}
                word={
                  row.to - row.from === 1 ? "1 line is the same" : `${row.to - row.from} lines are the same`
                }
                onAsk={() => void load({ is: "lines", from: row.from, to: row.to })}
              />
            );
          case "rest":
            return (
              <Between
                key={row.key}
                word="More changes"
                onAsk={() => void load({ is: "changes", from: row.from })}
              />
            );
          case "left":
            return (
              <Between
                key={row.key}
                word={
                  file.left.length === 1
                    ? "1 field is left to others"
                    : `${file.left.length} fields are left to others`
                }
                isOpen={left === "open"}
                onAsk={() => setLeft(left === "open" ? "closed" : "open")}
              />
            );
          case "note":
            return (
              <p key={row.key} class="dim">
                <Visible text={row.text} />
              </p>
            );
          default:
            return null;
        }
      })}
      {rest > 0 && (
        <Between
          word={rest === 1 ? "1 more line" : `${rest} more lines`}
          onAsk={() => setMost(most + MANY)}
        />
      )}
      {trouble !== "" && (
        <p class="refused" role="alert">
          {trouble}
        </p>
      )}
    </div>
  );
}

function Between({ word, isOpen, onAsk }: { word: string; isOpen?: boolean; onAsk(): void }) {
  return (
    <div class="left-out">
      <button type="button" class="link" aria-expanded={isOpen} onClick={onAsk}>
        {word}
      </button>
    </div>
  );
}
