/** What the generators found, element by element, and what application each became or why none. */
import { pageAt } from "../application/paths.ts";
import { AsCli } from "../components/as-cli.tsx";
import { known } from "../store/applications.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { healthOf, syncOf } from "../words/app-words.ts";
import { type Elements, fates, found, rowsOf, telling } from "../words/set-elements-words.ts";
import { generatorWords, keyOfShown, policyWords, type ShownSet } from "../words/set-words.ts";
import { CameAndWent } from "./came-and-went.tsx";
import { ElementRows } from "./element-rows.tsx";
import { FindLine } from "./find-line.tsx";
import type { Followed } from "./use-sets.ts";

export function ElementsView({ shown, elements }: { shown: ShownSet; elements: Followed<Elements> }) {
  return (
    <>
      <ul class="set-policy" aria-label="What becomes of its applications">
        {policyWords(shown.applicationSet).map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      {elements.is === "asking" && <p class="dim soon">Asking what the generators found…</p>}
      {elements.is === "refused" && (
        <p class="refused" role="alert">
          {elements.why}
        </p>
      )}
      {(elements.is === "there" || elements.is === "gone") && (
        <Matrix shown={shown} elements={elements.value} />
      )}
      <CameAndWent of={keyOfShown(shown)} />
    </>
  );
}

function Matrix({ shown, elements }: { shown: ShownSet; elements: Elements }) {
  const line = place.value.query.get("find") ?? "";
  const sort = place.value.query.get("sort") === "found" ? "found" : "worst";
  const apps = known.value;
  const all = rowsOf(
    elements,
    (key) => {
      const app = apps?.get(key);
      return app && { sync: syncOf(app), health: healthOf(app) };
    },
    sort,
  );
  const rows = found(all, line);
  // What could not be asked found neither something nor nothing.
  const hasFailed = elements.generators.some(({ problems }) =>
    problems.some(({ severity }) => severity === "error"),
  );
  if (elements.is === "unknown")
    return <p class="dim">Its generators were not asked yet: what they find stands here when they were.</p>;
  return (
    <>
      <ol class="generators" aria-label="Generators">
        {elements.generators.map(({ path, elements: own, problems }, at) => {
          const generator = shown.applicationSet.spec.generators[Number(/\[(\d+)\]/.exec(path)?.[1] ?? at)];
          const errors = problems.filter(({ severity }) => severity === "error").length;
          return (
            <li key={path}>
              <button
                type="button"
                class="link mono"
                title={`Show what ${path} found alone`}
                onClick={() => go(withQuery({ find: `generator:${path}` }), "push")}
              >
                {path.replace(/^spec\./, "")}
              </button>{" "}
              {generator !== undefined && generatorWords(generator)}:{" "}
              {own.length === 1 ? "1 element" : `${own.length} elements`}
              {errors > 0 && <span data-tone="bad">, {errors === 1 ? "1 error" : `${errors} errors`}</span>}
            </li>
          );
        })}
      </ol>
      {elements.parameters === "hidden" && (
        <p class="dim">
          Parameters are shown to whoever may update the set: your policy does not let you. What came of them
          is here.
        </p>
      )}
      {all.length === 0 ? (
        !hasFailed && <p class="dim">The generators found nothing.</p>
      ) : (
        <>
          <FindLine
            id="find-elements"
            param="find"
            placeholder="words, is:held, health:degraded, name:web"
            told={rows.length === all.length ? "" : `${rows.length} of ${all.length} elements`}
            examples={fates(all).length > 1 ? fates(all).map(([is]) => `is:${is}`) : []}
          />
          {rows.length === 0 ? (
            <p>
              No element is like that.{" "}
              <button type="button" class="link" onClick={() => go(withQuery({ find: undefined }), "push")}>
                Show all
              </button>
            </p>
          ) : (
            <ElementRows rows={rows} sort={sort} names={namesOf(elements)} />
          )}
        </>
      )}
      {elements.unwanted.length > 0 && (
        <section aria-labelledby="unwanted">
          <h2 class="small" id="unwanted">
            Applications that no element makes
          </h2>
          <ul class="plain-list">
            {elements.unwanted.slice(0, MOST_UNWANTED).map(({ application, why }) => (
              <li key={application}>
                <a href={hrefOf(pageAt(application))}>{application}</a> <span class="dim">{why}</span>
              </li>
            ))}
            {elements.unwanted.length > MOST_UNWANTED && (
              <li class="dim">and {elements.unwanted.length - MOST_UNWANTED} more</li>
            )}
          </ul>
        </section>
      )}
      <AsCli words={["appset", "preview", keyOfShown(shown)]} />
    </>
  );
}

const MOST_UNWANTED = 100;

/** Of each generator, the parameters that tell its elements apart first. */
function namesOf({ generators }: Elements): ReadonlyMap<string, readonly string[]> {
  return new Map(generators.map(({ path, elements }) => [path, telling(elements)]));
}
