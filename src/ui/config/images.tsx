/** Images of an application: what runs, and of those that are kept up to date what would be next, and when that was found. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { ApplicationImages, ImageLook, ImageUpdateResult } from "../../core/model/image-update.ts";
import { rulesOf, stateWords, writeBackWords } from "../../core/model/image-words.ts";
import { ourPathOf } from "../application/paths.ts";
import { AsCli } from "../components/as-cli.tsx";
import { useAsked } from "../components/asked.tsx";
import { note } from "../components/notes.tsx";
import { Ago } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf, shortOf } from "../words/app-words.ts";
import { updatedWords } from "../words/image-updates.ts";
import { Facts, type ShownFact, WebLink } from "./facts.tsx";

/** @param denied why nobody may update them, who looks here */
export function Images({ app, denied }: { app: Application; denied: string | undefined }) {
  const deployed = app.status?.summary?.images ?? [];
  const [times, setTimes] = useState(0);
  const answer = useAsked(
    (signal) => ask<ApplicationImages>("GET", ourPathOf(app, "images"), { signal }),
    [keyOf(app), deployed.join(), times],
  );
  const kept = answer.is === "answered" ? answer.value : undefined;
  const isKept = kept !== undefined && kept.images.length + kept.problems.length > 0;
  return (
    <>
      <Facts
        facts={
          deployed.length === 0
            ? [{ name: "Deployed", words: <span class="dim">none are known</span> }]
            : deployed.map((words, at) => ({ name: at === 0 ? "Deployed" : "", words, as: "mono" }))
        }
      />
      {answer.is === "refused" && <p class="refused">{answer.why}</p>}
      {isKept && <Kept app={app} kept={kept} denied={denied} onLooked={() => setTimes((now) => now + 1)} />}
    </>
  );
}

function Kept({
  app,
  kept,
  denied,
  onLooked,
}: {
  app: Application;
  kept: ApplicationImages;
  denied: string | undefined;
  onLooked: () => void;
}) {
  const [asking, setAsking] = useState<"no" | "yes">("no");
  const { last, checkedAt, writeBack, images, problems } = kept;
  const update = async (): Promise<void> => {
    setAsking("yes");
    try {
      const body = { apps: [keyOf(app)] };
      const result = await ask<ImageUpdateResult>("POST", "/api/holdfast/v1/images/update", { body });
      const { tone, words } = updatedWords(result);
      note(tone, words);
    } catch (cause) {
      note("bad", cause instanceof Error ? cause.message : String(cause));
    } finally {
      setAsking("no");
      onLooked();
    }
  };
  const why = denied ?? (asking === "yes" ? "Registries are being asked" : undefined);
  return (
    <>
      <Facts
        facts={[
          ...images.flatMap(lookFacts),
          ...(writeBack === undefined ? [] : [{ name: "Written to", words: writeBackWords(writeBack) }]),
          ...(last === undefined ? [] : [{ name: "Last update", words: <LastUpdate of={last} /> }]),
          {
            name: "Looked at",
            words: checkedAt === undefined ? <span class="dim">not yet</span> : <Ago at={checkedAt} />,
          },
        ]}
      />
      {problems.map((problem) => (
        <p key={problem} class="refused">
          {problem}
        </p>
      ))}
      <p>
        <button
          type="button"
          aria-disabled={why !== undefined}
          title={why}
          onClick={() => why === undefined && void update()}
        >
          Update images now
        </button>
      </p>
      <AsCli words={["image", "update", app.metadata.name]} />
    </>
  );
}

function lookFacts(look: ImageLook): ShownFact[] {
  const { image, current, chosen, why, candidateCount, candidates } = look;
  return [
    {
      name: "Kept up to date",
      words: (
        <>
          <span class="mono">{image}</span> by {rulesOf(look)}: {stateWords(look)}
          {why !== undefined && <span class="why">{why}</span>}
        </>
      ),
    },
    {
      name: "",
      words: (
        <span class="dim">
          runs {current ?? "nothing that is known"}
          {chosen !== undefined && chosen !== current && <>, next is {chosen}</>}
          {candidateCount > 1 && (
            <>
              ; allowed are {candidates.slice(0, 5).join(", ")}
              {candidateCount > 5 && ` and ${candidateCount - 5} more`}
            </>
          )}
        </span>
      ),
    },
  ];
}

function LastUpdate({ of }: { of: NonNullable<ApplicationImages["last"]> }) {
  return (
    <>
      {of.changes.join(", ")}, <Ago at={of.at} />
      {of.commit !== undefined && <>, commit {shortOf(of.commit)}</>}
      {of.branch !== undefined && <> on {of.branch}</>}
      {of.pullRequest !== undefined && (
        <>
          , <WebLink to={of.pullRequest}>pull request</WebLink>
        </>
      )}
    </>
  );
}
