/**
 * Who may sign in and what they may, as Argo CD's objects say it: `argocd-cm`, `argocd-secret` and `argocd-rbac-cm`. Pure.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/ and …/rbac/
 */
import { defined } from "../../lib/defined.ts";
import { parseDurationMs } from "../../lib/duration.ts";
import { compileGoRegexp } from "../../lib/go-regexp.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { BUILTIN_POLICY } from "../access/builtin-policy.ts";
import { checkPolicy } from "../access/check-policy.ts";
import { type AccessSettings, readAccessSettings } from "../access/rbac-config-map.ts";
import { type Account, ADMIN, readAccounts } from "../accounts/account.ts";
import { type ArgoTokens, readArgoTokens } from "../accounts/argo-tokens.ts";
import { type ForeignPassword, readForeignPasswords } from "../accounts/foreign-passwords.ts";
import type { Problem } from "../model/problem.ts";
import type { ArgoTexts } from "./argo-texts.ts";
import { RBAC_MAP, SETTINGS_MAP } from "./setting-keys.ts";

type Data = Readonly<Record<string, string>>;

/** Where Argo CD keeps what nobody but it should read. */
export const OWN_SECRET = "argocd-secret";
const MINUTE = 60_000;
const MOST_SESSION = 366 * 24 * 60 * MINUTE;
/** Of one object: who writes ten thousand wrong lines is told of the first. */
const MOST_PROBLEMS = 20;

export interface ArgoAccess {
  /**
   * Whether anybody is to be asked who they are. `nobody`: not a word is said of accounts, providers or a policy, and never
   * was since the daemon started.
   */
  asks: "everybody" | "nobody";
  /** `partly`: what an account's key says cannot be read, so that one may be missing. */
  known: "whole" | "partly";
  /** `admin` is always one of them. */
  accounts: readonly Account[];
  /** undefined: `argocd-secret` was not seen yet. */
  passwords: readonly ForeignPassword[] | undefined;
  /** undefined as there. */
  tokens: ArgoTokens | undefined;
  /** The last one that could be read whole; undefined: none could. */
  policy: AccessSettings | undefined;
  anonymous: "may what everybody may" | "may nothing";
  /** Of `users.session.duration`. */
  sessionMs?: number;
  /** Of `passwordPattern`, an expression of Go. */
  passwordPattern?: string;
  problems: readonly Problem[];
}

/** What the next reading needs of this one. */
export interface AccessMemory {
  asked: ArgoAccess["asks"];
  /** That `policy` was read of. */
  text: string;
  policy: AccessSettings | undefined;
  /** That `policy` came from, for the next start; "" where there is none. */
  policyText: string;
  problems: readonly Problem[];
}

export const NO_ACCESS: AccessMemory = {
  asked: "nobody",
  text: "",
  policy: undefined,
  policyText: "",
  problems: [],
};

/**
 * As after a reading of the policy that held last before this start.
 * @param text `policyText` of then; one that cannot be read now is as none
 */
export function rememberedPolicy(text: string): AccessMemory {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return NO_ACCESS;
  }
  if (!isMapping(data)) return NO_ACCESS;
  const entries = Object.entries(data).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  const { policy, policyText } = readPolicy(Object.fromEntries(entries), NO_ACCESS);
  // What is there now is read all the same, the very same text too: what is wrong with it is said after a start as before.
  return policy === undefined ? NO_ACCESS : { ...NO_ACCESS, policy, policyText };
}

/** A key that cannot be read costs its own account alone, and a line of the policy leaves the whole policy as it was. */
export function readArgoAccess(
  texts: ArgoTexts,
  before: AccessMemory,
): { access: ArgoAccess; memory: AccessMemory } {
  const { settings, secrets } = texts;
  const secret = secrets?.get(OWN_SECRET);
  const { accounts, problems: ofAccounts } = readAccounts(settings, `ConfigMap ${SETTINGS_MAP}`);
  const passwords = readForeignPasswords(secret ?? {}, `Secret ${OWN_SECRET}`);
  const tokens = readArgoTokens(secret ?? {}, `Secret ${OWN_SECRET}`);
  const policy = readPolicy(texts.access, before);
  const asked = before.asked === "everybody" || saysAnything(texts, secret) ? "everybody" : "nobody";
  const memory = { ...policy, asked } as const;
  const sessions = readSessions(settings);
  return {
    memory,
    access: {
      asks: asked,
      known: ofAccounts.length === 0 ? "whole" : "partly",
      accounts,
      passwords: secrets === undefined ? undefined : passwords.passwords,
      tokens: secrets === undefined ? undefined : tokens.tokens,
      policy: policy.policy,
      ...sessions.read,
      problems: [
        ...atMost(ofAccounts),
        ...atMost(passwords.problems),
        ...atMost(tokens.problems),
        ...passwordsOfNobody(passwords.passwords, accounts),
        ...sessions.problems,
        ...policy.problems,
      ],
    },
  };
}

