/** A part of an object by fields, beside its text: what they write is written there, and the text stays the truth. */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { type FieldPath, valueAt } from "../../lib/field-path.ts";
import type { YamlChange } from "../../lib/yaml.ts";
import {
  type Field,
  type FieldProblem,
  isOtherThanText,
  type Section,
  type Value,
  wrongAt,
} from "../words/form-fields.ts";
import { useKnownNames } from "./use-known-names.ts";

interface FormProps {
  object: Record<string, unknown>;
  sections: readonly Section[];
  problems: readonly FieldProblem[];
  onChange(changes: readonly YamlChange[]): void;
}

export function ObjectForm({ object, sections, problems, onChange }: FormProps) {
  const known = useKnownNames();
  return (
    <>
      {sections.map(({ title, hint, fields }) => (
        <section key={title} class="form-part">
          {title !== "" && <h2 class="small">{title}</h2>}
          {hint !== undefined && (
            <p class="dim">
              {hint
                .split(/(\{\{.*?\}\})/)
                .map((part, at) => (at % 2 === 0 ? part : <code key={`${at} ${part}`}>{part}</code>))}
            </p>
          )}
          {fields.map((field) => (
            <FieldOf
              key={field.is === "value" ? field.value.label : `${field.label} ${field.is}`}
              title={title}
              field={field}
              object={object}
              problems={problems}
              onChange={onChange}
            />
          ))}
        </section>
      ))}
      {Object.entries(known).map(([list, names]) => (
        <datalist key={list} id={`known-${list}`}>
          {[...new Set(names)].map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      ))}
    </>
  );
}

type Part = Omit<FormProps, "sections"> & {
  /** Of its section. */
  title: string;
};

function FieldOf({ title, field, object, problems, onChange }: Part & { field: Field }) {
  switch (field.is) {
    case "value":
      return (
        <ValueOf
          value={field.value}
          of={object}
          wrong={wrongAt(problems, field.value.paths)}
          onChange={(text) => onChange(field.value.write(object, [], text))}
        />
      );
    case "rows":
      return <RowsOf title={title} field={field} object={object} problems={problems} onChange={onChange} />;
    case "new key":
      return <NewKey field={field} object={object} onChange={onChange} />;
  }
}

function ValueOf({
  value: { label, hint, list, writing, read, paths },
  of,
  wrong,
  onChange,
}: {
  value: Value;
  of: unknown;
  wrong: readonly FieldProblem[];
  onChange(text: string): void;
}) {
  const id = useId();
  const isOther = writing.as === "word" && paths.some((path) => isOtherThanText(valueAt(of, path)));
  const told = isOther ? "it is more than a word: write it as YAML" : hint;
  const described = [
    ...(told === undefined ? [] : [`${id}-hint`]),
    ...(wrong.length > 0 ? [`${id}-wrong`] : []),
  ];
  const common = {
    ...{ id, disabled: isOther, "aria-invalid": wrong.some(({ severity }) => severity === "error") },
    "aria-describedby": described.length === 0 ? undefined : described.join(" "),
  };
  const text = isOther ? "" : read(of);
  return (
    <div class="form-value" data-as={writing.as}>
      <label for={id}>{label}</label>
      <Written
        writing={writing}
        text={text}
        common={common}
        list={list === undefined ? undefined : `known-${list}`}
        onChange={onChange}
      />
      {told !== undefined && (
        <span id={`${id}-hint`} class="dim">
          {told}
        </span>
      )}
      {wrong.length > 0 && (
        <span id={`${id}-wrong`} class="form-wrong">
          {wrong.map(({ severity, said = "" }) => (
            <span key={said} data-tone={severity === "error" ? "bad" : "behind"}>
              {said}
            </span>
          ))}
        </span>
      )}
    </div>
  );
}

interface Common {
  id: string;
  disabled: boolean;
  "aria-invalid": boolean;
  "aria-describedby": string | undefined;
}

function Written({
  writing,
  text,
  common,
  list,
  onChange,
}: {
  writing: Value["writing"];
  text: string;
  common: Common;
  list: string | undefined;
  onChange(text: string): void;
}) {
  switch (writing.as) {
    case "choice":
      return (
        <select {...common} onChange={(event) => onChange(event.currentTarget.value)}>
          {!writing.options.some(([value]) => value === text) && <option value={text}>{text}</option>}
          {writing.options.map(([value, words]) => (
            <option key={value} value={value} selected={value === text}>
              {words}
            </option>
          ))}
        </select>
      );
    case "flag":
      return (
        <input
          {...common}
          type="checkbox"
          checked={text === "yes"}
          onChange={(event) => onChange(event.currentTarget.checked ? "yes" : "")}
        />
      );
    case "lines":
      return (
        <textarea
          {...common}
          rows={Math.max(2, text.split("\n").length)}
          spellcheck={false}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    // What is taken apart is so once it is written to its end, or a comma would go while somebody types it.
    case "words":
    case "pairs":
      return (
        <input
          {...common}
          {...TYPED}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "word":
      return (
        <input
          {...common}
          {...TYPED}
          list={list}
          value={text}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}

const TYPED = { type: "text", autocomplete: "off", spellcheck: false } as const;

function RowsOf({
  title,
  field: { path, label, hint, one, first, columns },
  object,
  problems,
  onChange,
}: Part & { field: Extract<Field, { is: "rows" }> }) {
  const found = valueAt(object, path);
  const rows: readonly unknown[] = Array.isArray(found) ? found : [];
  return (
    <fieldset class="bare form-rows">
      <legend class={label === title ? "hidden-text" : undefined}>{label}</legend>
      {hint !== undefined && <span class="dim">{hint}</span>}
      <Wrong wrong={wrongAt(problems, [path], "exactly")} />
      {rows.map((row, at) => {
        const here: FieldPath = [...path, at];
        return (
          <fieldset key={at} class="bare form-row">
            <legend class="hidden-text">
              {one} {at + 1}
            </legend>
            <div class="form-cells">
              {columns.map((column) => (
                <ValueOf
                  key={column.label}
                  value={column}
                  of={row}
                  wrong={wrongAt(
                    problems,
                    column.paths.map((below) => [...here, ...below]),
                  )}
                  onChange={(text) => onChange(column.write(row, here, text))}
                />
              ))}
            </div>
            <button
              type="button"
              class="plain"
              aria-label={`Remove ${one} ${at + 1}`}
              title={`Remove this ${one}`}
              onClick={() => onChange([{ do: "remove", path, at }])}
            >
              ×
            </button>
            {columns.every(({ paths }) => paths.every((below) => below.length > 0)) && (
              <Wrong wrong={wrongAt(problems, [here], "exactly")} />
            )}
          </fieldset>
        );
      })}
      <button type="button" class="link" onClick={() => onChange([{ do: "append", path, value: first }])}>
        Add {one}
      </button>
    </fieldset>
  );
}

function Wrong({ wrong }: { wrong: readonly FieldProblem[] }): ComponentChildren {
  return wrong.map(({ severity, said = "" }) => (
    <span key={said} class="form-wrong" data-tone={severity === "error" ? "bad" : "behind"}>
      {said}
    </span>
  ));
}

function NewKey({
  field: { path, label },
  object,
  onChange,
}: Pick<FormProps, "object" | "onChange"> & { field: Extract<Field, { is: "new key" }> }) {
  const id = useId();
  const [name, setName] = useState("");
  const found = valueAt(object, path);
  const add = (): void => {
    const key = name.trim();
    if (key === "" || !Array.isArray(found)) return;
    onChange(
      found.flatMap((row, at) =>
        valueAt(row, [key]) === undefined
          ? [{ do: "set", path: [...path, at, key], value: "" } as const]
          : [],
      ),
    );
    setName("");
  };
  return (
    <div class="form-value">
      <label for={id}>{label}</label>
      <span class="row">
        <input
          {...TYPED}
          id={id}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.isComposing) return;
            event.preventDefault();
            add();
          }}
        />
        <button type="button" aria-disabled={name.trim() === ""} onClick={add}>
          Add it
        </button>
      </span>
    </div>
  );
}
