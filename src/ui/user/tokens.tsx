/** Tokens of an account: which there are, made with an end, shown once, revoked. */
import { useRef, useState } from "preact/hooks";
import { AsCli } from "../components/as-cli.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Until } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";
import { readScopes, type TokenScope } from "../words/token-scopes.ts";

export interface AccountToken {
  id: string;
  /** Seconds since 1970, as text; 0: it never ends. */
  issuedAt: string;
  expiresAt: string;
  hint: string;
  createdBy: string;
  scopes: "all" | TokenScope[];
  lastUsed?: string;
}

const DAY_S = 24 * 60 * 60;
const LIVES = [1, 7, 30, 90, 365] as const;

interface Tokens {
  account: string;
  tokens: readonly AccountToken[];
  /** Why nothing of it may be changed. */
  denied?: string | undefined;
  /** They were changed. */
  again(): void;
}

export function TokensOf({ account, tokens, denied, again }: Tokens) {
  const [leaving, setLeaving] = useState<AccountToken | undefined>();
  const own = ["account", "token"];
  return (
    <>
      <Table
        items={tokens}
        keyOf={({ id }) => id}
        none={<p>There is none.</p>}
        columns={[
          { head: "Name", cell: ({ id }) => id },
          { head: "Begins with", as: "mono", cell: ({ hint }) => `${hint}…` },
          { head: "May", cell: ({ scopes }) => <Scopes of={scopes} /> },
          { head: "Made", as: "word", cell: ({ issuedAt }) => <Ago at={timeOf(issuedAt)} /> },
          { head: "By", cell: ({ createdBy }) => createdBy },
          {
            head: "Ends",
            as: "word",
            cell: ({ expiresAt }) => (expiresAt === "0" ? "never" : <Until at={timeOf(expiresAt)} />),
          },
          {
            head: "Last used",
            as: "word",
            cell: ({ lastUsed }) => (lastUsed === undefined ? "never" : <Ago at={lastUsed} />),
          },
          {
            head: "Revoke",
            as: "act",
            cell: (token) => (
              <button
                type="button"
                class="link"
                aria-disabled={denied !== undefined}
                title={denied}
                onClick={() => denied === undefined && setLeaving(token)}
              >
                Revoke
              </button>
            ),
          },
        ]}
      />
      <NewToken account={account} denied={denied} again={again} />
      {leaving !== undefined && (
        <Dialog
          title={`Revoke token ${leaving.id} of ${account}?`}
          cli={[...own, "revoke", leaving.id, "--account", account]}
          offer={{
            label: "Revoke",
            tone: "danger",
            async work() {
              await ask(
                "DELETE",
                `/api/v1/account/${encodeURIComponent(account)}/token/${encodeURIComponent(leaving.id)}`,
              );
              note("good", `Token ${leaving.id} of ${account} is revoked.`);
              again();
            },
          }}
          onClose={() => setLeaving(undefined)}
        >
          <p>Whatever uses it is refused from its next request on. It does not come back.</p>
        </Dialog>
      )}
    </>
  );
}

function Scopes({ of }: { of: AccountToken["scopes"] }) {
  if (of === "all") return <>all that the account may</>;
  return <>{of.map(({ resource, action, object }) => `${action} ${resource} ${object}`).join("; ")}</>;
}

function NewToken({ account, denied, again }: Omit<Tokens, "tokens">) {
  const form = useRef<HTMLFormElement>(null);
  const [days, setDays] = useState(90);
  const [name, setName] = useState("");
  const [state, setState] = useState<
    { is: "asking" | "working" } | { is: "refused"; why: string } | { is: "made"; token: string }
  >({ is: "asking" });
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (form.current === null || state.is === "working" || denied !== undefined) return;
    const typed = new FormData(form.current);
    const scopes = readScopes(String(typed.get("scopes")));
    if (scopes.is === "wrong") {
      setState({ is: "refused", why: scopes.why });
      return;
    }
    setState({ is: "working" });
    const currentPassword = String(typed.get("current"));
    try {
      const { token } = await ask<{ token: string }>(
        "POST",
        `/api/v1/account/${encodeURIComponent(account)}/token`,
        {
          body: {
            expiresIn: days * DAY_S,
            ...(name === "" ? {} : { id: name }),
            ...(scopes.is === "all" ? {} : { scopes: scopes.scopes }),
            ...(currentPassword === "" ? {} : { currentPassword }),
          },
        },
      );
      setName("");
      setState({ is: "made", token });
      again();
    } catch (cause) {
      setState({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  if (state.is === "made")
    return (
      <div class="made" role="status">
        <p>
          <b>This is the token. It is shown here once and never again.</b>
        </p>
        <p class="row">
          <input
            readOnly
            value={state.token}
            aria-label="The token"
            onFocus={(event) => event.currentTarget.select()}
          />
          <button type="button" onClick={() => void copy(state.token)}>
            Copy
          </button>
          <button type="button" onClick={() => setState({ is: "asking" })}>
            I have it
          </button>
        </p>
      </div>
    );
  return (
    <details>
      <summary>Make a token</summary>
      <form ref={form} class="fields" onSubmit={(event) => void make(event)}>
        <label for="token-name">Name, to know it by</label>
        <input
          id="token-name"
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={name}
          onInput={(event) => setName(event.currentTarget.value.trim())}
        />
        <label for="token-days">Good for</label>
        <select id="token-days" value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
          {LIVES.map((one) => (
            <option key={one} value={one}>
              {one === 1 ? "1 day" : `${one} days`}
            </option>
          ))}
        </select>
        <label for="token-scopes">It may this alone; empty: all that {account} may</label>
        <textarea
          id="token-scopes"
          name="scopes"
          rows={2}
          spellcheck={false}
          placeholder="applications:sync:team-a/*"
        />
        <label for="token-current">Your password, where you signed in more than 15 minutes ago</label>
        <input id="token-current" name="current" type="password" autocomplete="current-password" />
        {state.is === "refused" && (
          <p class="refused" role="alert">
            {state.why}
          </p>
        )}
        <p class="row">
          <button
            type="submit"
            class="primary"
            aria-busy={state.is === "working"}
            aria-disabled={denied !== undefined}
            title={denied}
          >
            Create
          </button>
        </p>
        <AsCli
          words={[
            ...["account", "token", "create", "--account", account, "--expires-in", `${days}d`],
            ...(name === "" ? [] : ["--id", name]),
          ]}
        />
      </form>
    </details>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    note("good", "Copied.");
  } catch {
    note("bad", "This browser lets nothing be copied here: select it, and copy it by hand.");
  }
}

/** Of seconds since 1970. */
function timeOf(seconds: string): string {
  const ms = Number(seconds) * 1_000;
  return Number.isFinite(ms) ? new Date(ms).toISOString() : "";
}
