/** All that differs between what is there and Git, or between two states of Git. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { AsCli, copy } from "../components/as-cli.tsx";
import { Visible } from "../components/diff-line.tsx";
import { note } from "../components/notes.tsx";
import { Ago } from "../components/time.tsx";
import { read } from "../store/daemon.ts";
import { go, place, withQuery } from "../store/route.ts";
import { keyOf } from "../words/app-words.ts";
import { planWords } from "../words/deployment-words.ts";
import { type AskedPart, type DiffFile, fileName, type Layout, LONG, rowsOf } from "../words/diff-rows.ts";
import { diffCli } from "../words/diff-sides.ts";
import { CHANGE_WORDS, Counts, DiffRows } from "./diff-files.tsx";
import { DiffSides, sidesOf } from "./diff-sides.tsx";
import { ourPathOf } from "./paths.ts";
import { askRefresh } from "./refresh.ts";
import { type Compared, type Sides, useDiff } from "./use-diff.ts";
import { readViewed, withViewed } from "./viewed.ts";

/** Objects that are named beside the lines; what is more is found by its change. */
const MOST_NAMED = 300;
const CHANGES = ["prune", "create", "change", "unknown"] as const;

export function DiffView({ app }: { app: Application }) {
  const sides = sidesOf(place.value.query);
  const { diff, showNewer, load } = useDiff(app, sides);
  // Of what is followed it stands at the head already.
  const cli = sides.target === "git" ? undefined : diffCli(keyOf(app), sides.base, sides.target);
  return (
    <>
      <DiffSides app={app} sides={sides} />
      {diff.is === "asking" ? (
        <p class="dim">Comparing…</p>
      ) : diff.is === "refused" ? (
        <p class="refused" role="alert">
          {diff.why}
        </p>
      ) : (
        <>
          {diff.newer !== undefined && (
            <p class="newer" role="status">
              {diff.newer.revision === diff.shown.revision ? "It differs otherwise now" : "A commit came"},
              and what you read is from <Ago at={diff.shown.at ?? ""} />.{" "}
              <button type="button" onClick={showNewer}>
                Show how it is now
              </button>
            </p>
          )}
          {diff.trouble !== undefined && (
            <p class="refused" role="alert">
              {diff.trouble}
            </p>
          )}
          {diff.shown.files.length === 0 ? (
            <Nothing app={app} compared={diff.shown} sides={sides} />
          ) : (
            <Files key={diff.shown.tag} app={app} compared={diff.shown} sides={sides} onLoad={load} />
          )}
          {cli !== undefined && <AsCli words={cli} />}
        </>
      )}
    </>
  );
}

function Nothing({ app, compared: { at }, sides }: { app: Application; compared: Compared; sides: Sides }) {
  const isLive = sides.base === "live" && sides.target === "git";
  return (
    <p>
      {isLive
        ? "No differences: it is as Git says."
        : sides.base === "live"
          ? "No differences: what is there is as that revision has it."
          : "No differences: both are the same."}{" "}
      {at !== undefined && (
        <span class="dim">
          Compared <Ago at={at} />.
        </span>
      )}{" "}
      <Refresh app={app} />
    </p>
  );
}

function Refresh({ app }: { app: Application }) {
  const [isAsking, setAsking] = useState(false);
  const refresh = async (): Promise<void> => {
    if (isAsking) return;
    setAsking(true);
    try {
      await askRefresh(app, "normal");
    } catch (cause) {
      note("bad", cause instanceof Error ? cause.message : String(cause));
    } finally {
      setAsking(false);
    }
  };
  return (
    <button type="button" aria-busy={isAsking} onClick={() => void refresh()}>
      Compare again
    </button>
  );
}

const WIDE = "(min-width: 1100px)";

/** As the address says, else as the window has room. */
function useLayout(): Layout {
  const [isWide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const wide = matchMedia(WIDE);
    const look = (): void => setWide(wide.matches);
    wide.addEventListener("change", look);
    return () => wide.removeEventListener("change", look);
  }, []);
  const asked = place.value.query.get("lines");
  return asked === "split" || asked === "unified" ? asked : isWide ? "split" : "unified";
}

