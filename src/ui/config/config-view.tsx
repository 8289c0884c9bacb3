/** How an application is set up: where it is written, what it delivers to where, and how. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { type Application, sourcesOf } from "../../core/model/application.ts";
import { sourceKind } from "../../core/model/source.ts";
import { argoPathOf, clusterPage } from "../application/paths.ts";
import { AsCli } from "../components/as-cli.tsx";
import { useAsked } from "../components/asked.tsx";
import { later } from "../components/later.tsx";
import { Scrolled } from "../components/scrolled.tsx";
import { askLinks } from "../store/daemon.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { clusterOf, keyOf, shortOf } from "../words/app-words.ts";
import { placeWords, policyFacts, sourceFacts } from "../words/config-words.ts";
import { type Origin, whyReadOnly } from "../words/origin-words.ts";
import { linksOf, webAddress } from "../words/web-links.ts";
import { standsWords, type Windows, windowSentences } from "../words/window-words.ts";
import { yamlText } from "../words/yaml-text.ts";
import { Badge } from "./badge.tsx";
import { Facts, type ShownFact, WebLink } from "./facts.tsx";
import { Images } from "./images.tsx";
import { ManagedBy } from "./managed.tsx";
import { reader, syncsOf, useWindows } from "./windows.tsx";

const ApplicationEdit = later(() => import("./application-edit.tsx")).part(
  ({ ApplicationEdit }) => ApplicationEdit,
);

const Values = later(() => import("./values.tsx")).part(({ Values }) => Values);

/** Whether a source is a chart or a kustomization, as it was rendered, or as it is written where it was not yet. */
function hasValues({ spec, status }: Application): boolean {
  const types = status?.sourceTypes ?? (status?.sourceType === undefined ? [] : [status.sourceType]);
  return (
    types.includes("Helm") ||
    types.includes("Kustomize") ||
    (types.length === 0 &&
      sourcesOf(spec).some(
        ({ chart, helm, kustomize }) => (chart ?? "") !== "" || helm !== undefined || kustomize !== undefined,
      ))
  );
}

export function ConfigView({
  app,
  origin,
  denied,
}: {
  app: Application;
  origin: Origin;
  /** Why nobody may change it, who looks here. */
  denied: string | undefined;
}) {
  const key = keyOf(app);
  const isEditing = place.value.query.get("edit") === "yes";
  const edit = useRef<HTMLButtonElement>(null);
  const before = useRef(isEditing);
  useEffect(() => {
    // Whoever leaves the form stands where they opened it.
    if (before.current && !isEditing) edit.current?.focus();
    before.current = isEditing;
  }, [isEditing]);
  const windows = useWindows(app);
  const { status: _, ...written } = app;
  const elsewhere = whyReadOnly(origin);
  // Rights that end meanwhile take away nothing that was typed: they are said beside the buttons.
  if (isEditing && elsewhere === undefined)
    return (
      <ApplicationEdit
        app={app}
        denied={denied}
        onClose={() => go(withQuery({ edit: undefined }), "replace")}
      />
    );
  const why = elsewhere ?? (app.metadata.deletionTimestamp === undefined ? denied : "It is being deleted");
  return (
    <div class="config">
      <div class="managed">
        <p>
          <ManagedBy of={key} origin={origin} />
        </p>
        <button
          type="button"
          ref={edit}
          aria-disabled={why !== undefined}
          title={why}
          onClick={() => why === undefined && go(withQuery({ edit: "yes" }), "push")}
        >
          Edit
        </button>
      </div>
      {sourcesOf(app.spec).map((_source, at, all) => (
        <OneSource key={at} app={app} at={at} of={all.length} />
      ))}
      {hasValues(app) && (
        <Part title="Values">
          <Values app={app} />
        </Part>
      )}
      <Part title="Delivers to">
        <Facts
          facts={[
            { name: "Cluster", words: <a href={hrefOf(clusterPage(clusterOf(app)))}>{clusterOf(app)}</a> },
            {
              name: "Namespace",
              words: app.spec.destination.namespace ?? "as each object says",
              as: app.spec.destination.namespace === undefined ? undefined : "mono",
            },
            {
              name: "Project",
              words: (
                <a href={hrefOf(`/projects/${encodeURIComponent(app.spec.project)}`)}>{app.spec.project}</a>
              ),
            },
          ]}
        />
      </Part>
      <Part title="Policy">
        <Facts facts={policyFacts(app)} />
      </Part>
      {windows !== undefined && windows.windows.length > 0 && <SyncWindows app={app} windows={windows} />}
      <Links app={app} />
      <Part title="Images">
        <Images app={app} denied={denied} />
      </Part>
      <Part title="Labels and annotations">
        <Facts
          facts={[
            ...column("Labels", lines(app.metadata.labels), "none"),
            ...column("Annotations", lines(app.metadata.annotations), "none"),
            ...(app.spec.info ?? []).map(({ name, value }) => ({
              name,
              words: <WebLink to={value}>{value}</WebLink>,
            })),
          ]}
        />
      </Part>
      <Part title="Badge">
        <Badge app={app} />
      </Part>
      <Part title="Manifest">
        <Scrolled as="manifest" label="All of it as YAML">
          {yamlText(written)}
        </Scrolled>
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id} class="small">
        {title}
      </h2>
      {children}
    </section>
  );
}

