/** Folders of a repository to choose from, asked for once somebody is about to choose one. */
import { useState } from "preact/hooks";
import { useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import type { Draft } from "../words/new-application.ts";

type Of = Pick<Draft, "repoURL" | "revision" | "project" | "name">;

/** More are no choice any more, and what is typed narrows those that are offered. */
const MOST = 500;

/** What one may not look into, or what does not answer, offers none: one may still write it. */
export function useFolders(): { folders: readonly string[]; look(of: Of): void } {
  const [of, setOf] = useState<Of>();
  const key = JSON.stringify(of);
  const answer = useAsked(
    async (signal): Promise<{ key: string; folders: string[] }> => {
      if (of === undefined || of.repoURL === "") return { key, folders: [] };
      const query = new URLSearchParams({ revision: of.revision, appProject: of.project, appName: of.name });
      const path = `/api/v1/repositories/${encodeURIComponent(of.repoURL)}/apps?${query}`;
      return ask<{ items: { path: string }[] | null }>("GET", path, { signal }).then(
        ({ items }) => ({ key, folders: (items ?? []).map(({ path }) => path).slice(0, MOST) }),
        () => ({ key, folders: [] }),
      );
    },
    [key],
  );
  // Of the repository that was there before none is offered.
  const isOfIt = answer.is === "answered" && answer.value.key === key;
  return {
    folders: isOfIt ? answer.value.folders : [],
    look: ({ repoURL, revision, project, name }) => setOf({ repoURL, revision, project, name }),
  };
}
