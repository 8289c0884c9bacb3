/** What goes with an object that is deleted, line by line, as the review of a sync shows what it prunes. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { Asked } from "../components/asked.tsx";
import { TextDiff } from "../components/text-diff.tsx";
import { lostText } from "../words/lost-text.ts";
import { type LiveObject, useLive } from "./use-live.ts";

/**
 * Begins folded. What is folded is neither drawn nor asked for.
 *
 * @param id `group/Kind/namespace/name`
 * @param live what was read of it already; absent: it is asked for when it is opened
 */
export function LostObject({
  app,
  id,
  live,
  children,
}: {
  app: Application;
  id: string;
  live?: LiveObject;
  children: ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{children}</summary>
      {isOpen && (live === undefined ? <Looked app={app} id={id} /> : <Lines of={live} />)}
    </details>
  );
}

function Looked({ app, id }: { app: Application; id: string }) {
  return (
    <Asked answer={useLive(app, id)} waiting="Asking the cluster">
      {(live) => <Lines of={live} />}
    </Asked>
  );
}

function Lines({ of }: { of: LiveObject }) {
  const before = useMemo(() => lostText(of), [of]);
  return <TextDiff before={before} after={undefined} />;
}
