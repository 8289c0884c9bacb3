/** What a key or a wrong click must not end: somebody is in the midst of it. */
import { signal } from "@preact/signals";

/** Terminals with a shell behind them. */
export const openTerminals = signal(0);
