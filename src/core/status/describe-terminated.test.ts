import { expect, test } from "bun:test";
import { appKey } from "../model/application.ts";
import { describeTerminated } from "./describe-terminated.ts";

const key = appKey("argocd", "shop");
const ended = {
  revisions: ["0123456789abcdef0123456789abcdef01234567"],
  by: "user:ann",
  at: "2026-11-28T09:00:00Z",
};
const SINCE = "Nothing is synced or healed by itself since. It goes on";
const BY = "at the next commit that changes it, or by:";

test.each<[what: string, said: string, want: string]>([
  [
    "who, since when, and how it goes on",
    describeTerminated(key, ended, undefined),
    `terminated by user:ann at 2026-11-28T09:00:00Z: the sync to 0123456. ${SINCE} ${BY} holdfast app sync argocd/shop`,
  ],
  [
    "no commit where it was ended before one was known",
    describeTerminated(key, { ...ended, revisions: [] }, undefined),
    `terminated by user:ann at 2026-11-28T09:00:00Z: its sync. ${SINCE} ${BY} holdfast app sync argocd/shop`,
  ],
  [
    "what is not refused where it is held",
    describeTerminated(key, ended, { deployment: 3 }),
    `terminated by user:ann at 2026-11-28T09:00:00Z: the sync to 0123456. ${SINCE} by: holdfast app rollback argocd/shop 3, or holdfast app unhold argocd/shop`,
  ],
])("describeTerminated() says %s", (_, text, want) => expect(text).toBe(want));
