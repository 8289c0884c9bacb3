import { expect } from "bun:test";
import type { SubjectAnswer } from "./git-subject.ts";

/** What a hostile answer may cost for a moment: as many refs as an honest server may have. */
const MAX_GROWTH_BYTES = 96 * 2 ** 20;
/** In CPU time, which a busy machine does not stretch: an event loop that was kept longer had watches waiting. */
const MAX_TURN_MS = 250;

/** The daemon's memory and its event loop were as they are on any other day. */
export function expectCalm({ peakRss, busiestTurnMs }: SubjectAnswer, restBytes: number): void {
  expect(peakRss - restBytes).toBeLessThan(MAX_GROWTH_BYTES);
  expect(busiestTurnMs).toBeLessThan(MAX_TURN_MS);
}
