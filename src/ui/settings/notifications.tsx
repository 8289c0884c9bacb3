/** Who is told of what: services and a test of each, subscriptions, what was sent lately, what was given up. */
import { useState } from "preact/hooks";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import { useWhyNot } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import {
  type ShownMessage,
  sayState,
  sayTriggers,
  sayWaiting,
  whereTo,
} from "../words/notification-words.ts";
import { Preview } from "./notification-preview.tsx";

const PATH = "/api/holdfast/v1/notifications";

interface Problem {
  text: string;
  fix?: string;
}
interface Service {
  name: string;
  type: string;
  from: "config" | "argocd";
  recipient: string;
  state: "ready" | "wrong";
  problems: readonly Problem[];
}
interface Listed {
  services: readonly Service[];
  subscriptions: readonly {
    from: string;
    of: string;
    service: string;
    recipient: string;
    triggers: readonly string[];
    wrong?: string;
  }[];
  destinations: readonly {
    service: string;
    recipient: string;
    waiting: number;
    state: "well" | "retrying" | "down";
    why?: string;
  }[];
  deliveries: readonly ShownMessage[];
  dead: readonly ShownMessage[];
  problems: readonly Problem[];
}

export function Notifications() {
  const [turn, setTurn] = useState(0);
  const again = (): void => setTurn((before) => before + 1);
  // Messages tell of all applications.
  const denied = useWhyNot("applications", "update", "*/*");
  const answer = useAsked((signal) => ask<Listed>("GET", PATH, { signal }), [turn]);
  return (
    <section aria-labelledby="notifications">
      <h2 id="notifications" class="small">
        Notifications
      </h2>
      <Asked answer={answer} waiting="Asking who is told">
        {({ services, subscriptions, destinations, deliveries, dead, problems }) => (
          <>
            {services.length === 0 ? (
              <p>
                Nobody is told yet. Name a service in <code>notifications.services</code> of the config, and
                whom it tells in <code>notifications.subscriptions</code>, or by Argo CD's annotations on an
                application.
              </p>
            ) : (
              <Services services={services} denied={denied} />
            )}
            {problems.map(({ text, fix }) => (
              <p key={text} role="note">
                {text}
                {fix === undefined ? "" : `. ${fix}`}.
              </p>
            ))}
            {destinations.map((one) => (
              <p key={whereTo(one)}>
                <code>{whereTo(one)}</code>: {sayWaiting(one)}.
              </p>
            ))}
            {dead.length > 0 && <Dead dead={dead} denied={denied} again={again} />}
            <h3>Who is told</h3>
            <Table
              items={subscriptions}
              keyOf={(one) => `${one.from} ${one.of} ${whereTo(one)} ${one.triggers.join()}`}
              none={<p>Nobody subscribes.</p>}
              columns={[
                { head: "To", as: "word", cell: (one) => <code>{whereTo(one)}</code> },
                { head: "Of", cell: ({ of }) => of },
                { head: "When", cell: ({ triggers }) => sayTriggers(triggers) },
                { head: "Said by", as: "word", cell: ({ from }) => from },
                {
                  head: "Note",
                  cell: ({ wrong }) => (wrong === undefined ? "" : `Nothing comes of it: ${wrong}`),
                },
              ]}
            />
            <Preview />
            <h3>Sent lately</h3>
            <Table
              items={deliveries}
              keyOf={({ number }) => String(number)}
              none={<p>Nothing yet.</p>}
              columns={[
                { head: "Happened", as: "word", cell: ({ at }) => <Ago at={at} /> },
                { head: "To", as: "word", cell: (one) => <code>{whereTo(one)}</code> },
                { head: "What", cell: ({ title }) => title },
                { head: "What became of it", cell: (one) => sayState(one) },
              ]}
            />
            <p>
              <button type="button" onClick={again}>
                Look again
              </button>
            </p>
          </>
        )}
      </Asked>
      <AsCli words={["notify", "list", "--all"]} />
    </section>
  );
}

/** Why nothing is sent by whoever looks; undefined: nobody said so. */
type Denied = string | undefined;

function Services({ services, denied }: { services: readonly Service[]; denied: Denied }) {
  return (
    <Table
      items={services}
      keyOf={({ name }) => name}
      none={<p>There is none.</p>}
      columns={[
        { head: "Service", as: "word", cell: ({ name }) => <code>{name}</code> },
        { head: "Type", as: "word", cell: ({ type }) => type },
        {
          head: "Said by",
          as: "word",
          cell: ({ from }) => (from === "config" ? "the config" : "Argo CD's settings"),
        },
        {
          head: "Test",
          cell: (service) =>
            service.state === "ready" ? (
              <Test service={service} denied={denied} />
            ) : (
              (service.problems[0]?.text ?? "It is wrong")
            ),
        },
      ]}
    />
  );
}

/** One message now; what was answered stands beside the button. */
function Test({ service: { name, recipient: says }, denied }: { service: Service; denied: Denied }) {
  const [recipient, setRecipient] = useState("");
  const [said, setSaid] = useState<string>();
  const [isSending, setSending] = useState(false);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isSending || denied !== undefined) return;
    setSending(true);
    setSaid(undefined);
    try {
      const answer = await ask<{ sent: boolean; said: string }>("POST", `${PATH}/test`, {
        body: { service: name, recipient },
      });
      setSaid(answer.sent ? "Taken." : `Not sent: ${answer.said}.`);
    } catch (cause) {
      setSaid(`Not sent: ${cause instanceof Error ? cause.message : String(cause)}`);
    } finally {
      setSending(false);
    }
  };
  return (
    <form onSubmit={(event) => void send(event)}>
      <input
        aria-label={`Recipient of a test by ${name}: ${says}`}
        placeholder={says}
        value={recipient}
        onInput={(event) => setRecipient(event.currentTarget.value)}
      />{" "}
      <button type="submit" aria-disabled={isSending || denied !== undefined} title={denied}>
        Send a test
      </button>{" "}
      <span role="status">{said}</span>
    </form>
  );
}

function Dead({ dead, denied, again }: { dead: readonly ShownMessage[]; denied: Denied; again(): void }) {
  const [said, setSaid] = useState<string>();
  const resend = async (numbers: readonly number[]): Promise<void> => {
    if (denied !== undefined) return;
    try {
      await ask("POST", `${PATH}/resend`, { body: { numbers } });
      again();
    } catch (cause) {
      setSaid(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <>
      <h3>Given up</h3>
      <Table
        items={dead}
        keyOf={({ number }) => String(number)}
        none={<p>Nothing.</p>}
        columns={[
          { head: "Happened", as: "word", cell: ({ at }) => <Ago at={at} /> },
          { head: "To", as: "word", cell: (one) => <code>{whereTo(one)}</code> },
          { head: "What", cell: ({ title }) => title },
          { head: "Why", cell: (one) => sayState(one) },
          {
            head: "Again",
            as: "word",
            cell: ({ number, title }) => (
              <button
                type="button"
                aria-label={`Try again: ${title}`}
                aria-disabled={denied !== undefined}
                title={denied}
                onClick={() => void resend([number])}
              >
                Try again
              </button>
            ),
          },
        ]}
      />
      <p>
        <button
          type="button"
          aria-disabled={denied !== undefined}
          title={denied}
          onClick={() => void resend(dead.map(({ number }) => number))}
        >
          Try all again
        </button>{" "}
        <span role="status">{said}</span>
      </p>
    </>
  );
}