/** Whoever writes one of these believes that not everybody may everything. */
function saysAnything({ settings, access }: ArgoTexts, secret: Data | undefined): boolean {
  const isSaid = (data: Data, key: RegExp): boolean =>
    Object.entries(data).some(([name, text]) => key.test(name) && text.trim() !== "");
  return (
    isSaid(
      settings,
      /^(?:accounts\.|admin\.enabled$|oidc\.config$|dex\.config$|users\.anonymous\.enabled$)/,
    ) ||
    isSaid(access, /^policy\.(?:.*\.)?(?:csv|default)$/) ||
    isSaid(secret ?? {}, /^(?:admin|accounts\..*)\.password$/) ||
    readArgoTokens(secret ?? {}, "").tokens.accounts.length > 0
  );
}

function readSessions(data: Data): {
  read: Pick<ArgoAccess, "anonymous" | "sessionMs" | "passwordPattern">;
  problems: Problem[];
} {
  const problems: Problem[] = [];
  const say = (path: string, text: string, fix: string): void => {
    problems.push({ severity: "error", object: `ConfigMap ${SETTINGS_MAP}`, path, text, fix });
  };
  const flag = data["users.anonymous.enabled"]?.trim() ?? "";
  const isOn = /^(?:1|t|true)$/i.test(flag);
  if (!isOn && flag !== "" && !/^(?:0|f|false)$/i.test(flag))
    say("users.anonymous.enabled", "must be true or false; nobody is let in by it", "Write true or false");
  const duration = data["users.session.duration"]?.trim() ?? "";
  const sessionMs = duration === "" ? undefined : parseDurationMs(duration);
  const isSession = sessionMs !== undefined && sessionMs >= MINUTE && sessionMs <= MOST_SESSION;
  if (duration !== "" && !isSession)
    say(
      "users.session.duration",
      "is no duration from a minute to a year; sessions last for a day",
      "Write it like 24h",
    );
  const pattern = data["passwordPattern"] ?? "";
  const expression = pattern === "" ? undefined : compileGoRegexp(pattern);
  if (expression !== undefined && !expression.ok)
    say(
      "passwordPattern",
      `is no expression, and no new password is held to it: ${expression.problem}`,
      "Correct it",
    );
  return {
    problems,
    read: {
      anonymous: isOn ? "may what everybody may" : "may nothing",
      ...defined({
        sessionMs: isSession ? sessionMs : undefined,
        passwordPattern: expression?.ok === true ? pattern : undefined,
      }),
    },
  };
}

function readPolicy(data: Data, before: AccessMemory): Omit<AccessMemory, "asked"> {
  const text = JSON.stringify(data);
  if (text === before.text) return before;
  const { settings, problems } = readAccessSettings(data);
  const isRead = problems.every(({ severity }) => severity !== "error");
  const ending = isRead
    ? ""
    : before.policy === undefined
      ? "; nothing of the policy holds but what is built in"
      : "; the policy that was read last holds";
  const { lines, matchMode, defaultRole } = settings;
  const judged = isRead
    ? checkPolicy(lines, { matchMode, builtin: BUILTIN_POLICY, ...defined({ defaultRole }) })
    : [];
  // A key that nobody reads is told by the table of keys.
  const wrong = [...problems, ...judged].filter(
    ({ text: said }) => !said.startsWith("nobody reads this key"),
  );
  return {
    text,
    policy: isRead ? settings : before.policy,
    policyText: isRead ? text : before.policyText,
    problems: atMost(wrong.map((problem) => ofPolicy(problem, ending))),
  };
}

/** By ConfigMap, key and line. */
function ofPolicy({ object, line, path, text, ...rest }: Problem, ending: string): Problem {
  const key = path ?? (object === RBAC_MAP ? undefined : `data["${object}"]`);
  return {
    ...rest,
    object: `ConfigMap ${RBAC_MAP}`,
    ...defined({ path: key }),
    text: `${line === undefined ? "" : `line ${line}: `}${text}${rest.severity === "error" ? ending : ""}`,
  };
}

/** As after an account was removed from `argocd-cm`; one that is only disabled has its password all the same. */
function passwordsOfNobody(passwords: readonly ForeignPassword[], accounts: readonly Account[]): Problem[] {
  const names = new Set(accounts.map(({ name }) => name));
  return atMost(
    passwords.flatMap(({ account }): Problem[] =>
      account === ADMIN || names.has(account)
        ? []
        : [
            {
              severity: "warning",
              object: `Secret ${OWN_SECRET}`,
              path: `accounts.${account}.password`,
              text: `is a password of ${account}, and ${SETTINGS_MAP} names no such account`,
              fix: `Write accounts.${account}: login into ${SETTINGS_MAP}, or remove the password`,
            },
          ],
    ),
  );
}

function atMost(problems: readonly Problem[]): Problem[] {
  const last = problems[MOST_PROBLEMS];
  if (last === undefined) return [...problems];
  const { severity, object } = last;
  const rest = problems.length - MOST_PROBLEMS;
  return [
    ...problems.slice(0, MOST_PROBLEMS),
    { severity, ...defined({ object }), text: `${rest} more like these are not told one by one` },
  ];
}
