/** Who asks: a name and a password, a provider, or the daemon's one token. */
import { useEffect, useRef, useState } from "preact/hooks";
import { reload, unlock } from "../store/applications.ts";
import { ask, Refused } from "../store/daemon.ts";
import { hrefOf, place } from "../store/route.ts";

type Door =
  | { is: "asking" }
  /** There is somebody to sign in as, here or at these providers. */
  | { is: "accounts"; providers: readonly string[] }
  /** The daemon knows its token alone. */
  | { is: "token" };

export function Login({ wasTried }: { wasTried: boolean }) {
  const [door, setDoor] = useState<Door>({ is: "asking" });
  useEffect(() => {
    ask<{ signOn?: string[] }>("GET", "/api/v1/session/userinfo").then(
      ({ signOn = [] }) => setDoor({ is: "accounts", providers: signOn }),
      () => setDoor({ is: "token" }),
    );
  }, []);
  if (door.is === "asking") return <p class="dim">Asking who may come in…</p>;
  return door.is === "accounts" ? <Accounts providers={door.providers} /> : <Token wasTried={wasTried} />;
}

/** Asks again while many sign in at once: who asked first comes first. */
async function inTurn(who: { username: string; password: string }, waits: () => void): Promise<void> {
  let turn: string | undefined;
  for (;;) {
    try {
      await ask("POST", "/api/v1/session", { body: turn === undefined ? who : { ...who, turn } });
      return;
    } catch (cause) {
      turn = cause instanceof Refused ? cause.turn : undefined;
      if (turn === undefined) throw cause;
      waits();
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

function Accounts({ providers }: { providers: readonly string[] }) {
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<
    { is: "asking" | "working" | "waiting" } | { is: "refused"; why: string }
  >({
    is: "asking",
  });
  useEffect(() => name.current?.focus(), []);
  const signIn = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (state.is === "working" || state.is === "waiting") return;
    setState({ is: "working" });
    try {
      const who = { username: name.current?.value.trim() ?? "", password: password.current?.value ?? "" };
      await inTurn(who, () => setState({ is: "waiting" }));
      reload();
    } catch (cause) {
      setState({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
      password.current?.select();
    }
  };
  const { path, query } = place.value;
  const back =
    path === "/login"
      ? (query.get("return_url") ?? "/applications")
      : location.href.slice(location.origin.length);
  return (
    <>
      <h1 tabIndex={-1}>Sign in</h1>
      <form class="panel" onSubmit={(event) => void signIn(event)}>
        <label for="username">Name</label>
        <input id="username" ref={name} type="text" autocomplete="username" spellcheck={false} required />
        <label for="password">Password</label>
        <input id="password" ref={password} type="password" autocomplete="current-password" required />
        {state.is === "refused" && (
          <p class="refused" role="alert">
            {state.why}
          </p>
        )}
        {state.is === "waiting" && <p role="status">Many sign in at once: waiting for a turn…</p>}
        <p class="row">
          <button type="submit" class="primary" aria-busy={state.is === "working" || state.is === "waiting"}>
            Sign in
          </button>
          {providers.map((provider) => (
            <a
              key={provider}
              class="button"
              href={`${hrefOf("/auth/login")}?${new URLSearchParams({ provider, return_url: back })}`}
            >
              With {provider}
            </a>
          ))}
        </p>
      </form>
      <details class="panel">
        <summary>With a token</summary>
        <TokenForm />
      </details>
    </>
  );
}

function Token({ wasTried }: { wasTried: boolean }) {
  return (
    <>
      <h1 tabIndex={-1}>Locked</h1>
      <div class="panel" id="token-form">
        <h2>This daemon wants its token</h2>
        <p>
          It is the value of <code>server.token</code> in the config. It is kept in this tab only, until you
          close it.
        </p>
        <TokenForm />
        {wasTried && (
          <p class="refused" id="token-refused" role="alert">
            The daemon refused that token.
          </p>
        )}
      </div>
    </>
  );
}

function TokenForm() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const token = input.current?.value.trim() ?? "";
        if (input.current !== null) input.current.value = "";
        unlock(token);
      }}
    >
      <input type="text" autocomplete="username" value="holdfast" tabIndex={-1} hidden />
      <label for="token">Token</label>
      <div class="row">
        <input
          id="token"
          ref={input}
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
        />
        <button type="submit" class="primary">
          Show the applications
        </button>
      </div>
    </form>
  );
}
