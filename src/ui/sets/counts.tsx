import { lookOf } from "../words/states.ts";

/** How many there are of each state: number, shape and word, the worst first. */
export function Counts({ counts }: { counts: readonly (readonly [string, number])[] }) {
  return (
    <span class="state-counts">
      {counts.map(([word, count]) => {
        const { tone, shape } = lookOf(word);
        return (
          <span key={word} class="state bare" data-tone={tone}>
            <svg aria-hidden="true">
              <use href={`#shape-${shape}`} />
            </svg>
            {count} {word}
          </span>
        );
      })}
    </span>
  );
}
