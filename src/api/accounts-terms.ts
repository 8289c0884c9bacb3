/** What the routes of accounts, their tokens and sessions take and answer. */
import { may } from "./routes.ts";
import { DONE, json } from "./terms/terms.ts";
import { choice, either, fields, flag, int64, list, optional, text, told } from "./terms/wire.ts";

/** Characters: each is a pattern that is tried at every question. */
const PATTERN = text({ most: 300 });
const SCOPES = either(
  choice(["all"]),
  list(fields({ resource: PATTERN, action: PATTERN, object: PATTERN }), { least: 1 }),
  {
    says: "What the token may of what its owner may; default all.",
    expected: "a list of {resource, action, object}, texts of at most 300 characters each",
  },
);
const TOKEN_SCOPES = [
  choice(["all"]),
  list(told({ resource: text(), action: text(), object: text() })),
] as const;
/** 64 bits are text in protobuf's JSON. */
const SECONDS = text({ says: "Seconds since 1970." });
const TOKENS = list(
  told({
    id: text(),
    issuedAt: SECONDS,
    expiresAt: SECONDS,
    hint: text({ says: "By which its owner knows it: its first characters." }),
    createdBy: text(),
    scopes: either(...TOKEN_SCOPES),
    lastUsed: optional(text()),
  }),
);
const ACCOUNT = told({ name: text(), enabled: flag(), capabilities: list(text()), tokens: TOKENS });

/** Of Argo CD's bodies: those of a token that does not say what it meant would last, or may, too much. */
const TOKEN_BODY = fields(
  {
    id: optional(text({ says: "Its name; default the day and six signs." })),
    expiresIn: optional(
      int64({
        says: "Seconds; default 90 days; 0 for a year, the longest there is.",
        expected: "a whole number of seconds",
      }),
    ),
    scopes: optional(SCOPES),
    currentPassword: optional(
      text({ expected: "a text", says: "Of whoever asks, where the login is older than 15 minutes." }),
    ),
    name: optional(text({ says: "As in the path." })),
    project: optional(text({ says: "As in the path." })),
    role: optional(text({ says: "As in the path." })),
    description: optional(text({ says: "It is not kept." })),
  },
  { unknown: "slips" },
);
const MADE = json(told({ token: text({ says: "Its secret, which is told here and never again." }) }));
const LET_IN = { asks: "let-in" } as const;

export const LIST_ACCOUNTS = {
  id: "listAccounts",
  says: "One's own account, and all of them for whoever may see accounts.",
  ...LET_IN,
  answers: json(told({ items: list(ACCOUNT) })),
} as const;
export const CAN_I = {
  id: "canI",
  says: "Whether whoever asks may do that.",
  ...LET_IN,
  shownAs: "/api/v1/account/can-i/{resource}/{action}/{object}",
  path: { object: "As a policy names it, slashes too; `*` for all." },
  answers: json(told({ value: choice(["yes", "no"]) })),
} as const;
export const SET_PASSWORD = {
  id: "setPassword",
  says: "Sets one's own password, or somebody's for whoever may change accounts.",
  ...LET_IN,
  body: fields(
    {
      name: optional(text({ says: "Default: one's own account." })),
      // What was sent in their place is not said again.
      currentPassword: optional(
        text({
          expected: "a text",
          says: "Of whoever asks: for one's own account, and where the login is older than 15 minutes.",
        }),
      ),
      newPassword: text({ expected: "a text" }),
    },
    { unknown: "slips" },
  ),
  answers: DONE,
} as const;
export const GET_ACCOUNT = {
  id: "getAccount",
  says: "One account with its tokens.",
  ...LET_IN,
  answers: json(ACCOUNT),
} as const;
export const MAKE_TOKEN = {
  id: "makeAccountToken",
  says: "Makes a token of an account.",
  ...LET_IN,
  body: TOKEN_BODY,
  answers: MADE,
} as const;
export const REVOKE_TOKEN = {
  id: "revokeAccountToken",
  says: "Ends a token of an account.",
  ...LET_IN,
  path: { id: "Of the token, or its name." },
  answers: DONE,
} as const;
export const MAKE_ROLE_TOKEN = {
  id: "makeRoleToken",
  says: "Makes a token of a role of a project.",
  ...LET_IN,
  body: TOKEN_BODY,
  answers: MADE,
} as const;
export const LIST_ROLE_TOKENS = {
  id: "listRoleTokens",
  says: "Tokens of a role of a project.",
  asks: may("projects", "get"),
  answers: json(told({ items: TOKENS })),
} as const;
export const REVOKE_ROLE_TOKEN = {
  id: "revokeRoleToken",
  says: "Ends a token of a role of a project.",
  ...LET_IN,
  path: { iat: "When it was made, in seconds since 1970; or its id or name." },
  answers: DONE,
} as const;
export const LIST_SESSIONS = {
  id: "listSessions",
  says: "One's own sessions, and all of them for whoever may see accounts.",
  ...LET_IN,
  answers: json(
    told({
      items: list(
        told({
          id: text(),
          account: text(),
          carried: choice(["cookie", "bearer"]),
          address: text(),
          agent: text(),
          issuer: optional(text({ says: "Who vouches for them; absent for accounts of ours." })),
          since: text(),
          lastUsed: text(),
          ends: text({ says: "At the latest." }),
          endsUnused: text({ says: "Where nobody uses it any more." }),
          own: optional(choice(["yes"], "It is the one that asks.")),
        }),
      ),
    }),
  ),
} as const;
export const END_SESSION = {
  id: "endSession",
  says: "Ends a session: one's own, or anybody's for whoever may change accounts.",
  ...LET_IN,
  answers: DONE,
} as const;
