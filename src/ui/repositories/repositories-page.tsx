/** Where manifests come from: each repository, whether it answers, and who asks for what is in it. */
import { useState } from "preact/hooks";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { note } from "../components/notes.tsx";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import { applications } from "../store/applications.ts";
import { useWhyNot } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";
import { bareAddress as bare, repositoryId } from "../words/connection-words.ts";
import { CredentialsForm } from "./credentials-form.tsx";
import { Templates } from "./templates.tsx";

/** As the API has it. */
interface Repository {
  repo: string;
  name?: string;
  type?: string;
  project?: string;
  connectionState: { status: string; message: string; attemptedAt: string | null };
  holdfast: { keptIn: string; credentials: "own" | "inherited" | "none"; warnings?: string[] };
}

const WORDS: Readonly<Record<string, string>> = { Successful: "Connected", Failed: "Unreachable" };
const CREDENTIALS = { own: "its own", inherited: "of what is around it", none: "none" } as const;

export function RepositoriesPage() {
  const [round, setRound] = useState(0);
  const [adding, setAdding] = useState<"new" | "template">();
  const denied = useWhyNot("repositories", "create", "*");
  const answer = useAsked(
    (signal) => ask<{ items: Repository[] | null }>("GET", "/api/v1/repositories", { signal }),
    [round],
  );
  const again = (): void => setRound((before) => before + 1);
  const counts = countsByAddress();
  const test = async ({ repo, project }: Repository): Promise<void> => {
    const query = new URLSearchParams({ forceRefresh: "true", ...(project ? { appProject: project } : {}) });
    try {
      const { connectionState } = await ask<Repository>(
        "GET",
        `/api/v1/repositories/${encodeURIComponent(repo)}?${query}`,
      );
      const isGood = connectionState.status === "Successful";
      note(isGood ? "good" : "bad", `${repo}: ${connectionState.message || connectionState.status}`);
    } catch (cause) {
      note("bad", cause instanceof Error ? cause.message : String(cause));
    }
    again();
  };
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1}>Repositories</h1>
        <div class="actions">
          <button
            type="button"
            aria-disabled={denied !== undefined}
            title={denied}
            onClick={() => denied === undefined && setAdding("new")}
          >
            Add a repository
          </button>
        </div>
      </div>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ items }) => {
          const all = items ?? [];
          const away = all.filter(({ connectionState }) => connectionState.status === "Failed").length;
          return (
            <>
              {all.length > 0 && <p>{summaryOf(all.length, away)}</p>}
              <Table
                items={all}
                keyOf={({ repo, project = "" }) => `${repo} ${project}`}
                none={
                  <p>
                    None has credentials or settings of its own here. One that everybody may read needs none;
                    others stand in the config under <code>repositories</code>, or are added here.
                  </p>
                }
                columns={[
                  {
                    head: "Repository",
                    cell: ({ repo, name, type, project, holdfast: { warnings = [] } }) => (
                      <>
                        <a
                          href={hrefOf(
                            `/repositories/${repositoryId(repo)}${project ? `?${new URLSearchParams({ project })}` : ""}`,
                          )}
                        >
                          <b class="mono">{repo}</b>
                        </a>
                        <span class="why">{[type, name].filter((word) => word).join(" · ")}</span>
                        {warnings.map((text) => (
                          <span key={text} class="why">
                            {text}
                          </span>
                        ))}
                      </>
                    ),
                  },
                  {
                    head: "Connection",
                    cell: ({ connectionState: { status, message, attemptedAt } }) => (
                      <>
                        <State word={WORDS[status] ?? "Unknown"} as="bare" />
                        {message !== "" && <span class="why">{message}</span>}
                        {attemptedAt !== null && (
                          <span class="why">
                            asked <Ago at={attemptedAt} />
                          </span>
                        )}
                      </>
                    ),
                  },
                  { head: "Credentials", cell: ({ holdfast }) => CREDENTIALS[holdfast.credentials] },
                  { head: "Kept in", cell: ({ holdfast }) => holdfast.keptIn },
                  { head: "Project", cell: ({ project }) => project ?? "" },
                  {
                    head: "Applications",
                    as: "word",
                    cell: ({ repo }) => (
                      <a href={hrefOf(`/applications?${new URLSearchParams({ q: bare(repo) })}`)}>
                        {counts.get(bare(repo)) ?? 0}
                      </a>
                    ),
                  },
                  {
                    head: "Test",
                    as: "act",
                    cell: (repository) => (
                      <button
                        type="button"
                        aria-label={`Test ${repository.repo}`}
                        onClick={() => void test(repository)}
                      >
                        Test
                      </button>
                    ),
                  },
                ]}
              />
            </>
          );
        }}
      </Asked>
      {answer.is === "answered" && <Unlisted listed={answer.value.items ?? []} />}
      <Templates round={round} denied={denied} onAdd={() => setAdding("template")} onChange={again} />
      <AsCli words={["repo", "list"]} />
      {adding !== undefined && (
        <CredentialsForm
          of={{ is: adding }}
          onClose={() => {
            setAdding(undefined);
            again();
          }}
        />
      )}
    </>
  );
}

function countsByAddress(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { spec } of applications.value)
    for (const url of new Set([spec.source, ...(spec.sources ?? [])].map((one) => bare(one?.repoURL ?? ""))))
      if (url !== "") counts.set(url, (counts.get(url) ?? 0) + 1);
  return counts;
}

/** Those that applications have and that need nothing of their own: without them the page would look as if there were none. */
function Unlisted({ listed }: { listed: readonly Repository[] }) {
  const there = new Set(listed.map(({ repo }) => bare(repo)));
  const counts = countsByAddress();
  const used = new Map<string, string>();
  for (const { spec } of applications.value)
    for (const { repoURL } of [...(spec.source === undefined ? [] : [spec.source]), ...(spec.sources ?? [])])
      if (bare(repoURL) !== "" && !there.has(bare(repoURL)) && !used.has(bare(repoURL)))
        used.set(bare(repoURL), repoURL);
  if (used.size === 0) return null;
  return (
    <>
      <h2 class="small">Used without an entry</h2>
      <Table
        items={[...used].sort(([one], [other]) => (one < other ? -1 : 1))}
        keyOf={([address]) => address}
        none=""
        columns={[
          { head: "Repository", cell: ([, url]) => <span class="mono">{withoutUserinfo(url)}</span> },
          {
            head: "Applications",
            as: "word",
            cell: ([address]) => (
              <a href={hrefOf(`/applications?${new URLSearchParams({ q: address })}`)}>
                {counts.get(address) ?? 0}
              </a>
            ),
          },
        ]}
      />
    </>
  );
}

function summaryOf(all: number, away: number): string {
  const which = all === 1 ? "1 repository" : `${all} repositories`;
  return away === 0 ? which : `${away} of ${which} ${away === 1 ? "does" : "do"} not answer.`;
}