function Files({
  app,
  compared: { files: all, at: comparedAt },
  sides,
  onLoad,
}: {
  app: Application;
  compared: Compared;
  sides: Sides;
  onLoad(file: DiffFile, part: AskedPart): Promise<void>;
}) {
  const layout = useLayout();
  const change = place.value.query.get("change");
  const files = useMemo(
    () => (all.some((file) => file.change === change) ? all.filter((file) => file.change === change) : all),
    [all, change],
  );
  const [viewed, setViewed] = useState(readViewed);
  const [chosen, setChosen] = useState<ReadonlyMap<string, "open" | "closed">>(new Map());
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<number>();
  const closed = useMemo(
    () =>
      new Set(
        files.flatMap((file) => {
          const isLong = all.length > 1 && file.near > LONG;
          const state = chosen.get(file.id) ?? (isLong || viewed.has(file.id) ? "closed" : "open");
          return state === "closed" ? [file.id] : [];
        }),
      ),
    [files, chosen, viewed],
  );
  const { rows, changes, longest } = useMemo(
    () => rowsOf(files, closed, layout, opened),
    [files, closed, layout, opened],
  );
  const step = (by: 1 | -1): void => {
    const next =
      by === 1 ? changes.find((one) => one > (at ?? -1)) : changes.findLast((one) => one < (at ?? 0));
    if (next !== undefined) setAt(next);
  };
  // Wherever the focus is: whoever came by `d` has it nowhere yet.
  useShortcuts({ change: (key) => step(key === "n" ? 1 : -1) });
  const choose = (file: DiffFile, state: "open" | "closed"): void =>
    setChosen(new Map(chosen).set(file.id, state));
  return (
    <section class="differences" aria-label="Differences">
      <div class="row">
        <p class="sum">
          {capital(planWords(all, "kept"))}.{" "}
          {comparedAt !== undefined && (
            <span class="dim">
              Compared <Ago at={comparedAt} />.
            </span>
          )}
        </p>
        <Layouts layout={layout} />
        <Patch app={app} sides={sides} />
        <button type="button" title="p" onClick={() => step(-1)}>
          Previous change
        </button>
        <button type="button" title="n" onClick={() => step(1)}>
          Next change
        </button>
      </div>
      <div class="files">
        <Names
          all={all}
          files={files}
          viewed={viewed}
          onGo={(file) => setAt(rows.findIndex((row) => row.is === "file" && row.file.id === file.id))}
        />
        <DiffRows
          rows={rows}
          longest={longest}
          at={at}
          viewed={viewed}
          onToggle={(file, state) => choose(file, state === "open" ? "closed" : "open")}
          onViewed={(file, is) => {
            setViewed(withViewed(viewed, file.id, is));
            choose(file, is === "viewed" ? "closed" : "open");
          }}
          onLeft={(file) => {
            const next = new Set(opened);
            if (!next.delete(file.id)) next.add(file.id);
            setOpened(next);
          }}
          onLoad={(file, part) => void onLoad(file, part)}
        />
      </div>
    </section>
  );
}

function Layouts({ layout }: { layout: Layout }) {
  return (
    <fieldset class="chip-group" aria-label="Lines">
      {(["unified", "split"] as const).map((one) => (
        <button
          key={one}
          type="button"
          class="chip"
          aria-pressed={layout === one}
          onClick={() => go(withQuery({ lines: one }), "replace")}
        >
          {one === "unified" ? "Unified" : "Split"}
        </button>
      ))}
    </fieldset>
  );
}

function Patch({ app, sides }: { app: Application; sides: Sides }) {
  const patch = async (): Promise<string> =>
    (await read(`${ourPathOf(app, "diff/patch")}?${new URLSearchParams({ ...sides })}`)).text();
  const told = (work: (text: string) => void | Promise<void>) => (): void =>
    void patch()
      .then(work)
      .catch((cause: unknown) => note("bad", cause instanceof Error ? cause.message : String(cause)));
  const save = (text: string): void => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/x-diff" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `${app.metadata.namespace}-${app.metadata.name}.patch`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <>
      <button type="button" class="link" onClick={told((text) => copy(text, `the patch of ${keyOf(app)}`))}>
        Copy as patch
      </button>
      <button type="button" class="link" onClick={told(save)}>
        Download
      </button>
    </>
  );
}

/** Each object, with how much of it differs; a change narrows them. */
function Names({
  all,
  files,
  viewed,
  onGo,
}: {
  all: readonly DiffFile[];
  files: readonly DiffFile[];
  viewed: ReadonlySet<string>;
  onGo(file: DiffFile): void;
}) {
  const { query } = place.value;
  if (all.length === 1) return null;
  const rest = files.length - MOST_NAMED;
  const seen = all.filter(({ id }) => viewed.has(id)).length;
  return (
    <nav class="names" aria-label="Objects that differ">
      <div class="chip-group">
        {CHANGES.map((change) => {
          const many = all.filter((file) => file.change === change).length;
          const isOn = query.get("change") === change;
          return many === 0 ? null : (
            <button
              key={change}
              type="button"
              class="chip"
              aria-pressed={isOn}
              onClick={() => go(withQuery({ change: isOn ? undefined : change }), "push")}
            >
              {CHANGE_WORDS[change]} {many}
            </button>
          );
        })}
      </div>
      <ul>
        {files.slice(0, MOST_NAMED).map((file) => (
          <li key={file.id}>
            <button type="button" class="plain" title={fileName(file)} onClick={() => onGo(file)}>
              <span class="which">
                <span>
                  {viewed.has(file.id) && <span title="viewed">✓ </span>}
                  <Visible text={file.name} />
                </span>{" "}
                <span class="dim">{file.kind}</span>
              </span>
              <Counts file={file} />
            </button>
          </li>
        ))}
        {rest > 0 && <li class="dim">and {rest} more</li>}
      </ul>
      {seen > 0 && (
        <p class="dim">
          {seen} of {all.length} viewed
        </p>
      )}
    </nav>
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
