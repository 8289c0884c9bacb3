import type { Secret } from "../model/secret.ts";

/** The key that all replicas of one home share, and nobody else has. */
export interface PeersKey {
  now(): KeyNow;
  /** Somebody has another one: whether the shared one is another by now is looked up, and no more often than every few seconds. */
  doubted(): void;
}

/** `key`: at least 32 bytes of chance. `why`: a clause. */
export type KeyNow = { is: "known"; key: Secret } | { is: "unknown"; why: string };
