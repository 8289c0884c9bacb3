/** Who tells of pushes: where they send it, which of them have a secret, and what came lately. */
import { useState } from "preact/hooks";
import { AsCli, copy } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";
import { type ShownDelivery, sayOutcome, sayUnsigned, setupOf } from "../words/webhook-words.ts";

interface Listed {
  path: string;
  url?: string;
  unsigned: "hint" | "refuse";
  providers: readonly { name: string; hasSecret: boolean }[];
  deliveries: readonly ShownDelivery[];
}

export function Webhooks() {
  const [turn, setTurn] = useState(0);
  const answer = useAsked((signal) => ask<Listed>("GET", "/api/holdfast/v1/webhooks", { signal }), [turn]);
  return (
    <section aria-labelledby="webhooks">
      <h2 id="webhooks" class="small">
        Webhooks
      </h2>
      <Asked answer={answer} waiting="Asking what came">
        {({ path, url = location.origin + path, unsigned, providers, deliveries }) => (
          <>
            <p>
              A Git server or registry that sends its pushes here is asked at once: <code>{url}</code>{" "}
              <button type="button" class="link" onClick={() => void copy(url)}>
                Copy the address
              </button>
            </p>
            <p class="dim">{sayUnsigned(unsigned, providers.filter(({ hasSecret }) => hasSecret).length)}</p>
            <h3>Came lately</h3>
            <Table
              items={deliveries}
              keyOf={({ at, provider, id, about, outcome }) => `${at} ${provider} ${id} ${about} ${outcome}`}
              none={<p>Nothing since the daemon started. The last 20 of each provider are listed.</p>}
              columns={[
                { head: "Came", as: "word", cell: ({ at }) => <Ago at={at} /> },
                { head: "From", as: "word", cell: ({ provider }) => setupOf(provider).word },
                { head: "Event", as: "word", cell: ({ event }) => event },
                { head: "About", cell: ({ about }) => about },
                { head: "What became of it", cell: (one) => sayOutcome(one) },
                { head: "Sent by", as: "word", cell: ({ from }) => <code>{from}</code> },
              ]}
            />
            <p>
              <button type="button" onClick={() => setTurn((before) => before + 1)}>
                Look again
              </button>
            </p>
            <h3>How to set one up</h3>
            <Table
              items={providers}
              keyOf={({ name }) => name}
              none={<p>There is none.</p>}
              columns={[
                { head: "Provider", as: "word", cell: ({ name }) => setupOf(name).word },
                { head: "Secret", as: "word", cell: ({ hasSecret }) => (hasSecret ? "set" : "none") },
                { head: "There", cell: ({ name }) => setupOf(name).there },
                {
                  head: "Its secret here",
                  as: "word",
                  cell: ({ name }) => <code>{setupOf(name).setting}</code>,
                },
              ]}
            />
          </>
        )}
      </Asked>
      <AsCli words={["webhook", "list"]} />
    </section>
  );
}
