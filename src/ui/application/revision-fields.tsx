/** A revision typed or chosen, of each source one: what was deployed, and what its repository has, are proposed. */
import { useId, useState } from "preact/hooks";
import { type Application, type Source, sourcesOf } from "../../core/model/application.ts";
import { revisionFault } from "../../core/model/diff-side.ts";
import { ask } from "../store/daemon.ts";
import { deploymentsOf } from "../words/deployment-words.ts";
import { revisionsOf, sideOfRevisions } from "../words/diff-sides.ts";

/** Names that are proposed: a list that nobody scrolls through to its end. */
const MOST_PROPOSED = 500;

export function RevisionFields({
  app,
  value,
  onChoose,
}: {
  app: Application;
  /** A side of a diff. */
  value: string;
  onChoose(side: string): void;
}) {
  const sources = sourcesOf(app.spec);
  const [texts, setTexts] = useState(() => revisionsOf(value, sources.length));
  const faults = texts.map((text) => revisionFault(text.trim()));
  return (
    <form
      class="row revisions"
      onSubmit={(event) => {
        event.preventDefault();
        const named = texts.map((text) => text.trim());
        if (faults.every((fault) => fault === undefined) && named.some((text) => text !== ""))
          onChoose(sideOfRevisions(named));
      }}
    >
      {sources.map((source, at) => (
        <RevisionField
          key={at}
          app={app}
          source={source}
          at={at}
          label={sources.length === 1 ? "Commit, branch or tag" : labelOf(source, at)}
          text={texts[at] ?? ""}
          fault={faults[at]}
          onText={(text) => setTexts(texts.map((other, place) => (place === at ? text : other)))}
        />
      ))}
      <button type="submit">Compare</button>
    </form>
  );
}

function RevisionField({
  app,
  source,
  at,
  label,
  text,
  fault,
  onText,
}: {
  app: Application;
  source: Source;
  at: number;
  label: string;
  text: string;
  fault: string | undefined;
  onText(text: string): void;
}) {
  const id = useId();
  const [names, setNames] = useState<readonly string[]>();
  const deployed = deploymentsOf(app).flatMap(({ commits }) => commits[at] ?? []);
  const bring = (): void => {
    if (names !== undefined) return;
    setNames([]);
    const query = new URLSearchParams({ appProject: app.spec.project });
    const path = `/api/v1/repositories/${encodeURIComponent(source.repoURL)}/refs?${query}`;
    // Who may not see the repository types the name, and so does everybody where it has no entry of its own.
    ask<{ items: { repo?: string }[] | null }>("GET", "/api/v1/repositories")
      .then(async ({ items }) => {
        if (!(items ?? []).some(({ repo }) => repo === source.repoURL)) return;
        const { branches, tags } = await ask<{ branches?: string[] | null; tags?: string[] | null }>(
          "GET",
          path,
        );
        setNames([...(branches ?? []), ...(tags ?? [])]);
      })
      .catch(() => undefined);
  };
  return (
    <>
      <input
        type="text"
        aria-label={label}
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : `${id}-fault`}
        placeholder={source.targetRevision || "HEAD"}
        autocomplete="off"
        spellcheck={false}
        list={`${id}-known`}
        value={text}
        onFocus={bring}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <datalist id={`${id}-known`}>
        {[...new Set([...(names ?? []), ...deployed])].slice(0, MOST_PROPOSED).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {fault !== undefined && (
        <span id={`${id}-fault`} class="refused">
          {fault}
        </span>
      )}
    </>
  );
}

function labelOf({ name, chart, path, repoURL }: Source, at: number): string {
  return `Revision of source ${at + 1}, ${name || chart || path || repoURL}`;
}
