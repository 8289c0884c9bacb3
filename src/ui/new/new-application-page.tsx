/** A new application: filled in or written, both the same text, and what it would make shown before anything of it is written. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { ApplicationPreview } from "../../core/model/application-preview.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { pageOf } from "../application/paths.ts";
import { AsCli } from "../components/as-cli.tsx";
import { Asked } from "../components/asked.tsx";
import { note } from "../components/notes.tsx";
import { useKnownNames } from "../editing/use-known-names.ts";
import { useYamlTools, type YamlTools } from "../editing/use-yaml-tools.ts";
import { YamlEditor } from "../editing/yaml-editor.tsx";
import { daemon } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { go } from "../store/route.ts";
import { createCommand, type Draft, EMPTY, manifestOf, whereItLives } from "../words/new-application.ts";
import { ApplicationForm, type TextField, wrongWith } from "./application-form.tsx";
import { Preview } from "./preview.tsx";
import { useFolders } from "./use-folders.ts";

type Previewed =
  | { is: "none" | "asking" }
  /** `of`: the text that it was asked of. */
  | { is: "told"; of: string; preview: ApplicationPreview }
  | { is: "refused"; of: string; why: string };

/** Lines in sight: all of what is filled in, without scrolling. */
const ROWS = 24;

export function NewApplicationPage() {
  const { tools, again } = useYamlTools();
  return (
    <>
      <h1 tabIndex={-1}>New application</h1>
      <p class="attention">{whereItLives(daemon.value.home)}</p>
      <Asked answer={tools} waiting="Loading what reads YAML">
        {(loaded) => <Writing tools={loaded} />}
      </Asked>
      {tools.is === "refused" && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </>
  );
}

function Writing({ tools }: { tools: YamlTools }) {
  const [text, setText] = useState(tools.firstText);
  const [state, setState] = useState<
    { is: "writing" | "checking" | "creating" } | { is: "refused"; why: string }
  >({ is: "writing" });
  const [previewed, setPreviewed] = useState<Previewed>({ is: "none" });
  const read = useMemo(() => tools.readManifest(text), [text]);
  // The form stays as it was while the text cannot be read.
  const last = useRef<{ draft: Draft; sources: "one" | "several" }>({ draft: EMPTY, sources: "one" });
  if (read.is === "read") last.current = read;
  const known = useKnownNames();
  const asking = useRef<AbortController>(undefined);
  useEffect(() => () => asking.current?.abort(), []);
  // Below what is filled in, where nobody who pressed the button looks.
  const result = useRef<HTMLElement>(null);
  useEffect(() => {
    if (previewed.is === "told" || previewed.is === "refused")
      result.current?.scrollIntoView({ block: "nearest" });
  }, [previewed]);
  const write = (next: string): void => {
    setText(next);
    if (state.is === "refused") setState({ is: "writing" });
  };
  const firstError = read.problems.find(({ severity }) => severity === "error");
  const sent = read.is === "read" ? read.value : undefined;
  const create = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (state.is === "creating" || state.is === "checking") return;
    if (sent === undefined || firstError !== undefined)
      return setState({ is: "refused", why: `Line ${firstError?.line}: ${firstError?.text}` });
    // A mistyped folder would be an application that never works: what it would make is known before it is made.
    if (!isSeen) {
      setState({ is: "checking" });
      const works = await preview();
      if (works !== "yes") return setState({ is: "writing" });
    }
    setState({ is: "creating" });
    try {
      // What its preview says is wrong is known to whoever makes it all the same.
      const path = `/api/v1/applications${isInDoubt ? "?validate=false" : ""}`;
      const made = await ask<Application>("POST", path, { body: sent });
      const isByHand = last.current.draft.syncs === "by-hand";
      const checked = isInDoubt ? "was made unchecked" : "was made; its source can be read and rendered";
      note("good", `${made.metadata.name} ${checked}${isByHand ? ". Review what a sync would do" : ""}`);
      go(pageOf(made), "push");
    } catch (cause) {
      setState({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  /** @returns whether it can be made as it is written; `left`: another one was asked for meanwhile */
  const preview = async (): Promise<"yes" | "no" | "left"> => {
    asking.current?.abort();
    if (sent === undefined || firstError !== undefined) {
      setPreviewed({ is: "refused", of: text, why: `Line ${firstError?.line}: ${firstError?.text}` });
      return "no";
    }
    const leave = new AbortController();
    asking.current = leave;
    setPreviewed({ is: "asking" });
    try {
      const told = await ask<ApplicationPreview>("POST", "/api/holdfast/v1/applications/preview", {
        ...{ body: sent, signal: leave.signal },
      });
      if (leave.signal.aborted) return "left";
      setPreviewed({ is: "told", of: text, preview: told });
      return told.effect.is === "failed" ? "no" : "yes";
    } catch (cause) {
      if (leave.signal.aborted) return "left";
      setPreviewed({
        ...{ is: "refused", of: text, why: cause instanceof Error ? cause.message : String(cause) },
      });
      return "no";
    }
  };
  const isSeen = (previewed.is === "told" || previewed.is === "refused") && previewed.of === text;
  const isInDoubt = isSeen && (previewed.is === "refused" || previewed.preview.effect.is === "failed");
  const { draft, sources } = last.current;
  const { folders, look } = useFolders();
  const [left, setLeft] = useState<ReadonlySet<TextField>>(new Set());
  const [isTyped, setTyped] = useState(false);
  // What is missing in a field needs no word before it was left, or somebody wrote YAML, or wants it read.
  const isAll = isTyped || state.is !== "writing" || previewed.is !== "none";
  const problems = isAll
    ? read.problems
    : read.problems.filter((one) => [...left].some((name) => wrongWith([one], name).length > 0));
  return (
    <div class="new-application">
      <form onSubmit={(event) => void create(event)}>
        <fieldset class="bare" disabled={read.is === "broken"}>
          <legend class="hidden-text">Its fields</legend>
          <ApplicationForm
            draft={draft}
            sources={sources}
            known={{ ...known, folders }}
            problems={problems}
            onVisit={(name) => name === "path" && draft.chart === "" && look(draft)}
            onLeave={(name) => setLeft((before) => (before.has(name) ? before : new Set([...before, name])))}
            onChange={(change) => read.is === "read" && write(tools.withDraft(text, read, change))}
          />
        </fieldset>
        {read.is === "broken" && (
          <p class="dim" role="status">
            The fields follow again once the YAML can be read.
          </p>
        )}
        {state.is === "refused" && (
          <p class="refused" role="alert">
            {state.why}
          </p>
        )}
        <div class="actions">
          <button type="button" aria-busy={previewed.is === "asking"} onClick={() => void preview()}>
            Preview
          </button>
          <button
            type="submit"
            class={isInDoubt ? "" : "primary"}
            aria-busy={state.is === "creating" || state.is === "checking"}
          >
            {isInDoubt ? "Create all the same" : "Create"}
          </button>
        </div>
      </form>
      <section aria-labelledby="new-manifest">
        <h2 id="new-manifest" class="small">
          Its manifest
        </h2>
        <YamlEditor
          label="Manifest"
          value={text}
          problems={problems}
          rows={ROWS}
          onInput={(next) => {
            setTyped(true);
            write(next);
          }}
        />
        <AsCli words={commandOf(read)} />
      </section>
      <section ref={result} class="whole" aria-labelledby="new-preview" aria-busy={previewed.is === "asking"}>
        <h2 id="new-preview" class="small">
          What it would make
        </h2>
        <PreviewState
          previewed={previewed}
          text={text}
          makes={draft.makesNamespace === "yes" && draft.namespace !== "" ? draft.namespace : undefined}
          onAgain={() => void preview()}
        />
      </section>
    </div>
  );
}

function PreviewState({
  previewed,
  text,
  makes,
  onAgain,
}: {
  previewed: Previewed;
  text: string;
  makes: string | undefined;
  onAgain(): void;
}) {
  switch (previewed.is) {
    case "none":
      return (
        <p class="dim">
          Preview renders it at the commit that it would be at, and holds it against what is on the cluster.
          It writes nothing.
        </p>
      );
    case "asking":
      return (
        <p class="dim" role="status">
          Rendering, and asking the cluster what that would change…
        </p>
      );
    case "refused":
      return (
        <p class="refused" role="alert">
          {previewed.why}
        </p>
      );
    case "told":
      return (
        <>
          {previewed.of !== text && (
            <p class="words" data-tone="behind" role="status">
              The manifest was changed since.{" "}
              <button type="button" class="link" onClick={onAgain}>
                Preview again
              </button>
            </p>
          )}
          <Preview told={previewed.preview} makes={makes} />
        </>
      );
  }
}

/** Flags where they say all of it, else the file that one would commit. */
function commandOf(read: ReturnType<YamlTools["readManifest"]>): string[] {
  const fromFile = ["app", "create", "--file", "application.yaml"];
  if (read.is === "broken") return fromFile;
  const said = equalJson(manifestOf(read.draft), read.value);
  return (said ? createCommand(read.draft) : undefined) ?? fromFile;
}
