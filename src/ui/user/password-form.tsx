/** Another password: of one's own account, or by an administrator of somebody else's. */
import { useRef, useState } from "preact/hooks";
import { note } from "../components/notes.tsx";
import { ask } from "../store/daemon.ts";

export function PasswordForm({ account, of }: { account: string; of: "oneself" | "somebody" }) {
  const form = useRef<HTMLFormElement>(null);
  const [state, setState] = useState<{ is: "asking" | "working" } | { is: "refused"; why: string }>({
    is: "asking",
  });
  const change = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (form.current === null || state.is === "working") return;
    const typed = new FormData(form.current);
    const [currentPassword, newPassword, again] = ["current", "new", "again"].map((name) =>
      String(typed.get(name)),
    );
    if (newPassword !== again) {
      setState({ is: "refused", why: "The two new passwords are not the same: nothing was changed." });
      return;
    }
    setState({ is: "working" });
    try {
      await ask("PUT", "/api/v1/account/password", { body: { name: account, currentPassword, newPassword } });
      form.current?.reset();
      setState({ is: "asking" });
      note("good", `${account} has another password. Other logins of it are over.`);
    } catch (cause) {
      setState({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  return (
    <form ref={form} class="fields" onSubmit={(event) => void change(event)}>
      <input
        type="text"
        autocomplete="username"
        value={of === "oneself" ? account : ""}
        tabIndex={-1}
        hidden
      />
      <label for="password-current">Your password</label>
      <input id="password-current" name="current" type="password" autocomplete="current-password" required />
      <label for="password-new">{of === "oneself" ? "New password" : `New password of ${account}`}</label>
      <input id="password-new" name="new" type="password" autocomplete="new-password" required />
      <label for="password-again">Once more</label>
      <input id="password-again" name="again" type="password" autocomplete="new-password" required />
      {state.is === "refused" && (
        <p class="refused" role="alert">
          {state.why}
        </p>
      )}
      <p class="row">
        <button type="submit" aria-busy={state.is === "working"}>
          Change the password
        </button>
        <span class="dim">Ends all other logins of {account}; tokens stay.</span>
      </p>
    </form>
  );
}
