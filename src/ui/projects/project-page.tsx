/** One project: what it permits, when, who may do what in it, and what was done to it. */
import { useState } from "preact/hooks";
import type { Project } from "../../core/model/project.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { HEALTHS } from "../applications/order.ts";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { later } from "../components/later.tsx";
import { NotThere } from "../components/not-there.tsx";
import { note } from "../components/notes.tsx";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import { ObjectEditor } from "../editing/object-editor.tsx";
import { applications, now } from "../store/applications.ts";
import { useWhyNot } from "../store/can.ts";
import { ask, askLinks, askTagged } from "../store/daemon.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { zoneName } from "../store/zone.ts";
import { healthOf } from "../words/app-words.ts";
import { timesWords, zoneOf } from "../words/cron-words.ts";
import { PROJECT_FORM } from "../words/project-fields.ts";
import { type Origin, originWords, permitted, projectDeed, windowTargets } from "../words/project-words.ts";
import { standsWords, type WindowLine } from "../words/window-words.ts";
import { DeleteProject } from "./delete-project.tsx";
import { Roles } from "./roles.tsx";

const MadeLinkList = later(() => import("../components/made-links.tsx")).extra(
  ({ MadeLinkList }) => MadeLinkList,
);

interface Detailed {
  project: Project;
  globalProjects: Project[];
  clusters: { name: string; server: string }[];
  repositories: { repo: string; type: string }[];
  holdfast: { inForce?: Project; withheld?: string; origin?: Origin };
}

interface ProjectEvent {
  metadata: { uid?: string; name?: string };
  lastTimestamp?: string;
  reason?: string;
  message?: string;
}

type Window = WindowLine & { window: Parameters<typeof windowTargets>[0] & { manualSync?: boolean } };

export function ProjectPage({ name }: { name: string }) {
  const path = `/api/v1/projects/${encodeURIComponent(name)}`;
  const isEditing = place.value.query.get("edit") === "yes";
  const answer = useAsked(
    (signal) => ask<Detailed>("GET", `${path}/detailed`, { signal }),
    [name, isEditing ? 0 : now.value],
  );
  if (answer.is === "refused") return <NotThere title={name} why={answer.why} all="projects" />;
  return (
    <Asked answer={answer} waiting="Asking the daemon" title={name}>
      {(detailed) => (
        <>
          <Head name={name} path={path} detailed={detailed} />
          {isEditing ? (
            <Edit path={path} project={detailed.project} />
          ) : (
            <Shown path={path} detailed={detailed} />
          )}
          <AsCli words={isEditing ? ["project", "edit", name] : ["project", "get", name]} />
        </>
      )}
    </Asked>
  );
}

function Head({
  name,
  path,
  detailed: { project, holdfast },
}: {
  name: string;
  path: string;
  detailed: Detailed;
}) {
  const [isDeleting, setDeleting] = useState(false);
  const origin = originWords(holdfast.origin);
  const denied = useWhyNot("projects", "update", name);
  const why = origin.noEdit ?? denied;
  const noDelete =
    [origin.noEdit, useWhyNot("projects", "delete", name)].find((one) => one !== undefined) ??
    (name === "default"
      ? "Without it everything is permitted in it: to permit nothing, take its sourceRepos and destinations away"
      : undefined);
  const of = applications.value.filter(({ spec }) => spec.project === name);
  const counts = [...Map.groupBy(of, healthOf)].sort(
    ([one], [other]) => HEALTHS.indexOf(one) - HEALTHS.indexOf(other),
  );
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1}>{name}</h1>
        <div class="actions">
          <button
            type="button"
            aria-disabled={why !== undefined}
            title={why}
            onClick={() => why === undefined && go(withQuery({ edit: "yes" }), "push")}
          >
            Edit
          </button>
          <button
            type="button"
            aria-disabled={noDelete !== undefined}
            title={noDelete}
            onClick={() => noDelete === undefined && setDeleting(true)}
          >
            Delete
          </button>
        </div>
      </div>
      {project.spec.description !== undefined && <p class="attention">{project.spec.description}</p>}
      {holdfast.withheld !== undefined && (
        <p class="words" data-tone="bad">
          It permits nothing: {holdfast.withheld}.
        </p>
      )}
      <p class="facts">
        <a href={hrefOf(`/applications?${new URLSearchParams({ q: `project:${name}` })}`)}>
          {of.length === 1 ? "1 application" : `${of.length} applications`}
        </a>
        {counts.map(([health, apps]) => (
          <span key={health}>
            <State word={health} as="bare" /> {apps.length}
          </span>
        ))}
        <span>{origin.words}</span>
        {origin.noEdit === undefined && denied !== undefined && <span>{denied}</span>}
      </p>
      {isDeleting && (
        <DeleteProject project={project} path={path} apps={of} onClose={() => setDeleting(false)} />
      )}
    </>
  );
}

