import { lookOf } from "../words/states.ts";

/** A state's shape, tone and word: never a colour alone. */
export function State({ word, as = "pill" }: { word: string; as?: "pill" | "bare" }) {
  const { tone, shape } = lookOf(word);
  return (
    <span class={as === "pill" ? "state" : "state bare"} data-tone={tone}>
      <svg aria-hidden="true">
        <use href={`#shape-${shape}`} />
      </svg>
      {word}
    </span>
  );
}
