/** What would become of objects: named one by one, with the lines that would change and who set them. */
import { useState } from "preact/hooks";
import { ownerWords } from "../../core/model/drift-change.ts";
import { objectName, type PlannedObject, valueWords } from "../words/deployment-words.ts";
import type { DiffFile } from "../words/diff-rows.ts";
import { beginsOpen, type PlannedEntry, settersOf } from "../words/planned-lines.ts";
import { idOfResource } from "../words/resource-ids.ts";
import { FileLines, type LoadPart } from "./file-lines.tsx";
import { CLOSED, Fold, FoldAll, type Folds, OPEN } from "./fold.tsx";
import { TextDiff } from "./text-diff.tsx";
import { Ago } from "./time.tsx";

/** Objects whose fields are listed; of more than these people read the names alone. */
const MOST_LISTED = 100;
/** Fields that are named as set by somebody. */
const MOST_PATHS = 4;

const CHANGES = {
  create: "create",
  change: "update",
  prune: "delete",
  unknown: "cannot be compared",
  none: "nothing",
} as const;

/** How an object that Git does not want is called where prune is off: it is no deletion, and not shown as one. */
export const STAYS = "not pruned";

interface RefusedObject {
  group?: string;
  kind: string;
  namespace: string;
  name: string;
  text: string;
  /** What keeps it; absent: it cannot be written. */
  guard?: string;
}

export type { PlannedObject, RefusedObject };

/** Lines of a plan, by the daemon, and the way to more of them. */
export interface PlannedLines {
  files: readonly DiffFile[];
  onLoad: LoadPart;
}

/**
 * Few begin open, many folded, and all fold at once.
 *
 * @param prunes how what is not wanted is called: where it stays, it is no deletion
 * @param lines absent: fields are listed in their place
 */
export function PlannedObjects({
  items,
  prunes,
  lines,
}: {
  items: readonly PlannedObject[];
  prunes?: string;
  lines?: PlannedLines;
}) {
  const [asked, setAsked] = useState<Folds>();
  const state = asked ?? beginningOf(items, lines);
  return (
    <>
      {foldingIn(items, lines) > 1 && <FoldAll all={state.are} onAsk={setAsked} />}
      <PlannedList {...{ items, state }} {...(prunes && { prunes })} {...(lines && { lines })} />
    </>
  );
}

/** @returns how they are before anybody folds or unfolds one */
export function beginningOf(items: readonly PlannedObject[], lines?: PlannedLines): Folds {
  return beginsOpen(entriesOf(items, lines)) ? OPEN : CLOSED;
}

/** @returns how many of them have something to unfold */
export function foldingIn(items: readonly PlannedObject[], lines?: PlannedLines): number {
  return entriesOf(items, lines).slice(0, MOST_LISTED).filter(hasMore).length;
}

function entriesOf(items: readonly PlannedObject[], lines: PlannedLines | undefined): PlannedEntry[] {
  const files = new Map(lines?.files.map((file) => [plannedKey(file), file]));
  return items.map((item) => ({ item, file: files.get(plannedKey(item)) }));
}

/** Those objects alone, for who folds several lists at once. */
export function PlannedList({
  items,
  prunes = CHANGES.prune,
  lines,
  state,
}: {
  items: readonly PlannedObject[];
  prunes?: string;
  lines?: PlannedLines;
  state: Folds;
}) {
  const rest = items.length - MOST_LISTED;
  if (items.length === 0) return null;
  return (
    <ul class="plan" aria-label="What would change">
      {entriesOf(items, lines)
        .slice(0, MOST_LISTED)
        .map((entry) => {
          const { item } = entry;
          const word = item.change === "prune" ? prunes : CHANGES[item.change];
          return (
            <li key={plannedKey(item)} data-change={word === STAYS ? "stay" : item.change}>
              {hasMore(entry) ? (
                // Of other lines it is another one: what was brought of the ones before is not theirs.
                <Planned
                  key={entry.file?.id}
                  entry={entry}
                  word={word}
                  state={state}
                  onLoad={lines?.onLoad}
                />
              ) : (
                <div class="object">
                  <Title item={item} word={word} />
                </div>
              )}
            </li>
          );
        })}
      {rest > 0 && <li class="dim">and {rest} more</li>}
    </ul>
  );
}

