import type { Logins } from "../auth/logins.ts";
import type { Sessions } from "../auth/sessions.ts";
import type { WhoAsks } from "../auth/who-asks.ts";

/** What signs people in, where there are accounts. */
export interface AccountsDoor {
  logins: Pick<Logins, "signIn">;
  sessions: Pick<Sessions, "end">;
  who: Pick<WhoAsks, "ask">;
}
