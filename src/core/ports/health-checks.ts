import type { Health } from "../model/health.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { RefKey } from "../model/object-ref.ts";

/** What a user's own check says of one object. `health` undefined: no evidence either way. */
export interface CheckVerdict {
  health: Health | undefined;
  /** Which check, for people: `lua example.org/Widget`. */
  check: string;
}

/** Checks in Lua, CEL or TypeScript that go before the rules of core/health. */
export interface HealthChecks {
  /**
   * From memory, at once. undefined where no check is meant for the kind. An object that was not judged yet
   * is judged in the background and is Progressing meanwhile; one that changed keeps its last verdict until
   * the new one is there.
   */
  said(object: KubeObject): CheckVerdict | undefined;
  /** Judges now and waits for it. */
  judge(object: KubeObject, signal?: AbortSignal): Promise<CheckVerdict | undefined>;
  /** The answer of `said` changed for these objects. */
  onChange(listener: (keys: readonly RefKey[]) => void): () => void;
  stop(): Promise<void>;
}
