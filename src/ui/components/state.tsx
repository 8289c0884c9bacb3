import { lookOf } from "../words/states.ts";

/** A state's shape, tone and word: never a colour alone. @param of what is in that state, where that does not go without saying */
export function State({
  word,
  as = "pill",
  of,
}: {
  word: string;
  as?: "pill" | "bare";
  of?: string | undefined;
}) {
  const { tone, shape } = lookOf(word);
  return (
    <span class={as === "pill" ? "state" : "state bare"} data-tone={tone}>
      <svg aria-hidden="true">
        <use href={`#shape-${shape}`} />
      </svg>
      {of !== undefined && <span class="dim">{of}</span>}
      {word}
    </span>
  );
}
