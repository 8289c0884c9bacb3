import { now } from "../store/applications.ts";
import { barsOf, durationsWords, type TimedRun } from "../words/run-durations.ts";

const WIDTH = 8;
const GAP = 2;
const HEIGHT = 32;

/** How long the runs took, as bars for who sees and as a sentence for all; where there is one, the table says it. */
export function RunDurations({ runs }: { runs: readonly TimedRun[] }) {
  if (runs.length < 2) return null;
  const nowMs = Math.max(now.value, Date.now());
  const bars = barsOf(runs, nowMs);
  const width = bars.length * (WIDTH + GAP) - GAP;
  return (
    <p class="durations">
      <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
        {bars.map(({ id, share, tone, words }, at) => (
          <rect
            key={id}
            data-tone={tone}
            x={at * (WIDTH + GAP)}
            y={HEIGHT - share * HEIGHT}
            width={WIDTH}
            height={share * HEIGHT}
            rx="1"
          >
            <title>{words}</title>
          </rect>
        ))}
      </svg>
      <span class="dim">{durationsWords(runs, nowMs)}</span>
    </p>
  );
}
