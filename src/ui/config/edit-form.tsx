/** What of an application is changed most. All of it is written in the text beside it. */
import { useId } from "preact/hooks";
import { useKnownNames } from "../editing/use-known-names.ts";
import type { EditDraft, SourceDraft } from "../words/edit-draft.ts";

const SYNCS = [
  ["by-hand", "when somebody asks"],
  ["by-itself", "by itself at each commit"],
] as const;
const THEN = [
  ["prune", "Delete what left Git (prune)"],
  ["selfHeal", "Put back what others change (self-heal)"],
] as const;

const PLACES: readonly { name: "cluster" | "namespace" | "project"; label: string; list?: string }[] = [
  { name: "cluster", label: "Cluster", list: "clusters" },
  { name: "namespace", label: "Namespace" },
  { name: "project", label: "Project", list: "projects" },
];

function Word({
  id,
  label,
  value,
  list,
  onInput,
}: {
  id: string;
  label: string;
  value: string;
  /** Names to choose from. */
  list?: string;
  onInput(next: string): void;
}) {
  return (
    <p>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        spellcheck={false}
        list={list}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value.trim())}
      />
    </p>
  );
}

export function EditForm({ draft, onChange }: { draft: EditDraft; onChange(next: EditDraft): void }) {
  const id = useId();
  const known = useKnownNames();
  const source = (at: number, change: Partial<SourceDraft>): void =>
    onChange({
      ...draft,
      sources: draft.sources.map((one, index) => (index === at ? { ...one, ...change } : one)),
    });
  return (
    <>
      {draft.sources.map(({ place, repoURL, path, chart, revision, parameters, images }, at) => (
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
          {path !== undefined && (
            <Word
              id={`${id}-path-${at}`}
              label={`Folder${place}`}
              value={path}
              onInput={(next) => source(at, { path: next })}
            />
          )}
          {chart !== undefined && (
            <Word
              id={`${id}-chart-${at}`}
              label={`Chart${place}`}
              value={chart}
              onInput={(next) => source(at, { chart: next })}
            />
          )}
          <Word
            id={`${id}-repository-${at}`}
            label={`Repository${place}`}
            value={repoURL}
            list={`${id}-repositories`}
            onInput={(next) => source(at, { repoURL: next })}
          />
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
      {PLACES.map(({ name, label, list }) => (
        <Word
          key={name}
          id={`${id}-${name}`}
          label={label}
          value={draft[name]}
          {...(list === undefined ? {} : { list: `${id}-${list}` })}
          onInput={(next) => onChange({ ...draft, [name]: next })}
        />
      ))}
      {Object.entries(known).map(([list, names]) => (
        <datalist key={list} id={`${id}-${list}`}>
          {[...new Set(names)].map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
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
