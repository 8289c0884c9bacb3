/** One repository: whether it answers and why not, by which credentials, and who asks for what is in it. */
import { useState } from "preact/hooks";
import { ApplicationsOf } from "../components/applications-of.tsx";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { State } from "../components/state.tsx";
import { Ago } from "../components/time.tsx";
import { applications, now } from "../store/applications.ts";
import { useWhyNot } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import { go, hrefOf, place } from "../store/route.ts";
import { bareAddress, fixOf, repositoryOf } from "../words/connection-words.ts";
import { lackOf } from "../words/trust-lack.ts";
import { CredentialsForm, TrustDialog } from "./forms-later.ts";
import { TrustButton } from "./trust-button.tsx";

interface Repository {
  repo: string;
  name?: string;
  type?: string;
  project?: string;
  username?: string;
  connectionState: { status: string; message: string; attemptedAt: string | null };
  holdfast: { keptIn: string; credentials: "own" | "inherited" | "none"; warnings?: string[] };
}

const WORDS: Readonly<Record<string, string>> = { Successful: "Connected", Failed: "Unreachable" };
const CREDENTIALS = {
  own: "its own",
  inherited: "those of what is around it",
  none: "none: everybody may read it",
} as const;

export function RepositoryPage({ id }: { id: string }) {
  const url = repositoryOf(id);
  if (url === undefined)
    return (
      <>
        <h1 tabIndex={-1}>Repository</h1>
        <p>
          This address names none. <a href={hrefOf("/repositories")}>All repositories</a>
        </p>
      </>
    );
  return <OfAddress url={url} />;
}

function OfAddress({ url }: { url: string }) {
  const project = place.value.query.get("project") ?? undefined;
  const path = `/api/v1/repositories/${encodeURIComponent(url)}`;
  const query = project === undefined ? "" : `?${new URLSearchParams({ appProject: project })}`;
  const [round, setRound] = useState(0);
  const answer = useAsked(
    (signal) => ask<Repository>("GET", `${path}${query}`, { signal }),
    [url, project, now.value, round],
  );
  return (
    <>
      <Asked answer={answer} waiting="Asking the daemon">
        {(repository) => (
          <Shown repository={repository} path={path} query={query} onRead={() => setRound(round + 1)} />
        )}
      </Asked>
      <AsCli words={["repo", "get", url]} />
    </>
  );
}

