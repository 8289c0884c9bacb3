/** What of a new application is filled in by fields. All of it is written in the text beside it. */
import { useState } from "preact/hooks";
import { type FieldProblem, wrongAt } from "../words/form-fields.ts";
import { type Draft, FIELD_PATHS } from "../words/new-application.ts";

export type TextField = Exclude<keyof Draft, "syncs" | "makesNamespace">;

const FIELDS: readonly {
  name: TextField;
  label: string;
  hint: string;
  needed: "needed" | "may be empty";
  of: "application" | "source";
  list?: string;
  placeholder?: string;
}[] = [
  {
    ...{ name: "name", label: "Name", hint: "small letters, digits and -", needed: "needed" },
    of: "application",
  },
  {
    ...{ name: "project", label: "Project", hint: "", needed: "needed", list: "projects" },
    of: "application",
  },
  {
    ...{ name: "repoURL", label: "Repository", hint: "https://git.example.com/shop.git", needed: "needed" },
    ...{ list: "repositories", of: "source" },
  },
  {
    ...{ name: "path", label: "Folder", needed: "may be empty", list: "folders", of: "source" },
    ...{ placeholder: "apps/web", hint: "in the repository; empty is its root" },
  },
  {
    ...{ name: "chart", label: "Chart", hint: "of a chart repository, in place of a folder", of: "source" },
    needed: "may be empty",
  },
  {
    ...{ name: "revision", label: "Revision", needed: "may be empty", of: "source" },
    hint: "branch, tag, commit, or a chart's version; HEAD is the default branch",
  },
  {
    ...{ name: "cluster", label: "Cluster", hint: "its name, or its address", needed: "needed" },
    ...{ list: "clusters", of: "application" },
  },
  {
    ...{ name: "namespace", label: "Namespace", hint: "for objects that name none" },
    ...{ needed: "may be empty", of: "application" },
  },
];

const SYNCS = [
  ["by-hand", "when somebody asks: what it would make is shown first"],
  ["by-itself", "by itself at each commit; what left Git is deleted, what others change is put back"],
] as const;

const DESTINATION = ["spec", "destination"];

/** The root of a repository, as a manifest has it. */
const ROOT = ".";

/** What is wrong with one field. A cluster is a name or an address, and what is said of the destination is said of it. */
export function wrongWith(problems: readonly FieldProblem[], name: TextField): FieldProblem[] {
  if (name !== "cluster") return wrongAt(problems, [FIELD_PATHS[name]]);
  return [
    ...wrongAt(problems, [DESTINATION], "exactly"),
    ...wrongAt(problems, [
      [...DESTINATION, "name"],
      [...DESTINATION, "server"],
    ]),
  ];
}

export function ApplicationForm({
  draft,
  sources,
  known,
  problems,
  onChange,
  onVisit,
  onLeave,
}: {
  draft: Draft;
  /** Of several the form knows nothing. */
  sources: "one" | "several";
  /** Names to choose from, by the list's name. */
  known: Readonly<Record<string, readonly string[]>>;
  /** Of the manifest; those of its fields stand beside them. */
  problems: readonly FieldProblem[];
  onChange(change: Partial<Draft>): void;
  onVisit(name: TextField): void;
  /** Also where the browser says that it is needed. */
  onLeave(name: TextField): void;
}) {
  // The root is an empty field, so that what is typed into it is what was typed; `./` may be its beginning.
  const [typed, setTyped] = useState("");
  const shown = (name: TextField): string =>
    name === "path" && draft.path === ROOT && typed !== ROOT ? "" : draft[name];
  const write = (name: TextField, value: string): void => {
    if (name === "path") setTyped(value);
    if (name === "path") onChange({ path: value === "" && draft.chart === "" ? ROOT : value });
    else if (name === "chart" && value === "" && draft.path === "") onChange({ chart: value, path: ROOT });
    else if (name === "chart" && value !== "" && draft.path === ROOT) onChange({ chart: value, path: "" });
    else onChange({ [name]: value });
  };
  return (
    <>
      {FIELDS.map(({ name, label, hint, needed, of, list, placeholder }) => {
        const isElsewhere = of === "source" && sources === "several";
        const wrong = wrongWith(problems, name);
        const told = [
          ...(hint === "" && !isElsewhere ? [] : [`hint-${name}`]),
          ...(wrong.length > 0 ? [`wrong-${name}`] : []),
        ];
        return (
          <p key={name}>
            <label for={`new-${name}`}>{label}</label>
            <input
              id={`new-${name}`}
              type="text"
              autocomplete="off"
              spellcheck={false}
              required={needed === "needed" && !isElsewhere}
              disabled={isElsewhere}
              list={list === undefined ? undefined : `known-${list}`}
              aria-invalid={wrong.some(({ severity }) => severity === "error")}
              aria-describedby={told.length === 0 ? undefined : told.join(" ")}
              placeholder={placeholder}
              value={shown(name)}
              onInput={(event) => write(name, event.currentTarget.value.trim())}
              onFocus={() => onVisit(name)}
              onBlur={() => onLeave(name)}
              onInvalid={() => onLeave(name)}
            />
            {(hint !== "" || isElsewhere) && (
              <span id={`hint-${name}`} class="dim">
                {isElsewhere ? "it has several sources: write them as YAML" : hint}
              </span>
            )}
            {wrong.length > 0 && (
              <span id={`wrong-${name}`} class="form-wrong">
                {wrong.map(({ severity, said = "" }) => (
                  <span key={said} data-tone={severity === "error" ? "bad" : "behind"}>
                    {said}
                  </span>
                ))}
              </span>
            )}
          </p>
        );
      })}
      {Object.entries(known).map(([list, names]) => (
        <datalist key={list} id={`known-${list}`}>
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
                name="syncs"
                value={value}
                checked={draft.syncs === value}
                onChange={() => onChange({ syncs: value })}
              />
              {words}
            </label>
          </p>
        ))}
      </fieldset>
      <p>
        <label>
          <input
            type="checkbox"
            checked={draft.makesNamespace === "yes"}
            onChange={(event) => onChange({ makesNamespace: event.currentTarget.checked ? "yes" : "no" })}
          />
          Make the namespace where it is not there
        </label>
      </p>
    </>
  );
}
