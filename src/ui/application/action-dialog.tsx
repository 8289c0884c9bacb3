/** An action on one object: what it wants to know, what it would do as the server says it, and what came of it. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { ownerWords } from "../../core/model/drift-change.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { Scrolled } from "../components/scrolled.tsx";
import { TextDiff } from "../components/text-diff.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { type PlannedObject, valueWords } from "../words/deployment-words.ts";
import { yamlText } from "../words/yaml-text.ts";
import { argoPathOf } from "./paths.ts";
import { objectFlags } from "./resource-manifest.tsx";
import { objectQuery } from "./use-live.ts";

/** As the API has it. */
export interface Offered {
  name: string;
  disabled: boolean;
  params: { name: string; description?: string; value?: string }[];
  description?: string;
  why?: string;
  needs: string;
  denied?: string;
}

interface Done {
  kind: string;
  name: string;
  did: "changed" | "created";
  fields: string[];
  changes?: PlannedObject["fields"];
  object?: unknown;
}

type State =
  | { is: "asking" }
  | { is: "rehearsing" }
  /** `of`: the values that it was asked with. */
  | { is: "shown"; of: string; done: Done[] }
  | { is: "refused"; of: string; why: string };

export function ActionDialog({
  app,
  id,
  action,
  onClose,
}: {
  app: Application;
  id: string;
  action: Offered;
  onClose(): void;
}) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(action.params.map(({ name, value = "" }) => [name, value])),
  );
  const of = JSON.stringify(values);
  const [state, setState] = useState<State>({ is: "asking" });
  const rehearsal = useAsked(
    async (signal): Promise<Done[] | undefined> => {
      // Where values are wanted, it is asked when they are there.
      if (action.params.length > 0) return undefined;
      return (await send(app, id, { action: action.name, values, dryRun: true }, signal)).done;
    },
    [keyOf(app), id, action.name],
  );
  const show = async (): Promise<void> => {
    if (state.is === "rehearsing") return;
    setState({ is: "rehearsing" });
    try {
      const { done } = await send(app, id, { action: action.name, values, dryRun: true });
      setState({ is: "shown", of, done });
    } catch (cause) {
      setState({ is: "refused", of, why: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  const seen =
    state.is === "shown" && state.of === of
      ? state.done
      : action.params.length === 0 && rehearsal.is === "answered"
        ? rehearsal.value
        : undefined;
  const name = id.split("/").at(-1) ?? "";
  return (
    <Dialog
      title={`${action.name} ${name}`}
      cli={[
        ...["app", "actions", "run", keyOf(app), action.name, ...objectFlags(id)],
        ...Object.entries(values).flatMap(([param, value]) =>
          value === "" ? [] : ["--param", `${param}=${value}`],
        ),
      ]}
      offer={
        seen === undefined
          ? undefined
          : {
              label: action.name,
              work: async () => {
                const { done } = await send(app, id, { action: action.name, values, dryRun: false });
                note("good", outcomeWords(action.name, name, done));
              },
            }
      }
      onClose={onClose}
    >
      {action.description !== undefined && <p class="dim">It {action.description}.</p>}
      {action.params.map(({ name: param, description }) => (
        <label key={param}>
          {param} {description !== undefined && <span class="dim">{description}</span>}
          <input
            type="text"
            value={values[param] ?? ""}
            onInput={(event) => setValues({ ...values, [param]: event.currentTarget.value })}
            onKeyDown={(event) => {
              // Enter shows what it would do before it does anything.
              if (event.key !== "Enter" || seen !== undefined) return;
              event.preventDefault();
              void show();
            }}
          />
        </label>
      ))}
      {action.params.length > 0 && seen === undefined && (
        <p class="actions">
          <button
            type="button"
            class="primary"
            aria-busy={state.is === "rehearsing"}
            onClick={() => void show()}
          >
            Show what it would do
          </button>
        </p>
      )}
      {state.is === "refused" && state.of === of && (
        <p class="refused" role="alert">
          {state.why}
        </p>
      )}
      {action.params.length === 0 && rehearsal.is !== "answered" ? (
        <Asked answer={rehearsal} waiting="Asking the cluster what it would do">
          {() => null}
        </Asked>
      ) : (
        seen !== undefined && <Would done={seen} />
      )}
    </Dialog>
  );
}

async function send(
  app: Application,
  id: string,
  { action, values, dryRun }: { action: string; values: Readonly<Record<string, string>>; dryRun: boolean },
  signal?: AbortSignal,
): Promise<{ done: Done[] }> {
  const resourceActionParameters = Object.entries(values).map(([name, value]) => ({ name, value }));
  return ask<{ done: Done[] }>("POST", `${argoPathOf(app, "resource/actions/v2")}&${objectQuery(id)}`, {
    body: { action, dryRun, ...(resourceActionParameters.length === 0 ? {} : { resourceActionParameters }) },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** As its server said it in a dry run. */
function Would({ done }: { done: readonly Done[] }) {
  if (done.length === 0) return <p>It would change nothing: it is so already.</p>;
  return (
    <section aria-label="What it would do" role="status">
      <p class="words" data-tone="moving">
        The cluster took it in a dry run, and nothing is written yet.
      </p>
      {done.map(({ kind, name, did, fields, changes, object }) => (
        <div key={`${kind}/${name}`}>
          <h3>
            {did === "created" ? "make" : "change"} {kind} {name}
          </h3>
          {object !== undefined && (
            <Scrolled as="manifest" label={`${kind} ${name}`}>
              {yamlText(object)}
            </Scrolled>
          )}
          {did === "changed" && (
            <dl class="would">
              {changes === undefined
                ? fields.map((field) => (
                    <div key={field}>
                      <dt class="mono">{field}</dt>
                    </div>
                  ))
                : changes.map(({ path, live, desired, owner }) => (
                    <div key={path}>
                      <dt class="mono">{path}</dt>
                      <dd>
                        <TextDiff before={valueWords(live)} after={valueWords(desired)} />
                        {owner !== undefined && <span class="dim">set by {ownerWords(owner)}</span>}
                      </dd>
                    </div>
                  ))}
            </dl>
          )}
        </div>
      ))}
    </section>
  );
}

/** What the server has written, not what was asked of it. */
function outcomeWords(action: string, name: string, done: readonly Done[]): string {
  if (done.length === 0) return `${action} ${name}: there was nothing to change`;
  const each = done.map((one) =>
    one.did === "created" ? `made ${one.kind} ${one.name}` : `changed ${one.fields.join(", ")}`,
  );
  return `${action} ${name}: ${each.join("; ")}`;
}
