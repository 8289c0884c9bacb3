/** Credentials of all repositories whose address begins so. */
import { useState } from "preact/hooks";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { Table } from "../components/table.tsx";
import { ask } from "../store/daemon.ts";

interface Template {
  url: string;
  type?: string;
  project?: string;
  username?: string;
  holdfast: { keptIn: string };
}

export function Templates({
  round,
  denied,
  onAdd,
  onChange,
}: {
  /** Another one: they are asked for again. */
  round: number;
  denied: string | undefined;
  onAdd(): void;
  onChange(): void;
}) {
  const [removing, setRemoving] = useState<Template>();
  const answer = useAsked(
    (signal) => ask<{ items: Template[] | null }>("GET", "/api/v1/repocreds", { signal }),
    [round],
  );
  return (
    <>
      <h2 class="small">Credentials for many</h2>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ items }) => (
          <Table
            items={items ?? []}
            keyOf={({ url, project = "" }) => `${url} ${project}`}
            none="None: those of an address are for all repositories whose address begins so."
            columns={[
              { head: "Begins with", as: "mono", cell: ({ url }) => url },
              { head: "As", cell: ({ username = "" }) => username },
              { head: "Project", cell: ({ project = "" }) => project },
              { head: "Kept in", cell: ({ holdfast }) => holdfast.keptIn },
              {
                head: "Remove",
                as: "act",
                cell: (template) =>
                  template.holdfast.keptIn !== "config" && (
                    <button
                      type="button"
                      aria-label={`Remove ${template.url}`}
                      onClick={() => setRemoving(template)}
                    >
                      Remove
                    </button>
                  ),
              },
            ]}
          />
        )}
      </Asked>
      <p>
        <button
          type="button"
          aria-disabled={denied !== undefined}
          title={denied}
          onClick={() => denied === undefined && onAdd()}
        >
          Add credentials for many
        </button>
      </p>
      {removing !== undefined && (
        <Dialog
          title="Remove these credentials?"
          cli={["repocreds", "rm", removing.url]}
          offer={{
            label: "Remove",
            tone: "danger",
            async work() {
              const { url, project = "" } = removing;
              const query = project === "" ? "" : `?${new URLSearchParams({ appProject: project })}`;
              await ask("DELETE", `/api/v1/repocreds/${encodeURIComponent(url)}${query}`);
              note("good", `Credentials of ${url} are forgotten`);
              onChange();
            },
          }}
          onClose={() => setRemoving(undefined)}
        >
          <p>
            Repositories whose address begins with <code>{removing.url}</code>, and which have none of their
            own, cannot be read any more where they need some.
          </p>
        </Dialog>
      )}
    </>
  );
}
