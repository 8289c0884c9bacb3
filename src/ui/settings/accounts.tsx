/** Which accounts there are, for whoever may see them: what each may, and of one its logins, tokens and password. */
import { useState } from "preact/hooks";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Table } from "../components/table.tsx";
import { ofSomebody, useWhyNot, whoIsAsked } from "../store/can.ts";
import { ask, Refused } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";
import { type Login, Logins } from "../user/logins.tsx";
import { PasswordForm } from "../user/password-form.tsx";
import { type AccountToken, TokensOf } from "../user/tokens.tsx";

interface Account {
  name: string;
  enabled: boolean;
  capabilities: readonly string[];
  tokens: readonly AccountToken[];
}

const MAY: Readonly<Record<string, string>> = { login: "a password", apiKey: "tokens" };
const mayWords = ({ capabilities }: Account): string =>
  capabilities.map((one) => MAY[one] ?? one).join(", ") || "nothing";

export function Accounts() {
  const who = whoIsAsked();
  const answer = useAsked(
    (signal) =>
      ofSomebody<{ items: Account[] | null } | undefined>(
        who,
        () =>
          ask<{ items: Account[] | null }>("GET", "/api/v1/account", { signal }).catch((cause: unknown) => {
            if (cause instanceof Refused && cause.status === 501) return undefined;
            throw cause;
          }),
        undefined,
      ),
    [who],
  );
  const denied = useWhyNot("accounts", "get");
  return (
    <section aria-labelledby="accounts">
      <h2 id="accounts" class="small">
        Accounts
      </h2>
      <Asked answer={answer} waiting="Asking which there are">
        {(listed) =>
          listed === undefined ? (
            <p>
              There are none: whoever reaches this daemon may do everything. They are <code>accounts</code> of
              its config.
            </p>
          ) : (
            <>
              {denied !== undefined && <p class="dim">{denied} of others: your own is listed.</p>}
              <Table
                items={listed.items ?? []}
                keyOf={({ name }) => name}
                none={<p>There is none that you may see.</p>}
                columns={[
                  {
                    head: "Name",
                    cell: ({ name }) => (
                      <a href={hrefOf(`/settings/accounts/${encodeURIComponent(name)}`)}>{name}</a>
                    ),
                  },
                  { head: "Enabled", as: "word", cell: ({ enabled }) => (enabled ? "yes" : "no") },
                  { head: "May have", cell: mayWords },
                  { head: "Tokens", as: "word", cell: ({ tokens }) => tokens.length },
                ]}
              />
              <p class="dim">
                Who has an account stands in <code>accounts</code> of the config, or in <code>argocd-cm</code>{" "}
                where the home is a cluster.
              </p>
            </>
          )
        }
      </Asked>
      <AsCli words={["account", "list"]} />
    </section>
  );
}

export function OneAccount({ name }: { name: string }) {
  const [turn, setTurn] = useState(0);
  const again = (): void => setTurn((before) => before + 1);
  const denied = useWhyNot("accounts", "update", name);
  const answer = useAsked(
    async (signal) => {
      const [account, { items }] = await Promise.all([
        ask<Account>("GET", `/api/v1/account/${encodeURIComponent(name)}`, { signal }),
        ask<{ items: Login[] }>("GET", "/api/holdfast/v1/sessions", { signal }),
      ]);
      return { account, logins: items.filter((one) => one.account === name) };
    },
    [name, turn],
  );
  return (
    <section aria-labelledby="account">
      <h2 id="account">{name}</h2>
      <p>
        <a href={hrefOf("/settings/accounts")}>All accounts</a>
      </p>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ account, logins }) => (
          <>
            <p class="attention">
              {account.enabled ? "Enabled" : "Disabled"}; may have {mayWords(account)}.
            </p>
            <h3>Tokens</h3>
            <TokensOf account={name} tokens={account.tokens} denied={denied} again={again} />
            <h3>Logins</h3>
            <Logins logins={logins} again={again} />
            {account.capabilities.includes("login") && (
              <>
                <h3>Password</h3>
                {denied === undefined ? (
                  <details>
                    <summary>Set another password</summary>
                    <PasswordForm account={name} of="somebody" />
                  </details>
                ) : (
                  <p class="dim">{denied}.</p>
                )}
              </>
            )}
          </>
        )}
      </Asked>
      <AsCli words={["account", "get", name]} />
    </section>
  );
}
