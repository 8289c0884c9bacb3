/** What would become of objects: named one by one, with the fields that would change and who set them. */
import { objectName, ownerWords, type PlannedObject, valueWords } from "../words/deployment-words.ts";
import { TextDiff } from "./text-diff.tsx";
import { Ago } from "./time.tsx";

/** Objects whose fields are listed; of more than these people read the names alone. */
const MOST_LISTED = 100;

const CHANGES = {
  create: "create",
  change: "update",
  prune: "delete",
  unknown: "cannot be compared",
  none: "nothing",
} as const;

interface RefusedObject {
  kind: string;
  namespace: string;
  name: string;
  text: string;
}

export type { PlannedObject, RefusedObject };

/** @param prunes how what is not wanted is called: where it stays, it is no deletion */
export function PlannedObjects({
  items,
  prunes = CHANGES.prune,
}: {
  items: readonly PlannedObject[];
  prunes?: string;
}) {
  const rest = items.length - MOST_LISTED;
  if (items.length === 0) return null;
  return (
    <ul class="plan" aria-label="What would change">
      {items.slice(0, MOST_LISTED).map((item) => (
        <li key={`${item.kind}/${item.namespace}/${item.name}`} data-change={item.change}>
          <Planned item={item} word={item.change === "prune" ? prunes : CHANGES[item.change]} />
        </li>
      ))}
      {rest > 0 && <li class="dim">and {rest} more</li>}
    </ul>
  );
}

function Planned({ item, word }: { item: PlannedObject; word: string }) {
  const title = (
    <>
      <b>{word}</b> <span class="mono">{objectName(item)}</span>
    </>
  );
  const { change, fields } = item;
  if (change !== "change" || fields.length === 0) return <div class="object">{title}</div>;
  return (
    <details>
      <summary>
        {title} · {fields.length === 1 ? "1 field" : `${fields.length} fields`}
      </summary>
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
    </details>
  );
}

export function RefusedObjects({ items }: { items: readonly RefusedObject[] }) {
  if (items.length === 0) return null;
  return (
    <>
      <p>Of these a guard keeps:</p>
      <ul>
        {items.slice(0, MOST_LISTED).map((item) => (
          <li key={objectName(item)}>
            {!item.text.startsWith(objectName(item)) && <span class="mono">{objectName(item)}</span>}{" "}
            {item.text}
          </li>
        ))}
      </ul>
    </>
  );
}