function lines(map: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(map).map(([name, value]) => `${name}: ${value}`);
}

function column(name: string, all: readonly string[], none: string): ShownFact[] {
  if (all.length === 0) return [{ name, words: <span class="dim">{none}</span> }];
  return all.map((words, at) => ({ name: at === 0 ? name : "", words, as: "mono" }));
}

/** @param at which one, from 0 @param of how many there are */
function OneSource({ app, at, of }: { app: Application; at: number; of: number }) {
  const source = sourcesOf(app.spec)[at];
  if (source === undefined) return null;
  const { sync, sourceType, sourceTypes } = app.status ?? {};
  const is = of > 1 ? sync?.revisions?.[at] : (sync?.revision ?? sync?.revisions?.[at]);
  const type = sourceTypes?.[at] ?? (of === 1 ? sourceType : undefined);
  const isGit = sourceKind(source) === "git";
  const place = placeWords(source);
  const to = (what: "commit" | "folder"): string | undefined =>
    isGit ? webAddress(source.repoURL, { revision: is ?? "", path: source.path ?? "", is: what }) : undefined;
  const asked = source.targetRevision || (isGit ? "HEAD" : "*");
  return (
    <Part title={of === 1 ? "Source" : `Source ${at + 1} of ${of}${source.name ? `: ${source.name}` : ""}`}>
      <Facts
        facts={[
          {
            name: isGit ? "Repository" : "From",
            words: <WebLink to={isGit ? webAddress(source.repoURL) : undefined}>{source.repoURL}</WebLink>,
          },
          {
            name: "Revision",
            as: "mono",
            words: (
              <>
                {asked}
                {is !== undefined && is !== "" && is !== asked && (
                  <>
                    {" is now "}
                    <WebLink to={to("commit")}>{shortOf(is)}</WebLink>
                  </>
                )}
              </>
            ),
          },
          { name: place.what, as: "mono", words: <WebLink to={to("folder")}>{place.name}</WebLink> },
          ...(type === undefined || type === "" ? [] : [{ name: "Rendered as", words: type }]),
          ...sourceFacts(source),
        ]}
      />
      {source.helm?.valuesObject !== undefined && (
        <WrittenValues title="Values in the application" text={yamlText(source.helm.valuesObject)} />
      )}
      {source.helm?.values !== undefined && source.helm.values !== "" && (
        <WrittenValues title="Values in the application, as a text" text={source.helm.values} />
      )}
    </Part>
  );
}

function WrittenValues({ title, text }: { title: string; text: string }) {
  return (
    <details>
      <summary>
        {title} · {text.split("\n").length} lines
      </summary>
      <Scrolled as="manifest" label={title}>
        {text}
      </Scrolled>
    </details>
  );
}

function SyncWindows({ app, windows }: { app: Application; windows: Windows }) {
  const { project } = app.spec;
  const now = reader();
  return (
    <Part title="Sync windows">
      {windowSentences(windows, now, syncsOf(app)).map((sentence) => (
        <p key={sentence}>{sentence}.</p>
      ))}
      <Facts
        facts={windows.windows.map((one) => {
          const { kind, schedule, duration, timeZone = "UTC", description = "" } = one.window;
          return {
            name: kind === "allow" ? "Allows" : "Forbids",
            words: (
              <>
                <span class="mono">{schedule}</span> for {duration}, {timeZone || "UTC"}:{" "}
                {standsWords(one, now)}
                {description !== "" && <span class="why">{description}</span>}
              </>
            ),
          };
        })}
      />
      <AsCli words={["project", "window", "list", project]} />
    </Part>
  );
}

function Links({ app }: { app: Application }) {
  const made = useAsked((signal) => askLinks(argoPathOf(app, "links"), signal), [keyOf(app)]);
  const { items, wrong } = made.is === "answered" ? made.value : { items: [], wrong: [] };
  const all = [...linksOf(app), ...items];
  if (all.length + wrong.length === 0) return null;
  return (
    <Part title="Links">
      <Facts
        facts={[
          ...all.map(({ title, url }, at) => ({
            name: at === 0 ? "Leads to" : "",
            words: <WebLink to={url}>{title || url}</WebLink>,
          })),
          ...wrong.map(({ title, why }, at) => ({
            name: at === 0 ? "No link here" : "",
            words: `${title}: ${why}`,
          })),
        ]}
      />
    </Part>
  );
}
