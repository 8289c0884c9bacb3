/** Another name, labels, annotations, namespaces or project of a cluster: what would change is said before it is kept. */
import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { applications } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { go } from "../store/route.ts";
import { type ClusterSettings, changeOf, settingsOf, setWords, textOf } from "../words/cluster-change.ts";
import { SettingsFields } from "./settings-fields.tsx";

export function ChangeCluster({
  before,
  path,
  onClose,
}: {
  before: ClusterSettings;
  /** Of the API. */
  path: string;
  onClose(): void;
}) {
  // As it was when it was opened: what others change meanwhile is no change of ours.
  const [was] = useState(before);
  const [text, setText] = useState(() => textOf(was));
  const read = readOf(text, was);
  const says = read.is === "read" ? changeOf(was, read.settings).says : [];
  const byName = applications.value.filter(({ spec }) => spec.destination.name === was.name).length;
  const isRenamed = read.is === "read" && read.settings.name !== was.name;
  const work = async (): Promise<void> => {
    const after = settingsOf(text, was);
    const { fields } = changeOf(was, after);
    if (fields.length === 0) throw new Error("Nothing is changed yet.");
    if (after.name === "") throw new Error("Its name is missing.");
    const query = new URLSearchParams(fields.map((field) => ["updatedFields", field]));
    await ask("PUT", `${path}?id.type=name&${query}`, { body: after });
    note("good", `${after.name} is changed`);
    if (after.name !== was.name) go(`/clusters/${encodeURIComponent(after.name)}`, "replace");
  };
  return (
    <Dialog
      title={`Change ${was.name}`}
      cli={read.is === "read" ? setWords(was, read.settings) : ["cluster", "set", was.name]}
      offer={{ label: "Save", work }}
      onClose={onClose}
    >
      <SettingsFields text={text} onChange={(change) => setText({ ...text, ...change })} />
      <h3>What changes</h3>
      {read.is === "broken" ? (
        <p class="refused">{read.why}</p>
      ) : says.length === 0 ? (
        <p class="dim">Nothing yet.</p>
      ) : (
        <ul class="mono">
          {says.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {isRenamed && byName > 0 && (
        <p class="words" data-tone="behind">
          {byName === 1 ? "1 application names it" : `${byName} applications name it`} by{" "}
          <code>destination.name</code> and would not find it any more. Nothing of theirs is deleted; they are
          Unknown until they say the new name.
        </p>
      )}
    </Dialog>
  );
}

function readOf(
  text: Parameters<typeof settingsOf>[0],
  was: ClusterSettings,
): { is: "read"; settings: ClusterSettings } | { is: "broken"; why: string } {
  try {
    return { is: "read", settings: settingsOf(text, was) };
  } catch (cause) {
    return { is: "broken", why: cause instanceof Error ? cause.message : String(cause) };
  }
}
