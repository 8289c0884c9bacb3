/** What of an application is changed most. All of it is written in the text beside it. */
import { useId } from "preact/hooks";
import type { EditDraft, SourceDraft } from "../words/edit-draft.ts";

const SYNCS = [
  ["by-hand", "when somebody asks"],
  ["by-itself", "by itself at each commit"],
] as const;
const THEN = [
  ["prune", "Delete what left Git (prune)"],
  ["selfHeal", "Put back what others change (self-heal)"],
] as const;

export function EditForm({ draft, onChange }: { draft: EditDraft; onChange(next: EditDraft): void }) {
  const id = useId();
  const source = (at: number, change: Partial<SourceDraft>): void =>
    onChange({
      ...draft,
      sources: draft.sources.map((one, index) => (index === at ? { ...one, ...change } : one)),
    });
  return (
    <>
      {draft.sources.map(({ place, revision, parameters, images }, at) => (
        <div key={at}>
          <p>
            <label for={`${id}-revision-${at}`}>Revision{place}</label>
            <input
              id={`${id}-revision-${at}`}
              type="text"
              autocomplete="off"
              spellcheck={false}
              value={revision}
              placeholder="HEAD"
              onInput={(event) => source(at, { revision: event.currentTarget.value.trim() })}
            />
          </p>
          {parameters !== undefined && (
            <Lines
              id={`${id}-parameters-${at}`}
              label={`Helm parameters${place}`}
              hint="name=value, a line each; they win over values"
              value={parameters}
              onInput={(next) => source(at, { parameters: next })}
            />
          )}
          {images !== undefined && (
            <Lines
              id={`${id}-images-${at}`}
              label={`Images${place}`}
              hint="name=registry/name:tag, or name:tag, a line each"
              value={images}
              onInput={(next) => source(at, { images: next })}
            />
          )}
        </div>
      ))}
      <fieldset>
        <legend>Syncs</legend>
        {SYNCS.map(([value, words]) => (
          <p key={value}>
            <label>
              <input
                type="radio"
                name={`${id}-syncs`}
                value={value}
                checked={draft.syncs === value}
                onChange={() => onChange({ ...draft, syncs: value })}
              />
              {words}
            </label>
          </p>
        ))}
        {THEN.map(([field, words]) => (
          <p key={field}>
            <label>
              <input
                type="checkbox"
                disabled={draft.syncs === "by-hand"}
                checked={draft.syncs === "by-itself" && draft[field] === "yes"}
                onChange={(event) =>
                  onChange({ ...draft, [field]: event.currentTarget.checked ? "yes" : "no" })
                }
              />
              {words}
            </label>
          </p>
        ))}
      </fieldset>
    </>
  );
}

const LEAST_ROWS = 2;
const MOST_ROWS = 10;

function Lines({
  id,
  label,
  hint,
  value,
  onInput,
}: {
  id: string;
  label: string;
  hint: string;
  value: string;
  onInput(next: string): void;
}) {
  return (
    <p>
      <label for={id}>{label}</label>
      <textarea
        id={id}
        class="mono"
        autocomplete="off"
        spellcheck={false}
        aria-describedby={`${id}-hint`}
        rows={Math.min(MOST_ROWS, Math.max(LEAST_ROWS, value.split("\n").length))}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <span id={`${id}-hint`} class="dim">
        {hint}
      </span>
    </p>
  );
}
