/** An object at a glance: what it runs, where, since when, whose it is and where Git writes it. */
import type { ComponentChildren } from "preact";
import type { Application } from "../../core/model/application.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { later } from "../components/later.tsx";
import { Ago } from "../components/time.tsx";
import { askLinks } from "../store/daemon.ts";
import { hrefOf, withQuery } from "../store/route.ts";
import { keyOf } from "../words/app-words.ts";
import { factsOf } from "../words/resource-facts.ts";
import { idOf } from "./outline.ts";
import { argoPathOf } from "./paths.ts";
import { Written } from "./resource-manifest.tsx";
import { objectQuery, useLive } from "./use-live.ts";
import type { Tree } from "./use-tree.ts";

const MadeLinkList = later(() => import("../components/made-links.tsx")).extra(
  ({ MadeLinkList }) => MadeLinkList,
);

export function ResourceSummary({ app, id, tree }: { app: Application; id: string; tree: Tree | undefined }) {
  const answer = useLive(app, id);
  const node = tree?.nodes.find((one) => idOf(one) === id);
  const owner = tree?.nodes.find(
    ({ uid }) => uid !== undefined && node?.parentRefs?.some((one) => one.uid === uid),
  );
  const owned = tree?.items.find((one) => one.id === id)?.children ?? [];
  const made = useAsked(
    (signal) => askLinks(`${argoPathOf(app, "resource/links")}&${objectQuery(id)}`, signal),
    [keyOf(app), id],
  );
  return (
    <>
      <Written app={app} id={id} />
      <Asked answer={answer} waiting="Asking the cluster">
        {(object) => (
          <dl class="at-a-glance">
            {object.metadata.creationTimestamp !== undefined && (
              <Line label="Created">
                <Ago at={object.metadata.creationTimestamp} />
              </Line>
            )}
            {(node?.info ?? []).map(({ name, value }) => (
              <Line key={name} label={name}>
                {value}
              </Line>
            ))}
            {factsOf(object)
              // Once is enough, by whoever says it first.
              .filter(
                ({ label }) =>
                  !(node?.info ?? []).some(
                    ({ name }) => name === label || (name === "Restart Count" && label === "Restarts"),
                  ),
              )
              .map(({ label, values }) => (
                <Line key={label} label={label}>
                  {values.map((value) => (
                    <span key={value} class="mono">
                      {value}
                    </span>
                  ))}
                </Line>
              ))}
            {owner !== undefined && (
              <Line label="Owner">
                <To id={idOf(owner)} />
              </Line>
            )}
            {owned.length > 0 && (
              <Line label="Owns">
                {owned.slice(0, 20).map((one) => (
                  <To key={one.id} id={one.id} />
                ))}
                {owned.length > 20 && <span class="dim">and {owned.length - 20} more</span>}
              </Line>
            )}
            {made.is === "answered" && made.value.items.length + made.value.wrong.length > 0 && (
              <Line label="Links">
                <MadeLinkList links={made.value} />
              </Line>
            )}
          </dl>
        )}
      </Asked>
    </>
  );
}

function Line({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function To({ id }: { id: string }) {
  const [, kind, , name] = id.split("/");
  return (
    <a href={hrefOf(withQuery({ node: id, tab: undefined }))}>
      {kind} {name}
    </a>
  );
}
