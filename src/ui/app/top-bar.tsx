/** Above every page: which daemon this is, what leads anywhere, whether what is shown is of now, and who looks. */
import { useRef } from "preact/hooks";
import { Icon } from "../components/icon.tsx";
import { note } from "../components/notes.tsx";
import { connection, daemon } from "../store/applications.ts";
import { ask, Refused, setToken } from "../store/daemon.ts";
import { leave } from "../store/leaving.ts";
import { hrefOf } from "../store/route.ts";
import { openPalette } from "./palette-opening.ts";
import { forgetRecent } from "./recent.ts";
import { setTheme, THEMES, type Theme, theme } from "./theme.ts";

export function TopBar() {
  const { is, word } = connection.value;
  return (
    <header class="bar" data-colour={daemon.value.page.colour}>
      <a
        class="brand"
        href={hrefOf("/applications")}
        aria-label={`${daemon.value.page.instance || "Holdfast"}, all applications`}
      >
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
          <path
            d="M12 3v18M5 13c0 4 3 7 7 8 4-1 7-4 7-8M8.5 8h7"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
          />
          <circle cx="12" cy="4.5" r="2" fill="currentColor" />
        </svg>
        <span class="name">{daemon.value.page.instance || "Holdfast"}</span>
      </a>
      {is !== "locked" && (
        <button type="button" class="finder" aria-keyshortcuts="Control+K Meta+K" onClick={openPalette}>
          <Icon of="find" />
          <span class="to">Go to…</span>
          <span class="hidden-text">an application or a page</span>
          <kbd>Ctrl K</kbd>
        </button>
      )}
      <span class="connection" id="connection" data-is={is}>
        <span class="dot" aria-hidden="true" />
        <span id="connection-word">{word}</span>
      </span>
      <label class="icon theme" title="Theme">
        <span class="hidden-text">Theme</span>
        <Icon of={theme.value} />
        <select value={theme.value} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
          {THEMES.map((one) => (
            <option key={one.is} value={one.is}>
              {one.word}
            </option>
          ))}
        </select>
      </label>
      {is !== "locked" && <User />}
    </header>
  );
}

function User() {
  const { asker, version } = daemon.value;
  const menu = useRef<HTMLDivElement>(null);
  const close = (): void => menu.current?.hidePopover();
  return (
    <>
      <button type="button" class="user" popovertarget="user-menu">
        <Icon of="user" />
        <span class="hidden-text">You: </span>
        <span class="to">{asker}</span>
      </button>
      {/* Closed by the browser at Escape and at a click elsewhere, which gives the focus back. */}
      <div class="user-menu" id="user-menu" popover="auto" ref={menu}>
        <p>
          <span class="dim">Signed in as</span>
          <b>{asker}</b>
        </p>
        <a href={hrefOf("/user-info")} onClick={close}>
          Groups, password, tokens, rights
        </a>
        <a href={hrefOf("/settings")} onClick={close}>
          Settings
        </a>
        <a href={hrefOf("/help")} onClick={close}>
          Help
        </a>
        <button type="button" onClick={() => void logOut()}>
          Log out
        </button>
        <hr />
        <p class="version" id="version">
          Holdfast {version}
        </p>
      </div>
    </>
  );
}

/** Ends the session, at its provider too, and forgets the token of this tab. */
async function logOut(): Promise<void> {
  const who = await ask<{ iss?: string }>("GET", "/api/v1/session/userinfo").catch(() => undefined);
  try {
    if (who?.iss === undefined || ["argocd", "holdfast"].includes(who.iss))
      await ask("DELETE", "/api/v1/session");
  } catch (cause) {
    // A daemon without accounts has no sessions to end: what opens it is this tab's token.
    if (!(cause instanceof Refused)) {
      note("bad", "You are still signed in: the daemon cannot be reached. Try again when it answers.");
      return;
    }
  }
  leave();
  forgetRecent();
  setToken("");
  if (who?.iss === undefined || ["argocd", "holdfast"].includes(who.iss)) location.reload();
  else location.assign(hrefOf("/auth/logout"));
}
