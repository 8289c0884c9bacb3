import type { Clock } from "../clock.ts";
import type { KubeApi } from "../rest/kube-api.ts";
import type { Lists } from "./list.ts";

/** What answering a request takes. */
export interface Handling {
  api: KubeApi;
  lists: Lists;
  clock: Clock;
  /** `v1.36.3` */
  version: string;
  token: string;
  bookmarkMs: number;
  /** Why its authorizer says no; undefined where it does not. */
  refuses(request: { user: string | undefined; method: string; path: string }): string | undefined;
  /** Aborted when the sandbox stops. */
  signal: AbortSignal;
}
