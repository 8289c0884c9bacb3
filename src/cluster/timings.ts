/** Every wait of the adapter, in milliseconds where nothing else is said. Tests shorten them. */
export interface Timings {
  readMs: number;
  /** Admission webhooks may take 30 seconds. */
  writeMs: number;
  /** A watch that says nothing for so long is cut. Measured: bookmarks come once a minute, the first after up to two. */
  silenceMs: number;
  /** How long the server is asked to keep a watch, in seconds; spread between the two. */
  watchSeconds: readonly [number, number];
  /** Where nothing was heard for so long, the server is asked whether it is there. */
  quietMs: number;
  /** It must say so within this time. With `quietMs` no more than 15 seconds. */
  probeMs: number;
  /** A server that did not is asked again at least this often. */
  probeEveryMs: number;
  /** A credential plugin is killed when it takes longer. */
  pluginMs: number;
  firstPauseMs: number;
  lastPauseMs: number;
  /** A second full list of one kind within this time waits for the back-off. */
  listEveryMs: number;
  /** A kind that nobody follows is watched on for so long. */
  dropAfterMs: number;
  /** Asking for an unknown kind refreshes discovery at most once in this time. */
  discoverEveryMs: number;
  /**
   * Discovery is refreshed so long after the first of a burst of CRD or APIService changes, and again after pauses that
   * grow from it to `discoverAgainMs`: a server's documents follow its definitions late.
   */
  discoverAfterMs: number;
  discoverAgainMs: number;
  /** Where definitions cannot be watched, or a group could not be discovered, discovery is refreshed this often. */
  discoverUnseenMs: number;
}

export const TIMINGS: Timings = {
  readMs: 30_000,
  writeMs: 60_000,
  silenceMs: 150_000,
  watchSeconds: [300, 600],
  quietMs: 8_000,
  probeMs: 5_000,
  probeEveryMs: 5_000,
  pluginMs: 30_000,
  firstPauseMs: 800,
  lastPauseMs: 30_000,
  listEveryMs: 30_000,
  dropAfterMs: 300_000,
  discoverEveryMs: 1_000,
  discoverAfterMs: 250,
  discoverAgainMs: 16_000,
  discoverUnseenMs: 30_000,
};
