/** An object's manifest as people read it: wrapped or not, copied, with who set which field where that is asked for. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { TraceAnswer } from "../../core/model/trace-answer.ts";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { note } from "../components/notes.tsx";
import { Scrolled } from "../components/scrolled.tsx";
import { Ago } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { fieldOwners } from "../words/field-owners.ts";
import { yamlText } from "../words/yaml-text.ts";
import { argoPathOf } from "./paths.ts";
import { useLive } from "./use-live.ts";

/** As the cluster has it. */
export function LiveManifest({
  app,
  id,
  children,
}: {
  app: Application;
  id: string;
  children: ComponentChildren;
}) {
  const answer = useLive(app, id);
  const [owners, setOwners] = useState<"hidden" | "listed" | "raw">("hidden");
  return (
    <Asked answer={answer} waiting="Asking the cluster">
      {(object) => (
        <>
          <Text
            value={owners === "raw" ? object : withoutManaged(object)}
            tools={
              <>
                {children}
                <label>
                  Field owners{" "}
                  <select
                    value={owners}
                    onChange={(event) => setOwners(event.currentTarget.value as typeof owners)}
                  >
                    <option value="hidden">hidden</option>
                    <option value="listed">listed</option>
                    <option value="raw">as the server has them</option>
                  </select>
                </label>
              </>
            }
          >
            {owners === "listed" && <Owners object={object} />}
          </Text>
          <AsCli words={["app", "get-resource", keyOf(app), ...objectFlags(id)]} />
        </>
      )}
    </Asked>
  );
}

/** As Git wants it, and where that is written. */
export function DesiredManifest({ app, id }: { app: Application; id: string }) {
  const [group = "", kind = "", namespace = "", name = ""] = id.split("/");
  const answer = useAsked(
    async (signal) => {
      const query = new URLSearchParams({ group, kind, namespace, name });
      const path = `${argoPathOf(app, "managed-resources")}&${query}`;
      const { items } = await ask<{ items: { targetState: string }[] }>("GET", path, { signal });
      return JSON.parse(items[0]?.targetState ?? "null") as unknown;
    },
    [keyOf(app), id, app.status?.reconciledAt],
  );
  return (
    <Asked answer={answer} waiting="Asking the daemon">
      {(object) =>
        object === null ? (
          <p class="dim">Git does not have it.</p>
        ) : (
          <Text value={object}>
            <Written app={app} id={id} />
          </Text>
        )
      }
    </Asked>
  );
}

/** Where Git writes it; nothing where nobody knows. */
export function Written({ app, id }: { app: Application; id: string }) {
  const [group = "", kind = "", namespace = "", name = ""] = id.split("/");
  const answer = useAsked(
    async (signal) => {
      const query = new URLSearchParams({ kind, name, group, ...(namespace === "" ? {} : { namespace }) });
      const { items } = await ask<TraceAnswer>("GET", `/api/holdfast/v1/trace?${query}`, { signal });
      return items.find(({ application }) => application === keyOf(app));
    },
    [keyOf(app), id, app.status?.reconciledAt],
  );
  if (answer.is !== "answered" || answer.value?.written === undefined) return null;
  const {
    written: { repository, file, line },
    revision,
  } = answer.value;
  return (
    <p class="facts">
      <span>
        Written in{" "}
        <span class="mono">
          {file}:{line}
        </span>
      </span>
      <span class="mono">{repository}</span>
      {revision !== undefined && <span class="mono">{revision.slice(0, 7)}</span>}
    </p>
  );
}

function Text({
  value,
  tools,
  children,
}: {
  value: unknown;
  tools?: ComponentChildren;
  children?: ComponentChildren;
}) {
  const text = useMemo(() => yamlText(value), [value]);
  const [isWrapped, setWrapped] = useState(true);
  return (
    <>
      <p class="row log-tools">
        {tools}
        <label>
          <input
            type="checkbox"
            checked={isWrapped}
            onChange={(event) => setWrapped(event.currentTarget.checked)}
          />{" "}
          Wrap
        </label>
        <button type="button" class="link" onClick={() => void copy(text)}>
          Copy
        </button>
        <span class="dim status">{text.split("\n").length.toLocaleString("en")} lines</span>
      </p>
      {children}
      <div class={isWrapped ? "" : "unwrapped"}>
        <Scrolled as="manifest" label="Manifest">
          {text}
        </Scrolled>
      </div>
    </>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(`${text}\n`);
    note("good", "Copied the manifest");
  } catch {
    note("bad", "This browser lets nothing be copied here");
  }
}

function Owners({ object }: { object: unknown }) {
  const owners = fieldOwners(object);
  if (owners.length === 0) return <p class="dim">Its server notes nobody.</p>;
  return (
    <ul class="plan" aria-label="Field owners">
      {owners.map(({ manager, operation, subresource, time, fields }) => (
        <li key={`${manager} ${operation} ${subresource} ${time}`}>
          <details>
            <summary>
              <b>{manager}</b> · {operation}
              {subresource === "" ? "" : ` of ${subresource}`} ·{" "}
              {fields.length === 1 ? "1 field" : `${fields.length} fields`} {time !== "" && <Ago at={time} />}
            </summary>
            <ul class="owned mono">
              {fields.map((field) => (
                <li key={field}>{field}</li>
              ))}
            </ul>
          </details>
        </li>
      ))}
    </ul>
  );
}

/** Who set which field is told where that is asked for. */
function withoutManaged(object: { metadata: Record<string, unknown> }): object {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** For commands of the command line. */
export function objectFlags(id: string): string[] {
  const [group = "", kind = "", namespace = "", name = ""] = id.split("/");
  const flag = (word: string, value: string): string[] => (value === "" ? [] : [word, value]);
  return [
    ...["--kind", kind],
    ...flag("--group", group),
    ...flag("--namespace", namespace),
    ...["--resource-name", name],
  ];
}
