/** How an event of an application would read, and to whom it would go; sends nothing. */
import { Fragment } from "preact";
import { useId, useState } from "preact/hooks";
import { AsCli } from "../components/as-cli.tsx";
import { useAsked } from "../components/asked.tsx";
import { applications } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { whereTo } from "../words/notification-words.ts";

interface Previewed {
  /** Empty: nobody wants it, and this is how it would read. */
  service: string;
  recipient: string;
  title: string;
  why?: string;
  facts: readonly { label: string; text: string; href?: string }[];
  next?: string;
  link?: string;
  requests: readonly { to: string; headers: Readonly<Record<string, string>>; body: string }[];
  /** Why nothing would be sent. */
  nothing?: string;
}

type State =
  | { is: "asking" | "working" }
  | { is: "shown"; of: { app: string; event: string }; items: readonly Previewed[] }
  | { is: "refused"; why: string };

/** What is picked first: the one that people ask about. */
const FIRST = "on-sync-failed";

export function Preview() {
  const id = useId();
  const [app, setApp] = useState("");
  const [event, setEvent] = useState(FIRST);
  const [state, setState] = useState<State>({ is: "asking" });
  const known = useAsked(
    (signal) =>
      ask<{ items: { name: string }[] | null }>("GET", "/api/v1/notifications/triggers", { signal }),
    [],
  );
  const events = known.is === "answered" ? (known.value.items ?? []).map(({ name }) => name) : [FIRST];
  const names = applications.value.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`);
  const show = async (submitted: Event): Promise<void> => {
    submitted.preventDefault();
    if (state.is === "working") return;
    setState({ is: "working" });
    try {
      const { items } = await ask<{ items: Previewed[] }>("POST", "/api/holdfast/v1/notifications/preview", {
        body: { app, trigger: event },
      });
      setState({ is: "shown", of: { app, event }, items });
    } catch (cause) {
      setState({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  return (
    <>
      <h3>How it reads</h3>
      <form class="fields" onSubmit={(submitted) => void show(submitted)}>
        <label for={`${id}-app`}>Application</label>
        <input
          id={`${id}-app`}
          type="text"
          list={`${id}-apps`}
          autocomplete="off"
          spellcheck={false}
          required
          value={app}
          onInput={(typed) => setApp(typed.currentTarget.value)}
        />
        <datalist id={`${id}-apps`}>
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <label for={`${id}-event`}>Event</label>
        <select id={`${id}-event`} value={event} onChange={(chosen) => setEvent(chosen.currentTarget.value)}>
          {events.map((name) => (
            <option key={name} value={name}>
              {name.replace(/^on-/, "")}
            </option>
          ))}
        </select>
        <p class="row">
          <button type="submit" aria-busy={state.is === "working"}>
            Show
          </button>
          <span class="dim">Nothing is sent.</span>
        </p>
      </form>
      {state.is === "refused" && (
        <p class="refused" role="alert">
          {state.why}
        </p>
      )}
      {state.is === "shown" && (
        <>
          {state.items.map((item) => (
            <One key={whereTo(item)} item={item} />
          ))}
          <AsCli words={["notify", "preview", state.of.app, state.of.event.replace(/^on-/, "")]} />
        </>
      )}
    </>
  );
}

function One({ item }: { item: Previewed }) {
  const { service, title, why, facts, next, link, requests, nothing } = item;
  return (
    <article aria-label={service === "" ? "To nobody" : `To ${whereTo(item)}`}>
      <p>{service === "" ? "To nobody" : <code>{whereTo(item)}</code>}</p>
      {nothing !== undefined && <p role="note">Nothing would be sent: {nothing}.</p>}
      <blockquote>
        <p>
          <b>{title}</b>
        </p>
        {why?.split("\n").map((line) => (
          <p key={line}>{line}</p>
        ))}
        {facts.length > 0 && (
          <dl class="permits">
            {facts.map(({ label, text, href }) => (
              <Fragment key={label}>
                <dt>{label}</dt>
                <dd>{href === undefined ? text : <Away href={href}>{text}</Away>}</dd>
              </Fragment>
            ))}
          </dl>
        )}
        {next !== undefined && <p class="dim">{next}</p>}
        {link !== undefined && (
          <p>
            <Away href={link}>{link}</Away>
          </p>
        )}
      </blockquote>
      {requests.length > 0 && (
        <details>
          <summary>What is sent</summary>
          {requests.map(({ to, headers, body }) => (
            <pre key={`${to} ${body}`} class="manifest">
              {[to, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), "", body].join(
                "\n",
              )}
            </pre>
          ))}
        </details>
      )}
    </article>
  );
}

function Away({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
