/** Who one is here: by whose word, in which groups, until when, with which password and tokens, and what one may. */
import { useState } from "preact/hooks";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Ago, Until } from "../components/time.tsx";
import { daemon } from "../store/applications.ts";
import { ofSomebody, whoIsAsked } from "../store/can.ts";
import { ask, Refused } from "../store/daemon.ts";
import { type Login, Logins } from "./logins.tsx";
import { PasswordForm } from "./password-form.tsx";
import { RightsMatrix } from "./rights-matrix.tsx";
import { type AccountToken, TokensOf } from "./tokens.tsx";

interface User {
  username: string;
  iss: string;
  groups: readonly string[];
  /** Absent: whoever looks has no account of the daemon's own. */
  account?: { name: string; capabilities: readonly string[]; tokens: readonly AccountToken[] };
  logins: readonly Login[];
}

export function UserPage() {
  const [turn, setTurn] = useState(0);
  const again = (): void => setTurn((before) => before + 1);
  const who = whoIsAsked();
  const answer = useAsked<User | "nobody">(
    (signal) => ofSomebody<User | "nobody">(who, () => readUser(signal), "nobody"),
    [who, turn],
  );
  const [shown, setShown] = useState<User | "nobody" | undefined>();
  // What is drawn stays while it is asked for anew.
  if (answer.is === "answered" && answer.value !== shown) setShown(answer.value);
  return (
    <>
      <h1 tabIndex={-1}>You: {daemon.value.asker}</h1>
      {shown === undefined ? (
        <Asked answer={answer} waiting="Asking who you are">
          {() => null}
        </Asked>
      ) : shown === "nobody" ? (
        <p>
          This daemon has no accounts: whoever reaches it as you do may do everything. Accounts and single
          sign-on are <code>accounts</code> and <code>signOn</code> of its config.
        </p>
      ) : (
        <Known user={shown} again={again} />
      )}
    </>
  );
}

function Known({ user: { username, iss, groups, account, logins }, again }: { user: User; again(): void }) {
  const own = logins.find((one) => one.own === "yes");
  const by =
    iss === "argocd"
      ? "an account of this daemon"
      : iss === "holdfast"
        ? "the token of the config"
        : `by the word of ${iss}`;
  return (
    <>
      <p class="attention">
        {username}, {by}.
        {own !== undefined && (
          <>
            {" "}
            This login began <Ago at={own.since} /> and ends <Until at={own.ends} />, or{" "}
            <Until at={own.endsUnused} /> unless it is used.
          </>
        )}
      </p>
      <AsCli words={["whoami"]} />
      <section aria-labelledby="user-groups">
        <h2 id="user-groups" class="small">
          Groups
        </h2>
        {groups.length === 0 ? (
          <p class="dim">In none.</p>
        ) : (
          <ul class="words-list">
            {groups.map((group) => (
              <li key={group} class="mono">
                {group}
              </li>
            ))}
          </ul>
        )}
      </section>
      <section aria-labelledby="user-logins">
        <h2 id="user-logins" class="small">
          Logins
        </h2>
        <Logins logins={logins} again={again} />
      </section>
      {account?.capabilities.includes("login") === true && (
        <section aria-labelledby="user-password">
          <h2 id="user-password" class="small">
            Password
          </h2>
          <details>
            <summary>Change the password</summary>
            <PasswordForm account={account.name} of="oneself" />
          </details>
        </section>
      )}
      {account !== undefined && (
        <section aria-labelledby="user-tokens">
          <h2 id="user-tokens" class="small">
            Tokens
          </h2>
          {account.capabilities.includes("apiKey") ? (
            <TokensOf account={account.name} tokens={account.tokens} again={again} />
          ) : (
            <p class="dim">
              This account may have none: its <code>may</code> in the config lacks <code>apiKey</code>.
            </p>
          )}
        </section>
      )}
      <section aria-labelledby="user-rights">
        <h2 id="user-rights" class="small">
          What you may
        </h2>
        <RightsMatrix />
      </section>
    </>
  );
}

async function readUser(signal: AbortSignal): Promise<User | "nobody"> {
  type Info = { username?: string; iss?: string; groups?: string[] };
  const info = await ask<Info>("GET", "/api/v1/session/userinfo", { signal }).catch((cause: unknown) => {
    if (cause instanceof Refused && cause.status === 501) return "nobody" as const;
    throw cause;
  });
  if (info === "nobody") return info;
  const { username = "", iss = "", groups = [] } = info;
  const [account, { items }] = await Promise.all([
    iss === "argocd"
      ? ask<NonNullable<User["account"]>>("GET", `/api/v1/account/${encodeURIComponent(username)}`, {
          signal,
        }).catch(() => undefined)
      : undefined,
    ask<{ items: Login[] }>("GET", "/api/holdfast/v1/sessions", { signal }),
  ]);
  const logins = items.filter((one) => one.account === username || one.own === "yes");
  return { username, iss, groups, logins, ...(account === undefined ? {} : { account }) };
}
