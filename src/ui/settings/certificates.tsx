/** By what servers of repositories prove themselves: keys of ssh hosts, and authorities; added and removed. */
import { useRef, useState } from "preact/hooks";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { Table } from "../components/table.tsx";
import { useWhyNot } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import { certificateItems } from "../words/certificate-items.ts";

interface Certificate {
  serverName: string;
  certType: "ssh" | "https";
  certSubType: string;
  certData: string;
  certInfo: string;
  holdfast: { keptIn: string };
}

const PATH = "/api/v1/certificates";

export function Certificates() {
  const [turn, setTurn] = useState(0);
  const again = (): void => setTurn((before) => before + 1);
  const [leaving, setLeaving] = useState<Certificate | undefined>();
  const mayNotRemove = useWhyNot("certificates", "delete");
  const answer = useAsked((signal) => ask<{ items: Certificate[] | null }>("GET", PATH, { signal }), [turn]);
  return (
    <section aria-labelledby="certificates">
      <h2 id="certificates" class="small">
        Certificates, and keys of ssh hosts
      </h2>
      <Asked answer={answer} waiting="Asking which there are">
        {({ items }) => (
          <Table
            items={items ?? []}
            keyOf={({ serverName, certType, certSubType, certData }) =>
              `${serverName} ${certType} ${certSubType} ${certData}`
            }
            none={<p>There is none: servers of repositories prove themselves to what the machine trusts.</p>}
            columns={[
              { head: "Host", cell: ({ serverName }) => serverName },
              {
                head: "Is",
                as: "word",
                cell: ({ certType, certSubType }) =>
                  certType === "ssh" ? `key ${certSubType}` : `certificate ${certSubType}`,
              },
              { head: "Fingerprint, or whose", as: "mono", cell: ({ certInfo }) => certInfo },
              { head: "Kept in", as: "word", cell: ({ holdfast }) => holdfast.keptIn },
              {
                head: "Remove",
                as: "act",
                cell: (one) => {
                  const why =
                    one.holdfast.keptIn === "config"
                      ? "It stands at an entry of repositories in the config: change it there"
                      : mayNotRemove;
                  return (
                    <button
                      type="button"
                      class="link"
                      aria-disabled={why !== undefined}
                      title={why}
                      onClick={() => why === undefined && setLeaving(one)}
                    >
                      Remove
                    </button>
                  );
                },
              },
            ]}
          />
        )}
      </Asked>
      <Add again={again} />
      <AsCli words={["cert", "list"]} />
      {leaving !== undefined && (
        <Dialog
          title={`Forget ${leaving.certType === "ssh" ? "keys" : "certificates"} of ${leaving.serverName}?`}
          cli={["cert", "rm", leaving.serverName, "--cert-type", leaving.certType]}
          offer={{
            label: "Remove",
            tone: "danger",
            async work() {
              const query = new URLSearchParams({
                hostNamePattern: leaving.serverName,
                certType: leaving.certType,
                ...(leaving.certType === "ssh" ? { certSubType: leaving.certSubType } : {}),
              });
              const { items } = await ask<{ items: Certificate[] | null }>("DELETE", `${PATH}?${query}`);
              note("good", `${items?.length ?? 0} forgotten of ${leaving.serverName}.`);
              again();
            },
          }}
          onClose={() => setLeaving(undefined)}
        >
          <p>
            All {leaving.certType === "ssh" ? `keys of type ${leaving.certSubType}` : "certificates"} of this
            host that were added go. Repositories there are refused from the next look on, unless the machine
            trusts what their server shows.
          </p>
        </Dialog>
      )}
    </section>
  );
}

function Add({ again }: { again(): void }) {
  const form = useRef<HTMLFormElement>(null);
  const [type, setType] = useState<"ssh" | "https">("ssh");
  const [state, setState] = useState<{ is: "asking" | "working" } | { is: "refused"; why: string }>({
    is: "asking",
  });
  const denied = useWhyNot("certificates", "create");
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (form.current === null || state.is === "working" || denied !== undefined) return;
    const typed = new FormData(form.current);
    const read = certificateItems(type, String(typed.get("host") ?? ""), String(typed.get("text")));
    if (read.is === "wrong") {
      setState({ is: "refused", why: read.why });
      return;
    }
    setState({ is: "working" });
    try {
      await ask("POST", PATH, { body: { items: read.items } });
      form.current?.reset();
      setState({ is: "asking" });
      note(
        "good",
        read.items.length === 1
          ? "It is believed from now on."
          : `${read.items.length} are believed from now on.`,
      );
      again();
    } catch (cause) {
      setState({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  if (denied !== undefined) return <p class="dim">{denied}.</p>;
  return (
    <details>
      <summary>Add keys or a certificate</summary>
      <form ref={form} class="fields" onSubmit={(event) => void add(event)}>
        <label for="cert-type">Of</label>
        <select
          id="cert-type"
          value={type}
          onChange={(event) => setType(event.currentTarget.value === "ssh" ? "ssh" : "https")}
        >
          <option value="ssh">ssh hosts</option>
          <option value="https">an https server, or its authority</option>
        </select>
        {type === "https" && (
          <>
            <label for="cert-host">Host, without a port</label>
            <input id="cert-host" name="host" type="text" autocomplete="off" spellcheck={false} required />
          </>
        )}
        <label for="cert-text">{type === "ssh" ? "Lines of a known_hosts file" : "PEM"}</label>
        <textarea
          id="cert-text"
          name="text"
          rows={5}
          spellcheck={false}
          required
          placeholder={type === "ssh" ? "git.example.com ssh-ed25519 AAAA…" : "-----BEGIN CERTIFICATE-----"}
        />
        {state.is === "refused" && (
          <p class="refused" role="alert">
            {state.why}
          </p>
        )}
        <p class="row">
          <button type="submit" class="primary" aria-busy={state.is === "working"}>
            Believe {type === "ssh" ? "them" : "it"}
          </button>
          <span class="dim">All or none; what is there stays.</span>
        </p>
      </form>
    </details>
  );
}
