/** What each project permits: from where, to where, what, and when. */
import type { Project, ProjectSpec } from "../../core/model/project.ts";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { note } from "../components/notes.tsx";
import { Table } from "../components/table.tsx";
import { type EffectShown, ObjectEditor } from "../editing/object-editor.tsx";
import { applications } from "../store/applications.ts";
import { useWhyNot } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import { go, hrefOf, place } from "../store/route.ts";
import { PROJECT_FORM } from "../words/project-fields.ts";
import { newProjectWords, permitted } from "../words/project-words.ts";

export function ProjectsPage() {
  return place.value.query.get("new") === "yes" ? <NewProject /> : <Projects />;
}

/** As it begins: it permits nothing, so that nothing is permitted that nobody asked for. */
const FIRST = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: "" },
  spec: { description: "" },
};

function NewProject() {
  return (
    <>
      <h1 tabIndex={-1}>New project</h1>
      <p class="attention">
        It permits what it names. Committed beside your applications it is kept by Git; made here, by the
        daemon.
      </p>
      <ObjectEditor
        label="The project as it is to be"
        from={FIRST}
        of="new"
        verb="Create"
        form={PROJECT_FORM}
        effect={effectOf}
        save={async (object) => {
          const { metadata } = await ask<Project>("POST", "/api/v1/projects", { body: { project: object } });
          note("good", `Project ${metadata.name} was made`);
          go(`/projects/${encodeURIComponent(metadata.name)}`, "push");
        }}
        onClose={() => place.peek().path === "/projects" && go("/projects", "push")}
      />
      <AsCli words={["project", "create", "--file", "project.yaml"]} />
    </>
  );
}

/** @throws {Error} where there is one of that name */
async function effectOf(object: Record<string, unknown>, signal: AbortSignal): Promise<EffectShown> {
  const { metadata, spec = {} } = object as { metadata: { name: string }; spec?: ProjectSpec };
  const { name } = metadata;
  const { items } = await ask<{ items: Project[] | null }>("GET", "/api/v1/projects", { signal });
  if ((items ?? []).some((one) => one.metadata.name === name))
    throw new Error(`There is a project ${name} already. Edit that one, or call this one otherwise`);
  const waiting = applications.peek().filter((app) => app.spec.project === name).length;
  return {
    is: "fine",
    shown: (
      <>
        <p class="words" role="status">
          {newProjectWords(spec, waiting)}
        </p>
        <dl class="permits">
          {permitted(spec).map((each) => (
            <div key={each.name}>
              <dt>{each.name}</dt>
              <dd>{lines(each.lines)}</dd>
            </div>
          ))}
        </dl>
      </>
    ),
  };
}

function Projects() {
  const denied = useWhyNot("projects", "create", "*");
  const answer = useAsked(
    (signal) => ask<{ items: Project[] | null }>("GET", "/api/v1/projects", { signal }),
    [],
  );
  const counts = Map.groupBy(applications.value, ({ spec }) => spec.project);
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1}>Projects</h1>
        <div class="actions">
          <button
            type="button"
            aria-disabled={denied !== undefined}
            title={denied}
            onClick={() => denied === undefined && go("/projects?new=yes", "push")}
          >
            New project
          </button>
        </div>
      </div>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ items }) => (
          <Table
            items={items ?? []}
            keyOf={({ metadata }) => metadata.name}
            none="There is none that you may see."
            columns={[
              {
                head: "Project",
                as: "short",
                cell: ({ metadata: { name }, spec: { description } }) => (
                  <>
                    <a href={hrefOf(`/projects/${encodeURIComponent(name)}`)}>
                      <b>{name}</b>
                    </a>
                    {description !== undefined && <span class="why">{description}</span>}
                  </>
                ),
              },
              {
                head: "Applications",
                as: "word",
                cell: ({ metadata: { name } }) => (
                  <a href={hrefOf(`/applications?${new URLSearchParams({ q: `project:${name}` })}`)}>
                    {counts.get(name)?.length ?? 0}
                  </a>
                ),
              },
              { head: "From", as: "mono", cell: ({ spec }) => lines(spec.sourceRepos ?? []) },
              {
                head: "To",
                as: "mono short",
                cell: ({ spec }) =>
                  lines(
                    (spec.destinations ?? []).map(
                      ({ name, server, namespace }) => `${name || server || "*"}\u00a0· ${namespace ?? "*"}`,
                    ),
                  ),
              },
              {
                head: "Windows",
                as: "short",
                cell: ({ spec }) =>
                  lines(
                    (spec.syncWindows ?? []).map(
                      ({ kind, schedule, duration }) => `${kind} ${schedule} for ${duration}`,
                    ),
                  ),
              },
              { head: "Roles", as: "short", cell: ({ spec }) => rolesIn(spec.roles ?? []).join(", ") },
            ]}
          />
        )}
      </Asked>
      <AsCli words={["project", "list"]} />
    </>
  );
}

function lines(texts: readonly string[]) {
  return texts.map((text) => <div key={text}>{text}</div>);
}

function rolesIn(roles: readonly unknown[]): string[] {
  return roles.flatMap((role) => {
    const { name } = (role ?? {}) as { name?: unknown };
    return typeof name === "string" ? [name] : [];
  });
}