function Edit({ path, project }: { path: string; project: Project }) {
  const { status: _, ...from } = project;
  const close = (): void => go(withQuery({ edit: undefined }), "push");
  return (
    <ObjectEditor
      label="The project as it is to be"
      from={from}
      of="one that is there"
      verb="Save"
      form={PROJECT_FORM}
      save={async (object) => {
        const { value: there, tag: over } = await askTagged<Project>(path);
        const { status: __, ...now } = there;
        if (!equalJson(now, from))
          throw new Error("Somebody changed it meanwhile. Cancel, and begin anew with what is there now.");
        await ask("PUT", path, { body: { project: object }, over });
        note("good", `Project ${project.metadata.name} was changed`);
      }}
      onClose={close}
    />
  );
}

function Shown({ path, detailed }: { path: string; detailed: Detailed }) {
  const { project, globalProjects, clusters, repositories, holdfast } = detailed;
  const spec = (holdfast.inForce ?? project).spec;
  return (
    <>
      <h2 class="small">What it permits</h2>
      <dl class="permits">
        {permitted(spec).map(({ name, lines }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {lines.map((line) => (
                <div key={line}>{line}</div>
              ))}
            </dd>
          </div>
        ))}
        {globalProjects.length > 0 && (
          <div>
            <dt>Rules of others too</dt>
            <dd>
              {globalProjects.map(({ metadata }) => (
                <div key={metadata.name}>
                  <a href={hrefOf(`/projects/${encodeURIComponent(metadata.name)}`)}>{metadata.name}</a>
                </div>
              ))}
            </dd>
          </div>
        )}
        {clusters.length > 0 && (
          <div>
            <dt>Clusters of its own</dt>
            <dd>
              {clusters.map(({ name }) => (
                <div key={name}>
                  <a href={hrefOf(`/clusters/${encodeURIComponent(name)}`)}>{name}</a>
                </div>
              ))}
            </dd>
          </div>
        )}
        {repositories.length > 0 && (
          <div>
            <dt>Repositories of its own</dt>
            <dd class="mono">
              {repositories.map(({ repo }) => (
                <div key={repo}>{repo}</div>
              ))}
            </dd>
          </div>
        )}
      </dl>
      <Links path={path} />
      <Windows path={path} />
      <Roles project={project} />
      <Events path={path} />
    </>
  );
}

function Links({ path }: { path: string }) {
  const made = useAsked((signal) => askLinks(`${path}/links`, signal), [path]);
  if (made.is !== "answered" || made.value.items.length + made.value.wrong.length === 0) return null;
  return (
    <>
      <h2 class="small">Links</h2>
      <MadeLinkList links={made.value} />
    </>
  );
}

function Windows({ path }: { path: string }) {
  const answer = useAsked(
    (signal) => ask<{ holdfast: { windows: Window[] } }>("GET", `${path}/syncwindows`, { signal }),
    [path, now.value],
  );
  const reader = { zone: zoneName(), now: now.value };
  return (
    <>
      <h2 class="small">When syncs are permitted</h2>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ holdfast: { windows } }) => (
          <Table
            items={windows}
            keyOf={({ window }) => JSON.stringify(window)}
            none="Always: it has no windows."
            columns={[
              {
                head: "Window",
                cell: ({ window: { kind, description } }) => (
                  <>
                    {kind === "allow" ? "Allows syncs" : "Denies syncs"}
                    {description !== undefined && <span class="why">{description}</span>}
                  </>
                ),
              },
              { head: "Now", cell: (line) => standsWords(line, reader) },
              {
                head: "When",
                cell: ({ window }) => (
                  <>
                    {timesWords(window)}, {zoneOf(window)}
                    <span class="why">
                      written as <code>{window.schedule}</code> for {window.duration}
                    </span>
                  </>
                ),
              },
              { head: "For", cell: ({ window }) => windowTargets(window) },
              {
                head: "By people",
                cell: ({ window: { manualSync, kind } }) =>
                  manualSync === true
                    ? "always"
                    : kind === "allow"
                      ? "while it is open"
                      : "not while it is open",
              },
            ]}
          />
        )}
      </Asked>
    </>
  );
}

function Events({ path }: { path: string }) {
  const answer = useAsked(
    (signal) => ask<{ items: ProjectEvent[] | null }>("GET", `${path}/events`, { signal }),
    [path, now.value],
  );
  return (
    <>
      <h2 class="small">What was done to it</h2>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ items }) => (
          <Table
            items={items ?? []}
            keyOf={({ metadata: { uid, name } }) => uid ?? name ?? ""}
            none="Nothing that is remembered."
            columns={[
              {
                head: "When",
                as: "word",
                cell: ({ lastTimestamp }) => (lastTimestamp === undefined ? "" : <Ago at={lastTimestamp} />),
              },
              { head: "What", as: "word", cell: (event) => projectDeed(event).what },
              { head: "Who", as: "word", cell: (event) => projectDeed(event).who },
              { head: "Said", cell: (event) => projectDeed(event).more },
            ]}
          />
        )}
      </Asked>
    </>
  );
}
