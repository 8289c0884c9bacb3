/** One object goes from its cluster: with what goes along, and whether it comes again. */
import { useState } from "preact/hooks";
import { type Application, healsItself } from "../../core/model/application.ts";
import { Asked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { LostObject } from "./lost-object.tsx";
import { type Item, idOf } from "./outline.ts";
import { argoPathOf } from "./paths.ts";
import { objectFlags } from "./resource-manifest.tsx";
import { objectQuery, useLive } from "./use-live.ts";
import { below, type Tree } from "./use-tree.ts";

/** Nobody reads more of them. */
const MOST_LISTED = 40;
const WITH_DATA = new Set(["/PersistentVolumeClaim", "/PersistentVolume"]);

export function DeleteResource({
  app,
  id,
  tree,
  onClose,
}: {
  app: Application;
  id: string;
  tree: Tree | undefined;
  onClose(): void;
}) {
  // That was seen: whatever has its name by then, this one is meant.
  const live = useLive(app, id);
  const [owned, setOwned] = useState<"go" | "stay">("go");
  const [isForced, setForced] = useState(false);
  const [typed, setTyped] = useState("");
  const [group = "", kind = "", , name = ""] = id.split("/");
  const item = tree?.items.find((one) => one.id === id);
  const inside = item === undefined ? [] : below(item);
  const needsTyping = [id, ...(owned === "go" ? inside.map((one) => one.id) : [])].some((one) => {
    const [ofGroup = "", ofKind = ""] = one.split("/");
    return WITH_DATA.has(`${ofGroup}/${ofKind}`);
  });
  const isSure = !needsTyping || typed === name;
  const work = async (): Promise<void> => {
    if (live.is !== "answered") return;
    const query = objectQuery(id);
    if (live.value.metadata.uid !== undefined) query.set("uid", live.value.metadata.uid);
    if (owned === "stay") query.set("orphan", "true");
    if (isForced) query.set("force", "true");
    await ask("DELETE", `${argoPathOf(app, "resource")}&${query}`);
    note("good", `${kind} ${name} is being deleted`);
  };
  return (
    <Dialog
      title={`Delete ${kind} ${name}?`}
      cli={[
        ...["app", "delete-resource", keyOf(app), ...objectFlags(id)],
        ...(owned === "stay" ? ["--orphan"] : []),
        ...(isForced ? ["--force"] : []),
      ]}
      offer={live.is === "answered" && isSure ? { label: "Delete", tone: "danger", work } : undefined}
      onClose={onClose}
    >
      <Asked answer={live} waiting="Looking at it">
        {(object) => (
          <>
            <p class="words" data-tone="behind">
              It goes from the cluster, not from Git: {comesOfIt(app, id, tree)}.
            </p>
            <ul class="plan" aria-label="What goes">
              <li data-change="prune">
                <LostObject app={app} id={id} live={object}>
                  <b>delete</b>{" "}
                  <span class="mono">
                    {kind} {name}
                  </span>
                </LostObject>
              </li>
            </ul>
            {inside.length > 0 && (
              <>
                <p>
                  {owned === "stay"
                    ? "What it owns stays, and belongs to nobody then: "
                    : inside.length === 1
                      ? "With it goes "
                      : "With it go "}
                  {inside.length === 1 ? "1 object" : `${inside.length} objects`}:
                </p>
                <ul class="plan" aria-label="What it owns">
                  {inside.slice(0, MOST_LISTED).map((one) => (
                    <Owned key={one.id} app={app} item={one} comes={owned} />
                  ))}
                  {inside.length > MOST_LISTED && <li class="dim">and {inside.length - MOST_LISTED} more</li>}
                </ul>
                <label>
                  <input
                    type="checkbox"
                    checked={owned === "stay"}
                    onChange={(event) => setOwned(event.currentTarget.checked ? "stay" : "go")}
                  />{" "}
                  Leave what it owns
                </label>
              </>
            )}
            <p>
              <label>
                <input
                  type="checkbox"
                  checked={isForced}
                  onChange={(event) => setForced(event.currentTarget.checked)}
                />{" "}
                At once: what runs gets no time to end
              </label>
            </p>
            {needsTyping && (
              <label>
                Data goes with it. Type <b>{name}</b> to delete it
                <input
                  type="text"
                  value={typed}
                  autocomplete="off"
                  onInput={(event) => setTyped(event.currentTarget.value)}
                />
              </label>
            )}
          </>
        )}
      </Asked>
      {group === "" && kind === "Namespace" && <p class="dim">With a Namespace goes everything in it.</p>}
    </Dialog>
  );
}

/** What stays is not lost, and not shown as lost. */
function Owned({ app, item, comes }: { app: Application; item: Item; comes: "go" | "stay" }) {
  const name = (
    <span class="mono">
      {item.kind} {item.name}
    </span>
  );
  if (comes === "stay")
    return (
      <li>
        <div class="object">
          <b>stays</b> {name}
        </div>
      </li>
    );
  return (
    <li data-change="prune">
      <LostObject app={app} id={item.id}>
        <b>delete</b> {name}
      </LostObject>
    </li>
  );
}

/** As `holdfast app delete-resource` says it. */
function comesOfIt(app: Application, id: string, tree: Tree | undefined): string {
  const row = app.status?.resources?.find((one) => idOf({ group: "", namespace: "", ...one }) === id);
  if (row === undefined)
    return (tree?.nodes.find((one) => idOf(one) === id)?.parentRefs ?? []).length > 0
      ? "what owns it may make it again"
      : "it is not in Git, nothing makes it again";
  if (row.requiresPruning === true) return "it is not in Git any more, nothing makes it again";
  if (row.hook === true) return "it is a hook, a sync makes it again";
  return healsItself(app.spec) ? "self-heal makes it again at once" : "the next sync makes it again";
}
