/** What an application would make, before it is there: the daemon renders it and holds it against its cluster, and writes nothing. */
import { useState } from "preact/hooks";
import type { ApplicationPreview } from "../../core/model/application-preview.ts";
import type { ObjectEffect } from "../../core/model/blast-report.ts";
import { ownerWords } from "../../core/model/drift-change.ts";
import { plainObject } from "../../core/model/plain-object.ts";
import { TextDiff } from "../components/text-diff.tsx";
import { Ago } from "../components/time.tsx";
import { objectName } from "../words/deployment-words.ts";
import { asSynced, effectWord, inOrder, previewWords } from "../words/preview-words.ts";
import { yamlText } from "../words/yaml-text.ts";

/** Objects that are listed at once. */
const FEW = 200;

/** @param of one that is not there yet, or one that is written otherwise now */
export function Preview({
  told: { effect: told, images, revisions },
  of = "new",
  makes,
}: {
  told: ApplicationPreview;
  of?: "new" | "edited";
  /** A namespace that its sync makes where it is not there: it is none of the objects. */
  makes?: string | undefined;
}) {
  const [most, setMost] = useState(FEW);
  if (told.is === "failed")
    return (
      <p class="refused" role="alert">
        {told.why}
        {told.fix !== undefined && `. ${told.fix}`}
      </p>
    );
  const effect = asSynced(told);
  const objects = inOrder(effect.objects);
  return (
    <>
      <p class="words" data-tone={effect.refused === undefined ? "moving" : "bad"}>
        {previewWords(effect, of)}
      </p>
      <dl>
        <div>
          <dt>Cluster</dt>
          <dd>{effect.cluster}</dd>
        </div>
        {makes !== undefined && (
          <div>
            <dt>Namespace</dt>
            <dd>{makes}, created first where it is not there</dd>
          </div>
        )}
        <div>
          <dt>Syncs</dt>
          <dd>
            {effect.syncs === "by-itself"
              ? `by itself, as soon as it is ${of === "new" ? "made" : "written"}`
              : "when somebody asks"}
          </dd>
        </div>
        <div>
          <dt>At</dt>
          <dd class="mono">{revisions.join(", ")}</dd>
        </div>
        <div>
          <dt>Images</dt>
          <dd class="mono">{images.length === 0 ? "none" : images.join(", ")}</dd>
        </div>
      </dl>
      {effect.warnings.map((text) => (
        <p key={text} class="words" data-tone="behind">
          {text}
        </p>
      ))}
      <ul class="plan" aria-label={of === "new" ? "What it would make" : "What its next sync would do"}>
        {objects.slice(0, most).map((object) => (
          <li key={`${object.group}/${objectName(object)}`} data-change={object.effect}>
            <Made object={object} />
          </li>
        ))}
      </ul>
      {objects.length > most && (
        <button type="button" class="link" onClick={() => setMost(most + FEW)}>
          {objects.length - most} more
        </button>
      )}
    </>
  );
}

function Made({ object }: { object: ObjectEffect }) {
  const [isOpen, setOpen] = useState(false);
  const { effect, why, live, predicted, fields } = object;
  const title = (
    <>
      <b>{effectWord(effect)}</b> <span class="mono">{objectName(object)}</span>
    </>
  );
  const reason = why !== undefined && <p class={effect === "stay" ? "dim" : "refused"}>{why}</p>;
  if (live === undefined && predicted === undefined)
    return (
      <div class="object">
        {title}
        {reason}
      </div>
    );
  const owned = fields.filter(({ owner }) => owner !== undefined);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {reason}
      {isOpen && (
        <>
          <TextDiff
            before={live && yamlText(plainObject(live))}
            after={predicted && yamlText(plainObject(predicted))}
          />
          {owned.map(({ path, owner }) => (
            <p key={path} class="dim">
              <span class="mono">{path}</span> was set by {owner !== undefined && ownerWords(owner)}{" "}
              {owner?.time !== undefined && owner.time !== "" && <Ago at={owner.time} />}
            </p>
          ))}
        </>
      )}
    </details>
  );
}
