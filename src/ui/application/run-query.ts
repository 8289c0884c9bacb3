import { LOG_QUERY } from "./log-query.ts";

/** What of the address is of one run: which log of it is open, and which of its results are shown. */
const OF_ONE_RUN = ["log", "what", "result", ...LOG_QUERY] as const;

/** Left when another run is opened, or another view. */
export const LEFT_WITH_A_RUN = Object.fromEntries(OF_ONE_RUN.map((name) => [name, undefined]));
