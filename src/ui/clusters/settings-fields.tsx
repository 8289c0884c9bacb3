/** What is said of a cluster beside how it is reached. */
import type { SettingsText } from "../words/cluster-change.ts";

export function SettingsFields({
  text,
  onChange,
}: {
  text: SettingsText;
  onChange(change: Partial<SettingsText>): void;
}) {
  const line = (name: "name" | "project" | "namespaces", label: string, placeholder: string) => (
    <label>
      {label}
      <input
        type="text"
        autocomplete="off"
        placeholder={placeholder}
        value={text[name]}
        onInput={(event) => onChange({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  const lines = (name: "labels" | "annotations", label: string) => (
    <label>
      {label}
      <textarea
        class="mono whole-width"
        rows={2}
        spellcheck={false}
        placeholder="env=prod"
        value={text[name]}
        onInput={(event) => onChange({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <div class="settings-of">
      {line("name", "Name", "prod")}
      {lines("labels", "Labels, one a line: cluster generators of ApplicationSets choose by them")}
      {lines("annotations", "Annotations, one a line")}
      {line("namespaces", "Namespaces, where these alone are looked at and written to", "all of them")}
      {text.namespaces.trim() !== "" && (
        <p>
          <label class="choice">
            <input
              type="checkbox"
              checked={text.clusterResources}
              onChange={(event) => onChange({ clusterResources: event.currentTarget.checked })}
            />
            What is in no namespace too
          </label>
        </p>
      )}
      {line("project", "For one project alone", "every project that permits it")}
    </div>
  );
}
