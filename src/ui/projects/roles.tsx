/** Roles of a project: what they may, who is in them, and their tokens. */
import { useRef, useState } from "preact/hooks";
import type { Project } from "../../core/model/project.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Until } from "../components/time.tsx";
import { ofSomebody, useWhyNot, whoIsAsked } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import { rolesOf, type ShownRole } from "../words/project-words.ts";

/** As the API has it. */
interface Token {
  id: string;
  /** Seconds since 1970; `0`: it does not end. */
  issuedAt: string;
  expiresAt: string;
  hint: string;
  createdBy: string;
  lastUsed?: string;
}

export function Roles({ project }: { project: Project }) {
  const roles = rolesOf(project.spec);
  return (
    <>
      <h2 class="small">Roles</h2>
      {roles.length === 0 ? (
        <p class="dim">It has none: policies of the daemon alone say who may do what in it.</p>
      ) : (
        roles.map((role) => <Role key={role.name} project={project.metadata.name} role={role} />)
      )}
    </>
  );
}

function Role({ project, role }: { project: string; role: ShownRole }) {
  return (
    <section class="role" aria-label={`Role ${role.name}`}>
      <h3>
        {role.name}
        {role.description !== "" && <span class="dim"> {role.description}</span>}
      </h3>
      <dl class="permits">
        <div>
          <dt>Policies</dt>
          <dd>
            {role.policies.length === 0
              ? "it may nothing"
              : role.policies.map((line) => <div key={line}>{line}</div>)}
          </dd>
        </div>
        <div>
          <dt>Who</dt>
          <dd>
            {role.groups.length === 0
              ? "whoever has a token of it"
              : role.groups.map((group) => <div key={group}>{group}</div>)}
          </dd>
        </div>
      </dl>
      <Tokens project={project} role={role.name} />
    </section>
  );
}

function Tokens({ project, role }: { project: string; role: string }) {
  const [round, setRound] = useState(0);
  const [open, setOpen] = useState<{ is: "make" } | { is: "revoke"; token: Token }>();
  const denied = useWhyNot("projects", "update", project);
  const [one, other] = [encodeURIComponent(project), encodeURIComponent(role)];
  const who = whoIsAsked();
  const answer = useAsked(
    (signal) =>
      ofSomebody<{ items: Token[] } | undefined>(
        who,
        () => ask("GET", `/api/holdfast/v1/projects/${one}/roles/${other}/tokens`, { signal }),
        undefined,
      ),
    [project, role, round, who],
  );
  const path = `/api/v1/projects/${one}/roles/${other}/token`;
  if (answer.is === "answered" && answer.value === undefined)
    return <p class="dim">This daemon has no accounts, and makes no tokens.</p>;
  return (
    <>
      <Asked answer={answer} waiting="Asking for its tokens">
        {(told) => (
          <Table
            items={told?.items ?? []}
            keyOf={({ id }) => id}
            none="No tokens."
            columns={[
              {
                head: "Token",
                cell: ({ id, hint }) => (
                  <>
                    {id}
                    <span class="why mono">{hint}…</span>
                  </>
                ),
              },
              { head: "Made", as: "word", cell: ({ issuedAt }) => <Ago at={timeOf(issuedAt)} /> },
              { head: "By", cell: ({ createdBy }) => createdBy },
              {
                head: "Ends",
                as: "word",
                cell: ({ expiresAt }) => (expiresAt === "0" ? "never" : <Until at={timeOf(expiresAt)} />),
              },
              {
                head: "Last used",
                as: "word",
                cell: ({ lastUsed }) => (lastUsed === undefined ? "never" : <Ago at={lastUsed} />),
              },
              {
                head: "Revoke",
                as: "act",
                cell: (token) => (
                  <button
                    type="button"
                    aria-label={`Revoke ${token.id}`}
                    aria-disabled={denied !== undefined}
                    title={denied}
                    onClick={() => denied === undefined && setOpen({ is: "revoke", token })}
                  >
                    Revoke
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
          aria-label={`New token of ${role}`}
          aria-disabled={denied !== undefined}
          title={denied}
          onClick={() => denied === undefined && setOpen({ is: "make" })}
        >
          New token
        </button>
      </p>
      {open?.is === "make" && (
        <NewToken
          {...{ path, project, role }}
          onClose={() => {
            setOpen(undefined);
            setRound(round + 1);
          }}
        />
      )}
      {open?.is === "revoke" && (
        <Dialog
          title={`Revoke ${open.token.id}?`}
          cli={["project", "role", "delete-token", project, role, open.token.id]}
          offer={{
            label: "Revoke",
            tone: "danger",
            async work() {
              await ask("DELETE", `${path}/${encodeURIComponent(open.token.id)}`);
              note("good", `${open.token.id} is revoked`);
              setRound(round + 1);
            },
          }}
          onClose={() => setOpen(undefined)}
        >
          <p>
            Whatever uses it is refused from then on, and it cannot be taken back. It was{" "}
            {open.token.lastUsed === undefined ? (
              "never used"
            ) : (
              <>
                used last <Ago at={open.token.lastUsed} />
              </>
            )}
            .
          </p>
        </Dialog>
      )}
    </>
  );
}

const DAYS = [1, 30, 90, 365] as const;
const DAY_SECONDS = 86_400;

function NewToken({
  path,
  project,
  role,
  onClose,
}: {
  path: string;
  project: string;
  role: string;
  onClose(): void;
}) {
  const [name, setName] = useState("");
  const [days, setDays] = useState(30);
  const made = useRef<string>(undefined);
  const [shown, setShown] = useState<string>();
  if (shown !== undefined) return <MadeToken token={shown} onClose={onClose} />;
  const flags = [
    ...(days === 0 ? [] : ["--expires-in", `${days * 24}h`]),
    ...(name === "" ? [] : ["--id", name]),
  ];
  return (
    <Dialog
      title={`New token of ${role}`}
      cli={["project", "role", "create-token", project, role, ...flags]}
      offer={{
        label: "Create",
        async work() {
          const body = { ...(name === "" ? {} : { id: name }), expiresIn: days * DAY_SECONDS };
          const { token } = await ask<{ token: string }>("POST", path, { body });
          made.current = token;
        },
      }}
      onClose={() => (made.current === undefined ? onClose() : setShown(made.current))}
    >
      <p>Whoever has it may all that the role may.</p>
      <label>
        Name
        <input
          type="text"
          value={name}
          autocomplete="off"
          placeholder="a random one"
          onInput={(event) => setName(event.currentTarget.value.trim())}
        />
      </label>
      <p>
        <label class="choice">
          Ends after
          <select value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
            {DAYS.map((count) => (
              <option key={count} value={count}>
                {count === 1 ? "1 day" : `${count} days`}
              </option>
            ))}
            <option value={0}>never</option>
          </select>
        </label>
      </p>
    </Dialog>
  );
}

function MadeToken({ token, onClose }: { token: string; onClose(): void }) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(token);
      note("good", "Copied");
    } catch {
      note("bad", "This browser lets nothing be copied here: select it by hand.");
    }
  };
  return (
    <Dialog title="The new token" onClose={onClose}>
      <p>It is shown now and never again.</p>
      <p>
        <input
          type="text"
          class="mono"
          readOnly
          aria-label="Token"
          value={token}
          onFocus={(event) => event.currentTarget.select()}
        />
      </p>
      <p>
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
      </p>
    </Dialog>
  );
}

/** @param seconds since 1970, as text */
function timeOf(seconds: string): string {
  return new Date(Number(seconds) * 1_000).toISOString();
}
