/** Name and password, and a token: what is typed to sign in. */
import { useEffect, useRef, useState } from "preact/hooks";
import { unlock } from "../store/applications.ts";
import { ask, Refused } from "../store/daemon.ts";

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

export function PasswordForm({ onIn }: { onIn(): void }) {
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<
    { is: "asking" | "working" | "waiting" } | { is: "refused"; why: string }
  >({
    is: "asking",
  });
  useEffect(() => {
    // Folded away, it takes the focus from nothing.
    if (name.current?.closest("details:not([open])") === null) name.current.focus();
  }, []);
  const signIn = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (state.is === "working" || state.is === "waiting") return;
    setState({ is: "working" });
    try {
      const who = { username: name.current?.value.trim() ?? "", password: password.current?.value ?? "" };
      await inTurn(who, () => setState({ is: "waiting" }));
      onIn();
    } catch (cause) {
      setState({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
      password.current?.select();
    }
  };
  return (
    <form onSubmit={(event) => void signIn(event)}>
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
      </p>
    </form>
  );
}

export function TokenForm() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current?.closest("details:not([open])") === null) input.current.focus();
  }, []);
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