function plannedKey({ group = "", kind, namespace, name }: Omit<PlannedObject, "fields" | "change">): string {
  return `${group}/${kind}/${namespace}/${name}`;
}

function hasMore({ item, file }: PlannedEntry): boolean {
  return file === undefined
    ? item.change === "change" && item.fields.length > 0
    : file.why !== undefined || file.total > 0;
}

function Title({ item, word }: { item: PlannedObject; word: string }) {
  return (
    <>
      <b>{word}</b> <span class="mono">{objectName(item)}</span>
      {item.wave !== undefined && <span class="dim"> wave {item.wave}</span>}
    </>
  );
}

function Planned({
  entry: { item, file },
  word,
  state,
  onLoad,
}: {
  entry: PlannedEntry;
  word: string;
  state: Folds;
  onLoad: LoadPart | undefined;
}) {
  const { fields } = item;
  const head = (
    <>
      <Title item={item} word={word} />{" "}
      {file === undefined ? (
        <>· {fields.length === 1 ? "1 field" : `${fields.length} fields`}</>
      ) : (
        <span class="counts">
          {file.added > 0 && `+${file.added} `}
          {file.removed > 0 && `−${file.removed}`}
        </span>
      )}
    </>
  );
  return (
    <Fold state={state} head={head}>
      {() =>
        file === undefined || onLoad === undefined ? (
          <Fields fields={fields} />
        ) : (
          <>
            <FileLines file={file} onLoad={onLoad} />
            {settersOf(item).map(({ who, at, paths }) => (
              <p key={`${who} ${at}`} class="why">
                <span class="mono">{paths.slice(0, MOST_PATHS).join(", ")}</span>
                {paths.length > MOST_PATHS && ` and ${paths.length - MOST_PATHS} more`}: set by {who}
                {at !== "" && (
                  <>
                    {" "}
                    <Ago at={at} />
                  </>
                )}
              </p>
            ))}
          </>
        )
      }
    </Fold>
  );
}

function Fields({ fields }: Pick<PlannedObject, "fields">) {
  return (
    <dl>
      {fields.map(({ path, live, desired, owner }) => (
        <div key={path}>
          <dt class="mono">{path}</dt>
          <dd>
            <TextDiff before={valueWords(live)} after={valueWords(desired)} />
            {owner !== undefined && (
              <span class="dim">
                set by {ownerWords(owner)}
                {owner.time !== undefined && owner.time !== "" && (
                  <>
                    {" "}
                    <Ago at={owner.time} />
                  </>
                )}
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What the plan would not do, by why. Where prune is off nothing is refused: those are shown as not pruned. */
export function RefusedObjects({ items }: { items: readonly RefusedObject[] }) {
  return (
    <>
      <Refused
        lead="Of these a guard keeps:"
        items={items.filter(({ guard }) => guard !== undefined && guard !== "prune-off")}
      />
      <Refused lead="These are not written:" items={items.filter(({ guard }) => guard === undefined)} />
    </>
  );
}

function Refused({ lead, items }: { lead: string; items: readonly RefusedObject[] }) {
  if (items.length === 0) return null;
  return (
    <>
      <p>{lead}</p>
      <ul>
        {items.slice(0, MOST_LISTED).map((item) => (
          <li key={idOfResource(item)}>
            {!item.text.startsWith(objectName(item)) && <span class="mono">{objectName(item)}</span>}{" "}
            {item.text}
          </li>
        ))}
      </ul>
    </>
  );
}
