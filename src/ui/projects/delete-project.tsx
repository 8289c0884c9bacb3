/** What goes with a project, and what stands in the way, before it is deleted. */

import type { ListedApplication } from "../../core/model/listed-application.ts";
import type { Project } from "../../core/model/project.ts";
import { ApplicationsOf } from "../components/applications-of.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { ask } from "../store/daemon.ts";
import { go } from "../store/route.ts";

export function DeleteProject({
  project: {
    metadata: { name },
    spec,
  },
  path,
  apps,
  onClose,
}: {
  project: Project;
  /** Of the API. */
  path: string;
  /** Those of the project that may be seen: the daemon counts the others too. */
  apps: readonly ListedApplication[];
  onClose(): void;
}) {
  const [roles, windows] = [spec.roles?.length ?? 0, spec.syncWindows?.length ?? 0];
  if (apps.length > 0)
    return (
      <Dialog title={`${name} cannot be deleted`} cli={["project", "delete", name]} onClose={onClose}>
        <p>
          {apps.length === 1 ? "1 application is" : `${apps.length} applications are`} of it. Give{" "}
          {apps.length === 1 ? "it" : "them"} another project, or delete {apps.length === 1 ? "it" : "them"}:
        </p>
        <ApplicationsOf apps={apps} none="" />
      </Dialog>
    );
  return (
    <Dialog
      title={`Delete the project ${name}?`}
      cli={["project", "delete", name]}
      offer={{
        label: "Delete",
        tone: "danger",
        async work() {
          await ask("DELETE", path);
          note("good", `Project ${name} was deleted`);
          go("/projects", "push");
        },
      }}
      onClose={onClose}
    >
      <p>Nothing in a cluster is touched. With it go:</p>
      <ul>
        <li>what it permits: an application that names it later is refused</li>
        <li>
          {roles === 0
            ? "no role"
            : roles === 1
              ? "1 role, with its tokens"
              : `${roles} roles, with their tokens`}
        </li>
        <li>{windows === 0 ? "no window" : windows === 1 ? "1 window" : `${windows} windows`}</li>
      </ul>
      <p class="dim">
        Clusters and repositories that are for it alone stay, and nothing uses them. The daemon refuses it
        where an application that you may not see is of it.
      </p>
    </Dialog>
  );
}
