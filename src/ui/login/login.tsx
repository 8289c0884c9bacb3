/** Who asks: a provider, a name and a password, or the daemon's one token. */
import { useEffect, useRef, useState } from "preact/hooks";
import { resume } from "../store/applications.ts";
import { ask, Refused } from "../store/daemon.ts";
import { tried, waitsForClick } from "../store/leaving.ts";
import { hrefOf } from "../store/route.ts";
import { PasswordForm, TokenForm } from "./forms.tsx";
import { returnHref } from "./return-href.ts";

/** `page`: there is nothing else. `over`: what somebody was at stays as it is below, and goes on afterwards. */
export type LoginPlace = "page" | "over";

type Door =
  | { is: "asking" }
  /** There is somebody to sign in as, at these providers or here. */
  | { is: "accounts"; providers: readonly string[]; passwords: "yes" | "no" }
  /** The daemon knows its token alone. */
  | { is: "token" }
  | { is: "unknown"; why: string };

export function Login({ wasTried, at }: { wasTried: boolean; at: LoginPlace }) {
  const [door, setDoor] = useState<Door>({ is: "asking" });
  const goOn = (): void => {
    if (at === "over") resume();
    else if (returnHref() === location.href.slice(location.origin.length)) location.reload();
    else location.assign(returnHref());
  };
  useEffect(() => {
    const look = (): void => {
      if (document.hidden) return;
      ask<{ loggedIn: boolean; signOn?: string[]; passwords?: boolean }>(
        "GET",
        "/api/v1/session/userinfo",
      ).then(
        ({ loggedIn, signOn = [], passwords = false }) => {
          // In another tab, meanwhile.
          if (loggedIn) goOn();
          else setDoor({ is: "accounts", providers: signOn, passwords: passwords ? "yes" : "no" });
        },
        (cause: unknown) => {
          // Without accounts the daemon tells nobody that it has none before they show its token.
          if (cause instanceof Refused && [401, 501].includes(cause.status)) setDoor({ is: "token" });
          else setDoor({ is: "unknown", why: cause instanceof Error ? cause.message : String(cause) });
        },
      );
    };
    look();
    document.addEventListener("visibilitychange", look);
    addEventListener("focus", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      removeEventListener("focus", look);
    };
  }, []);
  if (door.is === "asking") return <p class="dim">Asking who may come in…</p>;
  if (door.is === "unknown")
    return (
      <>
        <h1 tabIndex={-1}>Sign in</h1>
        <p class="refused" role="alert">
          It is not known how one signs in here: {door.why}. Reload the page.
        </p>
      </>
    );
  if (door.is === "token") return <Token wasTried={wasTried} />;
  return <Accounts {...door} at={at} goOn={goOn} />;
}

function providerHref(provider: string, back: string): string {
  return `${hrefOf("/auth/login")}?${new URLSearchParams({ provider, return_url: back })}`;
}

function Accounts({
  providers,
  passwords,
  at,
  goOn,
}: Extract<Door, { is: "accounts" }> & { at: LoginPlace; goOn(): void }) {
  const first = useRef<HTMLAnchorElement>(null);
  const [only, ...others] = providers;
  const [isLeaving, setLeaving] = useState(
    at === "page" && passwords === "no" && others.length === 0 && !waitsForClick(),
  );
  useEffect(() => {
    if (!isLeaving || only === undefined) {
      first.current?.focus();
      return;
    }
    tried();
    location.assign(providerHref(only, returnHref()));
    // Whoever comes back by the browser's own button finds the page as it was kept.
    const back = ({ persisted }: PageTransitionEvent): void => {
      if (persisted) setLeaving(false);
    };
    addEventListener("pageshow", back);
    return () => removeEventListener("pageshow", back);
  }, [isLeaving]);
  if (only === undefined && passwords === "no")
    return (
      <section class="login">
        <h1 tabIndex={-1}>Sign in</h1>
        <p>
          No account may sign in here by a password, and there is no provider. Programs send a token;{" "}
          <code>holdfast admin reset-password</code> on the daemon's machine is the way back in.
        </p>
        <WithToken />
      </section>
    );
  if (isLeaving)
    return (
      <section class="login">
        <h1 tabIndex={-1}>Signing in with {only}…</h1>
      </section>
    );
  return (
    <section class="login">
      <h1 tabIndex={-1}>Sign in</h1>
      {providers.map((provider, index) => (
        <a
          key={provider}
          ref={index === 0 ? first : null}
          class="button provider"
          href={providerHref(provider, at === "page" ? returnHref() : hrefOf("/applications"))}
          {...(at === "over" ? { target: "_blank", rel: "noopener" } : {})}
        >
          Continue with {provider}
        </a>
      ))}
      {at === "over" && only !== undefined && (
        <p class="dim">A provider opens in another tab. Signed in there, come back: this page goes on.</p>
      )}
      {passwords === "yes" &&
        (only === undefined ? (
          <PasswordForm onIn={goOn} />
        ) : (
          <details>
            <summary>With name and password</summary>
            <PasswordForm onIn={goOn} />
          </details>
        ))}
      <WithToken />
    </section>
  );
}

function WithToken() {
  return (
    <details>
      <summary>With a token</summary>
      <TokenForm />
    </details>
  );
}

function Token({ wasTried }: { wasTried: boolean }) {
  return (
    <section class="login" id="token-form">
      <h1 tabIndex={-1}>Locked</h1>
      <h2 class="small">This daemon wants its token</h2>
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
    </section>
  );
}
