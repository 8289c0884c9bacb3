/** Who is signed in, where and since when, and when that ends. */
import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Until } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";

export interface Login {
  id: string;
  account: string;
  carried: "cookie" | "bearer";
  address: string;
  agent: string;
  since: string;
  lastUsed: string;
  /** At the latest. */
  ends: string;
  /** Unless it is used before. */
  endsUnused: string;
  own?: "yes";
}

export function Logins({ logins, again }: { logins: readonly Login[]; again(): void }) {
  const [ending, setEnding] = useState<Login | undefined>();
  return (
    <>
      <Table
        items={logins}
        keyOf={({ id }) => id}
        none={<p>There is none.</p>}
        columns={[
          { head: "Since", as: "word", cell: ({ since }) => <Ago at={since} /> },
          { head: "Last used", as: "word", cell: ({ lastUsed }) => <Ago at={lastUsed} /> },
          { head: "Ends", as: "word", cell: ({ ends }) => <Until at={ends} /> },
          { head: "From", as: "word", cell: ({ address }) => address },
          {
            head: "By",
            cell: ({ agent, carried }) => `${carried === "cookie" ? "a browser" : "a program"}: ${agent}`,
          },
          {
            head: "End",
            as: "act",
            cell: (login) =>
              login.own === "yes" ? (
                "this one"
              ) : (
                <button type="button" class="link" onClick={() => setEnding(login)}>
                  End it
                </button>
              ),
          },
        ]}
      />
      {ending !== undefined && (
        <Dialog
          title={`End this login of ${ending.account}?`}
          cli={["account", "session", "revoke", ending.id]}
          offer={{
            label: "End",
            tone: "danger",
            async work() {
              await ask("DELETE", `/api/holdfast/v1/sessions/${encodeURIComponent(ending.id)}`);
              note("good", `A login of ${ending.account} is over.`);
              again();
            },
          }}
          onClose={() => setEnding(undefined)}
        >
          <p>
            From {ending.address} by {ending.agent}. Whoever uses it signs in again.
          </p>
        </Dialog>
      )}
    </>
  );
}
