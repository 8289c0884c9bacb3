/** An object of the daemon, written by hand as YAML: what would change is shown before it is kept. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Asked } from "../components/asked.tsx";
import { TextDiff } from "../components/text-diff.tsx";
import { Typed } from "../components/typed.tsx";
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
  effect,
  kept,
  save,
  onClose,
}: ObjectEditorProps & { tools: YamlTools }) {
  const first = useMemo(() => tools.objectText(from), []);
  const [text, setText] = useState(first);
  const [state, setState] = useState<State>({ is: "writing" });
  const [typed, setTyped] = useState("");
  const read = useMemo(() => tools.readObject(text), [text]);
  const box = useRef<HTMLDivElement>(null);
  const leave = useRef(new AbortController());
  useEffect(() => {
    leave.current = new AbortController();
    box.current?.querySelector("textarea")?.focus();
    return () => leave.current.abort();
  }, []);
  const why =
    read.is === "broken"
      ? `Line ${read.problems.at(-1)?.line}: ${read.problems.at(-1)?.text}`
      : of === "one that is there" && text === first
        ? "Nothing is changed yet"
        : undefined;
  const preview = async (): Promise<void> => {
    if (why !== undefined || read.is !== "read" || state.is === "previewing" || state.is === "saving") return;
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
  return (
    <div class="live-edit" ref={box}>
      <YamlEditor
        label={label}
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
          {state.why}
        </p>
      )}
      {isShown && (
        <section aria-label="What would change">
          {state.effect?.shown}
          <TextDiff before={of === "new" ? undefined : first} after={text} />
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
          {verb}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </div>
  );
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
