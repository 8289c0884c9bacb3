import type { Accounts } from "../auth/accounts.ts";
import type { ArgoTokenCheck } from "../auth/argo-tokens.ts";
import type { HandedLogins } from "../auth/handed-logins.ts";
import type { Logins } from "../auth/logins.ts";
import type { Passwords } from "../auth/passwords.ts";
import type { Sessions } from "../auth/sessions.ts";
import type { Tokens } from "../auth/tokens.ts";
import type { WhoAsks } from "../auth/who-asks.ts";

/** What signs people in, where there are accounts. */
export interface AccountsDoor {
  logins: Pick<Logins, "signIn" | "changePassword" | "prove">;
  accounts: Pick<Accounts, "list" | "find">;
  passwords: Pick<Passwords, "set">;
  tokens: Pick<Tokens, "make" | "list" | "revoke">;
  /** Those that Argo CD issued. Absent: there are none. */
  argoTokens?: Pick<ArgoTokenCheck, "list">;
  sessions: Pick<Sessions, "end" | "endsAt" | "list">;
  who: Pick<WhoAsks, "ask">;
  handed: Pick<HandedLogins, "ask" | "question" | "questionOfCode" | "answer" | "refuse" | "redeem">;
}
