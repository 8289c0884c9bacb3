/** An application, changed by hand: the patch and what it would do to the cluster are shown before it is written. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { ApplicationPreview } from "../../core/model/application-preview.ts";
import { argoPathOf, ourPathOf } from "../application/paths.ts";
import { AsCli } from "../components/as-cli.tsx";
import { Asked } from "../components/asked.tsx";
import { note } from "../components/notes.tsx";
import { TextDiff } from "../components/text-diff.tsx";
import { useYamlTools, type YamlTools } from "../editing/use-yaml-tools.ts";
import { YamlEditor } from "../editing/yaml-editor.tsx";
import { Preview } from "../new/preview.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import {
  clashes,
  editPatch,
  type FieldChange,
  fieldChanges,
  writtenPart,
} from "../words/application-edit.ts";
import { valueWords } from "../words/deployment-words.ts";
import { draftChanges, draftOf, type EditDraft } from "../words/edit-draft.ts";
import { EditForm } from "./edit-form.tsx";

const ROWS = 26;

/** @param onClose when it is written, or left */
export function ApplicationEdit({
  app,
  denied,
  onClose,
}: {
  app: Application;
  /** Why nobody may change it, who looks here. */
  denied: string | undefined;
  onClose(): void;
}) {
  const { tools, again } = useYamlTools();
  const [times, setTimes] = useState(0);
  return (
    <>
      <Asked answer={tools} waiting="Loading what reads YAML">
        {(loaded) => (
          <Writing
            key={times}
            tools={loaded}
            app={app}
            denied={denied}
            onAgain={() => setTimes(times + 1)}
            onClose={onClose}
          />
        )}
      </Asked>
      {tools.is === "refused" && (
        <p class="actions">
          <button type="button" onClick={again}>
            Try again
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      )}
    </>
  );
}

type State =
  | { is: "writing" | "sending" }
  | { is: "previewing"; of: string }
  /** `of`: the text that it was asked of. */
  | { is: "previewed"; of: string; told: ApplicationPreview | { why: string } }
  | { is: "refused"; why: string };

