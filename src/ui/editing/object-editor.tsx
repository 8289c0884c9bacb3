/** An object of the daemon, written by hand as YAML: what would change is shown before it is kept. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Asked } from "../components/asked.tsx";
import { TextDiff } from "../components/text-diff.tsx";
import { Typed } from "../components/typed.tsx";
import type { Section } from "../words/form-fields.ts";
import type { KnownKind } from "./object-text.ts";
import { useYamlTools, type YamlTools } from "./use-yaml-tools.ts";
import { YamlEditor } from "./yaml-editor.tsx";

/** `nothing-works`: it may be kept, and is not what the page proposes. */
export interface EffectShown {
  shown: preact.ComponentChildren;
  is: "fine" | "nothing-works";
  /** What is to be typed before it is kept, because it ends what runs; and why, a sentence with its full stop. */
  sure?: { name: string; why: string };
}

interface ObjectEditorProps {
  label: string;
  /** As it is, or as a new one begins. */
  from: object;
  /** `new`: there is none yet. */
  of: "one that is there" | "new";
  /** What its button says. */
  verb: string;
  /** Fields for a part of it, beside its text; what is wrong with any of it is said before it is sent. */
  form?: { kind: KnownKind; sections(object: unknown): Section[] };
  /** What is to be known before it is kept, beside what would change. */
  effect?: (object: Record<string, unknown>, signal: AbortSignal) => Promise<EffectShown>;
  /** Why it is tried here and never kept, a sentence without a full stop. */
  kept?: string | undefined;
  /** @throws {Error} why not, in words */
  save(object: Record<string, unknown>): Promise<void>;
  onClose(): void;
}

type State =
  | { is: "writing" | "saving" | "previewing" }
  /** `of`: the text that was shown. */
  | { is: "previewed"; of: string; effect: EffectShown | undefined }
  | { is: "refused"; why: string };

const ROWS = 24;

export function ObjectEditor(props: ObjectEditorProps) {
  const { tools, again } = useYamlTools();
  return (
    <>
      <Asked answer={tools} waiting="Loading what reads YAML">
        {(loaded) => <Writing {...props} tools={loaded} />}
      </Asked>
      {tools.is === "refused" && (
        <p class="actions">
          <button type="button" onClick={again}>
            Try again
          </button>
          <button type="button" onClick={props.onClose}>
            Cancel
          </button>
        </p>
      )}
    </>
  );
}

