/** A new application: filled in, seen as the manifest that one would commit, and what it would make shown before anything is written. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { pageOf } from "../application/paths.ts";
import { AsCli } from "../components/as-cli.tsx";
import { useAsked } from "../components/asked.tsx";
import { note } from "../components/notes.tsx";
import { Scrolled } from "../components/scrolled.tsx";
import { ask } from "../store/daemon.ts";
import { go } from "../store/route.ts";
import { createCommand, type Draft, EMPTY, manifestOf } from "../words/new-application.ts";
import { yamlText } from "../words/yaml-text.ts";

type Named = { items: { name?: string; repo?: string; metadata?: { name: string } }[] | null };

const FIELDS: readonly {
  name: Exclude<keyof Draft, "syncs" | "makesNamespace">;
  label: string;
  hint: string;
  needed: "needed" | "may be empty";
  list?: string;
}[] = [
  { name: "name", label: "Name", hint: "small letters, digits and -", needed: "needed" },
  { name: "project", label: "Project", hint: "", needed: "needed", list: "projects" },
  {
    ...{ name: "repoURL", label: "Repository", hint: "https://git.example.com/shop.git", needed: "needed" },
    list: "repositories",
  },
  { name: "path", label: "Folder", hint: "in the repository; empty is its root", needed: "may be empty" },
  {
    name: "revision",
    label: "Revision",
    hint: "branch, tag or commit; empty is the default branch",
    needed: "may be empty",
  },
  { name: "cluster", label: "Cluster", hint: "", needed: "needed", list: "clusters" },
  { name: "namespace", label: "Namespace", hint: "for objects that name none", needed: "may be empty" },
];

export function NewApplicationPage() {
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [state, setState] = useState<{ is: "filling" | "creating" } | { is: "refused"; why: string }>({
    is: "filling",
  });
  const lists = useAsked(async (signal) => {
    const names = async (path: string): Promise<string[]> =>
      ask<Named>("GET", path, { signal }).then(
        ({ items }) =>
          (items ?? []).flatMap(({ name, repo, metadata }) => repo ?? metadata?.name ?? name ?? []),
        // What one may not list one may still write.
        () => [],
      );
    const [projects, repositories, clusters] = await Promise.all([
      names("/api/v1/projects"),
      names("/api/v1/repositories"),
      names("/api/v1/clusters"),
    ]);
    return { projects, repositories, clusters };
  }, []);
  const known: Readonly<Record<string, string[]>> = lists.is === "answered" ? lists.value : {};
  const set = (change: Partial<Draft>): void => {
    setDraft({ ...draft, ...change });
    if (state.is === "refused") setState({ is: "filling" });
  };
  const create = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (state.is === "creating") return;
    setState({ is: "creating" });
    try {
      const made = await ask<Application>("POST", "/api/v1/applications", { body: manifestOf(draft) });
      note(
        "good",
        `${made.metadata.name} was made${draft.syncs === "by-hand" ? ": review what a sync would do" : ""}`,
      );
      go(pageOf(made), "push");
    } catch (cause) {
      setState({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  return (
    <>
      <h1 tabIndex={-1}>New application</h1>
      <p>
        It lives in the daemon's store. Where a folder of manifests is followed, commit the manifest there in
        place of this: then Git says who changed it.
      </p>
      <div class="new-application">
        <form onSubmit={(event) => void create(event)}>
          {FIELDS.map(({ name, label, hint, needed, list }) => (
            <p key={name}>
              <label for={`new-${name}`}>{label}</label>
              <input
                id={`new-${name}`}
                type="text"
                autocomplete="off"
                spellcheck={false}
                required={needed === "needed"}
                list={list === undefined ? undefined : `known-${list}`}
                aria-describedby={hint === "" ? undefined : `hint-${name}`}
                value={draft[name]}
                onInput={(event) => set({ [name]: event.currentTarget.value.trim() })}
              />
              {hint !== "" && (
                <span id={`hint-${name}`} class="dim">
                  {hint}
                </span>
              )}
            </p>
          ))}
          {Object.entries(known).map(([list, names]) => (
            <datalist key={list} id={`known-${list}`}>
              {[...new Set(names)].map((one) => (
                <option key={one} value={one} />
              ))}
            </datalist>
          ))}
          <fieldset>
            <legend>Syncs</legend>
            {(
              [
                ["by-hand", "when somebody asks: what it would make is shown first"],
                [
                  "by-itself",
                  "by itself at each commit; what left Git is deleted, what others change is put back",
                ],
              ] as const
            ).map(([value, words]) => (
              <p key={value}>
                <label>
                  <input
                    type="radio"
                    name="syncs"
                    value={value}
                    checked={draft.syncs === value}
                    onChange={() => set({ syncs: value })}
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
                onChange={(event) => set({ makesNamespace: event.currentTarget.checked ? "yes" : "no" })}
              />
              Make the namespace where it is not there
            </label>
          </p>
          {state.is === "refused" && (
            <p class="refused" role="alert">
              {state.why}
            </p>
          )}
          <button type="submit" class="primary" aria-busy={state.is === "creating"}>
            Create
          </button>
        </form>
        <section aria-labelledby="new-manifest">
          <h2 id="new-manifest" class="small">
            Its manifest
          </h2>
          <Scrolled as="manifest" label="Manifest">
            {yamlText(manifestOf(draft))}
          </Scrolled>
          <AsCli words={createCommand(draft)} />
        </section>
      </div>
    </>
  );
}