function Writing({
  tools,
  app,
  denied,
  onAgain,
  onClose,
}: {
  tools: YamlTools;
  app: Application;
  denied: string | undefined;
  onAgain(): void;
  onClose(): void;
}) {
  // As it was when one began: what others write meanwhile is told, and does not change what one types.
  const from = useMemo(() => writtenPart(app), []);
  const types = useMemo(() => app.status?.sourceTypes ?? [app.status?.sourceType], []);
  const first = useMemo(() => tools.objectText(from), []);
  const [text, setText] = useState(first);
  const [state, setState] = useState<State>({ is: "writing" });
  const read = useMemo(() => tools.readManifest(text), [text]);
  const shown = useRef<{ value: unknown; draft: EditDraft }>({ value: from, draft: draftOf(from, types) });
  if (read.is === "read") shown.current = { value: read.value, draft: draftOf(read.value, types) };
  const leave = useRef(new AbortController());
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector("input")?.focus();
    return () => leave.current.abort();
  }, []);

  const mine = useMemo(() => (read.is === "read" ? fieldChanges(from, read.value) : []), [read]);
  const theirs = useMemo(() => fieldChanges(from, writtenPart(app)), [app]);
  const clash = clashes(mine, theirs);
  const error = read.problems.find(({ severity }) => severity === "error");
  const renamed = mine.find(({ path }) => path === "metadata.name" || path === "metadata.namespace");
  const goes = app.metadata.deletionTimestamp === undefined ? undefined : "It is being deleted";
  const why =
    (goes ?? denied) !== undefined
      ? (goes ?? denied)
      : error !== undefined
        ? `Line ${error.line}: ${error.text}`
        : renamed !== undefined
          ? `${renamed.path} is fixed: make another application in its place`
          : mine.length === 0
            ? "Nothing is changed yet"
            : clash.length > 0
              ? "Somebody else changed the same meanwhile"
              : undefined;

  const write = (next: string): void => {
    setText(next);
    if (state.is === "refused") setState({ is: "writing" });
  };
  const preview = async (): Promise<void> => {
    if (read.is !== "read" || why !== undefined || state.is === "previewing" || state.is === "sending")
      return;
    setState({ is: "previewing", of: text });
    const told = await ask<ApplicationPreview>("POST", ourPathOf(app, "preview"), {
      ...{ body: read.value, signal: leave.current.signal },
    }).catch((cause: unknown) => ({ why: cause instanceof Error ? cause.message : String(cause) }));
    if (!leave.current.signal.aborted) setState({ is: "previewed", of: text, told });
  };
  const previewed = state.is === "previewed" && state.of === text ? state.told : undefined;
  const mayWrite = previewed !== undefined && why === undefined;
  const isInDoubt = previewed !== undefined && ("why" in previewed || previewed.effect.is === "failed");
  const send = async (): Promise<void> => {
    if (read.is !== "read" || !mayWrite) return;
    setState({ is: "sending" });
    const { name, namespace } = app.metadata;
    const patch = JSON.stringify(editPatch(from, read.value));
    try {
      // What its preview says is wrong is known to whoever writes it all the same.
      await ask("PATCH", `${argoPathOf(app)}${isInDoubt ? "&validate=false" : ""}`, {
        ...{
          body: { name, appNamespace: namespace, patch, patchType: "json" },
          signal: leave.current.signal,
        },
      });
      note("good", `${name} was changed`);
      onClose();
    } catch (cause) {
      if (!leave.current.signal.aborted)
        setState({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  return (
    <div class="new-application">
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          void preview();
        }}
      >
        <fieldset class="bare" disabled={read.is === "broken"}>
          <legend class="hidden-text">Its fields</legend>
          <EditForm
            draft={shown.current.draft}
            onChange={(next) =>
              write(tools.withChanges(text, draftChanges(shown.current.value, shown.current.draft, next)))
            }
          />
        </fieldset>
        {read.is === "broken" && (
          <p class="dim" role="status">
            The fields follow again once the YAML can be read.
          </p>
        )}
        {theirs.length > 0 && <Meanwhile theirs={theirs} clash={clash} onAgain={onAgain} />}
        {state.is === "refused" && (
          <p class="refused" role="alert">
            {state.why}{" "}
            <button type="button" class="link" onClick={onAgain}>
              Begin anew with what is there now
            </button>
          </p>
        )}
        <div class="actions">
          <button
            type="submit"
            class={mayWrite ? "" : "primary"}
            aria-disabled={why !== undefined}
            aria-busy={state.is === "previewing"}
            title={why}
          >
            Preview the change
          </button>
          <button
            type="button"
            class={mayWrite ? "primary" : ""}
            aria-disabled={!mayWrite}
            aria-busy={state.is === "sending"}
            title={mayWrite ? undefined : (why ?? "Preview it first")}
            onClick={() => void send()}
          >
            {isInDoubt ? "Save all the same" : "Save"}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
      <section aria-labelledby="edited-manifest">
        <h2 id="edited-manifest" class="small">
          Its manifest
        </h2>
        <YamlEditor
          label="The application as it is to be"
          value={text}
          problems={read.problems}
          rows={ROWS}
          onInput={write}
        />
      </section>
      <section class="whole" aria-labelledby="edit-preview" aria-busy={state.is === "previewing"}>
        <h2 id="edit-preview" class="small">
          What would change
        </h2>
        <Patch app={app} mine={mine} patch={read.is === "read" ? editPatch(from, read.value) : []} />
        {state.is === "previewing" ? (
          <p class="dim" role="status">
            Rendering, and asking the cluster what that would change…
          </p>
        ) : previewed === undefined ? (
          <p class="dim">
            {state.is === "previewed"
              ? "It was changed since the preview."
              : "Preview renders it as it would be, and holds it against what is on the cluster. It writes nothing."}
          </p>
        ) : "why" in previewed ? (
          <p class="refused" role="alert">
            What its next sync would do could not be told: {previewed.why}
          </p>
        ) : (
          <Preview told={previewed} of="edited" />
        )}
      </section>
    </div>
  );
}

/** What was written is told, field by field, and as the command that would write the same. */
function Patch({
  app,
  mine,
  patch,
}: {
  app: Application;
  mine: readonly FieldChange[];
  patch: ReturnType<typeof editPatch>;
}) {
  if (mine.length === 0) return <p class="dim">Nothing yet.</p>;
  return (
    <>
      <Fields changes={mine} />
      <AsCli words={["app", "patch", keyOf(app), "--type", "json", "--patch", JSON.stringify(patch)]} />
    </>
  );
}

function Fields({ changes }: { changes: readonly FieldChange[] }) {
  return (
    <dl class="would">
      {changes.map(({ path, before, after }) => (
        <div key={path}>
          <dt class="mono">{path}</dt>
          <dd>
            <TextDiff before={valueWords(before)} after={valueWords(after)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Meanwhile({
  theirs,
  clash,
  onAgain,
}: {
  theirs: readonly FieldChange[];
  clash: readonly FieldChange[];
  onAgain(): void;
}) {
  return (
    <section aria-label="Changed meanwhile" role="status">
      <p class="words" data-tone="behind">
        Somebody else changed it meanwhile.{" "}
        {clash.length === 0
          ? "What they changed stays."
          : "You both changed the same, so yours is not written."}{" "}
        <button type="button" class="link" onClick={onAgain}>
          Begin anew with what is there now
        </button>
      </p>
      <Fields changes={clash.length === 0 ? theirs : clash} />
    </section>
  );
}