function Writing({
  tools,
  label,
  from,
  of,
  verb,
  form,
  effect,
  kept,
  save,
  onClose,
}: ObjectEditorProps & { tools: YamlTools }) {
  const first = useMemo(() => tools.objectText(from), []);
  const [text, setText] = useState(first);
  const [state, setState] = useState<State>({ is: "writing" });
  const [typed, setTyped] = useState("");
  const [isTried, setTried] = useState(false);
  const read = useMemo(() => tools.readObject(text, form?.kind), [text]);
  // The fields stay as they were while the text cannot be read.
  const last = useRef<Record<string, unknown>>({});
  if (read.is === "read") last.current = read.value;
  // What is missing in a new one needs no word before somebody wrote, or wants it looked at.
  const isUntouched = of === "new" && text === first && !isTried;
  const problems = isUntouched ? [] : read.problems;
  const box = useRef<HTMLDivElement>(null);
  const leave = useRef(new AbortController());
  useEffect(() => {
    leave.current = new AbortController();
    box.current?.querySelector<HTMLElement>(form === undefined ? "textarea" : "input")?.focus();
    return () => leave.current.abort();
  }, []);
  const worst =
    read.is === "broken"
      ? read.problems.at(-1)
      : read.problems.find(({ severity }) => form !== undefined && severity === "error");
  const why =
    worst !== undefined && !isUntouched
      ? `Line ${worst.line}: ${worst.text}`
      : of === "one that is there" && text === first
        ? "Nothing is changed yet"
        : undefined;
  const preview = async (): Promise<void> => {
    if (why !== undefined || read.is !== "read" || state.is === "previewing" || state.is === "saving") return;
    setTried(true);
    if (worst !== undefined) {
      requestAnimationFrame(() => box.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    setState({ is: "previewing" });
    setTyped("");
    try {
      const told = await effect?.(read.value, leave.current.signal);
      if (!leave.current.signal.aborted) setState({ is: "previewed", of: text, effect: told });
    } catch (cause) {
      if (!leave.current.signal.aborted) setState({ is: "refused", why: wordsOf(cause) });
    }
  };
  const isShown = state.is === "previewed" && state.of === text;
  const isProposed = state.is !== "previewed" || state.effect?.is !== "nothing-works";
  const sure = isShown && kept === undefined ? state.effect?.sure : undefined;
  const isSure = sure === undefined || typed === sure.name;
  const keep = async (): Promise<void> => {
    if (!isSure || !isShown || read.is !== "read" || kept !== undefined) return;
    setState({ is: "saving" });
    try {
      await save(read.value);
      if (!leave.current.signal.aborted) onClose();
    } catch (cause) {
      if (!leave.current.signal.aborted) setState({ is: "refused", why: wordsOf(cause) });
    }
  };
  const write = (next: string): void => {
    setText(next);
    if (state.is === "refused") setState({ is: "writing" });
  };
  const written = (
    <>
      <YamlEditor label={label} value={text} problems={problems} rows={ROWS} onInput={write} />
      {state.is === "refused" && (
        <p class="refused" role="alert">
          {state.why}
        </p>
      )}
      {isShown && (
        <section aria-label="What would change">
          {state.effect?.shown}
          {/* Of a new one all of it would be new, and stands there already. */}
          {(of !== "new" || state.effect === undefined) && (
            <TextDiff before={of === "new" ? undefined : first} after={text} />
          )}
        </section>
      )}
      {state.is === "previewed" && !isShown && (
        <p class="dim" role="status">
          It was changed since the preview.
        </p>
      )}
      {sure !== undefined && (
        <Typed name={sure.name} typed={typed} onType={setTyped}>
          {sure.why}
        </Typed>
      )}
      <div class="actions">
        <button
          type="button"
          class={isShown && isProposed ? "" : "primary"}
          aria-disabled={why !== undefined}
          aria-busy={state.is === "previewing"}
          title={why}
          onClick={() => void preview()}
        >
          Preview the change
        </button>
        <button
          type="button"
          class={
            isShown && isProposed && kept === undefined ? (sure === undefined ? "primary" : "danger") : ""
          }
          aria-disabled={!isShown || !isSure || kept !== undefined}
          aria-busy={state.is === "saving"}
          title={
            kept ??
            (!isShown
              ? "Preview it first"
              : isSure
                ? undefined
                : `Type ${sure?.name} to say that they may go`)
          }
          onClick={() => void keep()}
        >
          {isShown && !isProposed ? `${verb} all the same` : verb}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </>
  );
  if (form === undefined)
    return (
      <div class="live-edit" ref={box}>
        {written}
      </div>
    );
  return (
    <div class="live-edit new-application object-form" ref={box}>
      <form onSubmit={(event) => event.preventDefault()}>
        <fieldset class="bare" disabled={read.is === "broken"}>
          <legend class="hidden-text">Its fields</legend>
          <tools.ObjectForm
            object={last.current}
            sections={form.sections(last.current)}
            problems={problems}
            onChange={(changes) => read.is === "read" && write(tools.withChanges(text, changes))}
          />
        </fieldset>
        {read.is === "broken" && (
          <p class="dim" role="status">
            The fields follow again once the YAML can be read.
          </p>
        )}
      </form>
      <section class="beside" aria-label="Its manifest">
        {written}
      </section>
    </div>
  );
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
