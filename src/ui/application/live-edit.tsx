/** A live object, written by hand: what the server would make of it is shown before it is written, and who else has a say in it. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { ownerWords } from "../../core/model/drift-change.ts";
import type { EditedObject } from "../../core/model/live-request.ts";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { note } from "../components/notes.tsx";
import { TextDiff } from "../components/text-diff.tsx";
import { Ago } from "../components/time.tsx";
import { useYamlTools, type YamlTools } from "../editing/use-yaml-tools.ts";
import { YamlEditor } from "../editing/yaml-editor.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { valueWords } from "../words/deployment-words.ts";
import { argoPathOf, ourPathOf } from "./paths.ts";

type State =
  | { is: "writing" | "previewing" | "sending" }
  /** `of`: the text that it was asked of. */
  | { is: "previewed"; of: string; edited: EditedObject }
  | { is: "refused"; why: string };

const ROWS = 26;

export function LiveEdit({
  app,
  id,
  onClose,
}: {
  app: Application;
  /** `group/Kind/namespace/name`. */
  id: string;
  onClose(): void;
}) {
  const { tools, again } = useYamlTools();
  const [readings, setReadings] = useState(0);
  const [group = "", kind = "", namespace = "", resourceName = ""] = id.split("/");
  const object = useAsked(
    async (signal) => {
      const query = new URLSearchParams({ group, kind, namespace, resourceName });
      const path = `${argoPathOf(app, "resource")}&${query}`;
      const { manifest } = await ask<{ manifest: string }>("GET", path, { signal });
      return withoutOwners(JSON.parse(manifest) as { metadata: Record<string, unknown> });
    },
    [keyOf(app), id, readings],
  );
  return (
    <>
      <Asked answer={tools} waiting="Loading what reads YAML">
        {(loaded) => (
          <Asked answer={object} waiting="Asking the cluster">
            {(from) => (
              <Writing
                key={readings}
                tools={loaded}
                app={app}
                id={id}
                from={from}
                onAgain={() => setReadings(readings + 1)}
                onClose={onClose}
              />
            )}
          </Asked>
        )}
      </Asked>
      {(tools.is === "refused" || object.is === "refused") && (
        <div class="actions">
          <button
            type="button"
            onClick={() => (tools.is === "refused" ? again() : setReadings(readings + 1))}
          >
            Try again
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      )}
    </>
  );
}

function Writing({
  tools,
  app,
  id,
  from,
  onAgain,
  onClose,
}: {
  tools: YamlTools;
  app: Application;
  id: string;
  from: object;
  onAgain(): void;
  onClose(): void;
}) {
  const first = useMemo(() => tools.objectText(from), []);
  const [text, setText] = useState(first);
  const [state, setState] = useState<State>({ is: "writing" });
  const read = useMemo(() => tools.readObject(text), [text]);
  const box = useRef<HTMLDivElement>(null);
  const leave = useRef(new AbortController());
  useEffect(() => {
    box.current?.querySelector("textarea")?.focus();
    return () => leave.current.abort();
  }, []);
  const isSame = text === first;
  const why =
    read.is === "broken"
      ? `Line ${read.problems.at(-1)?.line}: ${read.problems.at(-1)?.text}`
      : isSame
        ? "Nothing is changed yet"
        : undefined;
  const send = async (mode: "dry-run" | "write"): Promise<void> => {
    if (read.is !== "read" || state.is === "sending" || state.is === "previewing") return;
    setState({ is: mode === "write" ? "sending" : "previewing" });
    try {
      const edited = await ask<EditedObject>("POST", ourPathOf(app, "object"), {
        ...{ body: { from, object: read.value, mode }, signal: leave.current.signal },
      });
      if (mode === "dry-run") return setState({ is: "previewed", of: text, edited });
      note("good", `${id.split("/").at(-1)} was changed`);
      onClose();
    } catch (cause) {
      if (!leave.current.signal.aborted)
        setState({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  const previewed = state.is === "previewed" && state.of === text ? state.edited : undefined;
  // Its own place beside the other: a second press or click of Preview writes nothing.
  const mayWrite = (previewed?.fields.length ?? 0) > 0;
  return (
    <div class="live-edit" ref={box}>
      <YamlEditor
        label="The object as it is to be"
        value={text}
        problems={read.problems}
        rows={ROWS}
        onInput={(next) => {
          setText(next);
          if (state.is === "refused") setState({ is: "writing" });
        }}
      />
      {state.is === "refused" && (
        <p class="refused" role="alert">
          {state.why}{" "}
          <button type="button" class="link" onClick={onAgain}>
            Begin anew with what is there now
          </button>
        </p>
      )}
      {previewed !== undefined && <Would edited={previewed} app={app} id={id} />}
      {state.is === "previewed" && previewed === undefined && (
        <p class="dim" role="status">
          It was changed since the preview.
        </p>
      )}
      <div class="actions">
        <button
          type="button"
          class={mayWrite ? "" : "primary"}
          aria-disabled={why !== undefined}
          aria-busy={state.is === "previewing"}
          title={why}
          onClick={() => why === undefined && void send("dry-run")}
        >
          Preview the change
        </button>
        <button
          type="button"
          class={mayWrite ? "danger" : ""}
          aria-disabled={!mayWrite}
          aria-busy={state.is === "sending"}
          title={mayWrite ? undefined : "Preview it first"}
          onClick={() => mayWrite && void send("write")}
        >
          Write to the cluster
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </div>
  );
}

function Would({
  edited: { fields, undoneBySync, patch },
  app,
  id,
}: {
  edited: EditedObject;
  app: Application;
  id: string;
}) {
  const [group = "", kind = "", namespace = "", name = ""] = id.split("/");
  const flag = (word: string, value: string): string[] => (value === "" ? [] : [word, value]);
  return (
    <section aria-label="What it would change" role="status">
      <p class="words" data-tone={undoneBySync.length > 0 ? "behind" : "moving"}>
        {fields.length === 0
          ? "Its server would change nothing."
          : `It would change ${fields.length === 1 ? "1 field" : `${fields.length} fields`}. The cluster took it in a dry run, and nothing is written yet.`}
        {undoneBySync.length > 0 &&
          `\nGit sets ${undoneBySync.join(", ")}: the next sync puts ${undoneBySync.length === 1 ? "it" : "them"} back. To stay, it is changed in Git.`}
      </p>
      <dl class="would">
        {fields.map(({ path, live, desired, owner }) => (
          <div key={path}>
            <dt class="mono">{path}</dt>
            <dd>
              <TextDiff before={valueWords(live)} after={valueWords(desired)} />
              {owner !== undefined && (
                <span class="dim">
                  set by {ownerWords(owner)}{" "}
                  {owner.time !== undefined && owner.time !== "" && <Ago at={owner.time} />}
                </span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {patch !== undefined && fields.length > 0 && (
        <AsCli
          words={[
            ...["app", "patch-resource", keyOf(app), "--kind", kind],
            ...flag("--group", group),
            ...flag("--namespace", namespace),
            ...["--resource-name", name, "--patch-type", "json", "-p", JSON.stringify(patch)],
          ]}
        />
      )}
    </section>
  );
}

/** Who set what is told beside what would change. */
function withoutOwners(object: { metadata: Record<string, unknown> }): object {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
