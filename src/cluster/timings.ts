/** Every wait of the adapter, in milliseconds where nothing else is said. Tests shorten them. */
export interface Timings {
  readMs: number;
  /** Admission webhooks may take 30 seconds. */
  writeMs: number;
  /** A watch that says nothing for so long is cut. Measured: bookmarks come once a minute, the first after up to two. */
  silenceMs: number;
  /** How long the server is asked to keep a watch, in seconds; spread between the two. */
  watchSeconds: readonly [number, number];
  firstPauseMs: number;
  lastPauseMs: number;
  /** A second full list of one kind within this time waits for the back-off. */
  listEveryMs: number;
  /** A kind that nobody follows is watched on for so long. */
  dropAfterMs: number;
  /** Asking for an unknown kind refreshes discovery at most once in this time. */
  discoverEveryMs: number;
  /** Discovery is refreshed so long after the last of a burst of CRD or APIService changes. */
  discoverAfterMs: number;
}

export const TIMINGS: Timings = {
  readMs: 30_000,
  writeMs: 60_000,
  silenceMs: 150_000,
  watchSeconds: [300, 600],
  firstPauseMs: 800,
  lastPauseMs: 30_000,
  listEveryMs: 30_000,
  dropAfterMs: 300_000,
  discoverEveryMs: 1_000,
  discoverAfterMs: 250,
};