function Shown({
  repository,
  path,
  query,
  onRead,
}: {
  repository: Repository;
  path: string;
  query: string;
  onRead(): void;
}) {
  const { repo, name, type = "git", project, username, connectionState, holdfast } = repository;
  const { status, message, attemptedAt } = connectionState;
  const [open, setOpen] = useState<"edit" | "remove" | "trust">();
  const [isTesting, setTesting] = useState(false);
  const object = project === undefined || project === "" ? repo : `${project}/${repo}`;
  const inConfig =
    holdfast.keptIn === "config"
      ? "It stands in the daemon's config, under repositories: change it there."
      : undefined;
  const noUpdate = useWhyNot("repositories", "update", object);
  const noDelete = useWhyNot("repositories", "delete", object);
  const [whyNoEdit, whyNoRemove] = [inConfig ?? noUpdate, inConfig ?? noDelete];
  const bare = bareAddress(repo);
  const of = applications.value.filter(({ spec }) =>
    [spec.source, ...(spec.sources ?? [])].some((one) => bareAddress(one?.repoURL ?? "") === bare),
  );
  const fix = status === "Failed" ? fixOf("repository", message) : undefined;
  const lack = status === "Failed" ? lackOf(repo, message) : undefined;
  const test = async (): Promise<void> => {
    if (isTesting) return;
    setTesting(true);
    try {
      await ask("GET", `${path}${query === "" ? "?" : `${query}&`}forceRefresh=true`);
    } catch (cause) {
      note("bad", cause instanceof Error ? cause.message : String(cause));
    }
    setTesting(false);
    onRead();
  };
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1} class="mono">
          {repo}
        </h1>
        <State word={WORDS[status] ?? "Unknown"} />
        <div class="actions">
          <button type="button" aria-busy={isTesting} onClick={() => void test()}>
            Test
          </button>
          <button
            type="button"
            aria-disabled={whyNoEdit !== undefined}
            title={whyNoEdit}
            onClick={() => whyNoEdit === undefined && setOpen("edit")}
          >
            Edit
          </button>
          <button
            type="button"
            aria-disabled={whyNoRemove !== undefined}
            title={whyNoRemove}
            onClick={() => whyNoRemove === undefined && setOpen("remove")}
          >
            Remove
          </button>
        </div>
      </div>
      {message !== "" && (
        <p class="words" data-tone={status === "Failed" ? "bad" : "good"}>
          {message}
          {fix !== undefined && `\n${fix}`}
        </p>
      )}
      {lack !== undefined && (
        <p>
          <TrustButton lack={lack} onOpen={() => setOpen("trust")} />
        </p>
      )}
      {lack !== undefined && open === "trust" && (
        <TrustDialog lack={lack} onAdded={() => void test()} onClose={() => setOpen(undefined)} />
      )}
      {(holdfast.warnings ?? []).map((text) => (
        <p key={text} class="words" data-tone="behind">
          {text}
        </p>
      ))}
      <dl class="permits">
        <div>
          <dt>Type</dt>
          <dd>{[type, name].filter((word) => word).join(" · ")}</dd>
        </div>
        <div>
          <dt>Asked</dt>
          <dd>{attemptedAt === null ? "not yet" : <Ago at={attemptedAt} />}</dd>
        </div>
        <div>
          <dt>Credentials</dt>
          <dd>
            {CREDENTIALS[holdfast.credentials]}
            {username !== undefined && username !== "" && `, as ${username}`}
          </dd>
        </div>
        <div>
          <dt>Kept in</dt>
          <dd>
            {holdfast.keptIn === "config"
              ? "the daemon's config"
              : holdfast.keptIn === "data"
                ? "the daemon's data"
                : holdfast.keptIn}
          </dd>
        </div>
        <div>
          <dt>For</dt>
          <dd>
            {project === undefined || project === "" ? (
              "every project that permits it"
            ) : (
              <a href={hrefOf(`/projects/${encodeURIComponent(project)}`)}>project {project} alone</a>
            )}
          </dd>
        </div>
      </dl>
      <h2 class="small">Applications of it</h2>
      <ApplicationsOf apps={of} none="None that you may see." />
      {open === "edit" && (
        <CredentialsForm
          of={{ is: "known", url: repo, settings: settingsOf(repository), path, query }}
          onClose={() => {
            setOpen(undefined);
            onRead();
          }}
        />
      )}
      {open === "remove" && (
        <Dialog
          title="Remove this repository?"
          cli={["repo", "rm", repo]}
          offer={{
            label: "Remove",
            tone: "danger",
            async work() {
              await ask("DELETE", `${path}${query}`);
              note("good", `${repo} is forgotten`);
              go("/repositories", "push");
            },
          }}
          onClose={() => setOpen(undefined)}
        >
          <p>
            Its credentials and settings are forgotten, and nothing that came of it is touched.{" "}
            {of.length === 0
              ? "No application that you may see asks for what is in it."
              : `${of.length === 1 ? "1 application asks" : `${of.length} applications ask`} for what is in it, and cannot read it any more where it needs credentials: ${of
                  .slice(0, 10)
                  .map(({ metadata }) => metadata.name)
                  .join(", ")}${of.length > 10 ? " …" : ""}.`}
          </p>
        </Dialog>
      )}
    </>
  );
}

/** What is written of it beside who asks, which stays as it is. */
function settingsOf(repository: Repository): object {
  const { connectionState: _, holdfast: __, username: ___, ...rest } = repository;
  const { inheritedCreds: ____, ...settings } = rest as Record<string, unknown>;
  return settings;
}
