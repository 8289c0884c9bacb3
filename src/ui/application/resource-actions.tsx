/** What can be done to one object: a menu of its actions, each shown before it is done, and its end. */
import { useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { ActionDialog, type Offered } from "./action-dialog.tsx";
import { argoPathOf } from "./paths.ts";
import { objectQuery } from "./use-live.ts";

const MENU = "resource-actions";

/** @param onDelete where it may be deleted; the menu has it last */
export function ResourceActions({
  app,
  id,
  noDelete,
  onDelete,
}: {
  app: Application;
  id: string;
  noDelete: string | undefined;
  onDelete(): void;
}) {
  const menu = useRef<HTMLDivElement>(null);
  const [looks, setLooks] = useState(0);
  const [chosen, setChosen] = useState<Offered>();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" popovertarget={MENU}>
        Actions <span class="chevron" aria-hidden="true" />
      </button>
      {/* Closed by the browser at Escape and at a click elsewhere, which gives the focus back. */}
      <div
        class="actions-menu"
        id={MENU}
        popover="auto"
        // Until the next turn: the key that closes it closes nothing below it.
        data-is-open={isOpen ? "yes" : undefined}
        ref={menu}
        onToggle={(event) => {
          const isNow = (event as unknown as { newState?: string }).newState === "open";
          setOpen(isNow);
          // What makes sense now may not have a minute ago.
          if (isNow) setLooks((before) => before + 1);
        }}
      >
        {isOpen && (
          <Menu
            app={app}
            id={id}
            looks={looks}
            onChoose={(action) => {
              menu.current?.hidePopover();
              setChosen(action);
            }}
          />
        )}
        <hr />
        <button
          type="button"
          aria-disabled={noDelete !== undefined}
          title={noDelete}
          onClick={() => {
            if (noDelete !== undefined) return;
            menu.current?.hidePopover();
            onDelete();
          }}
        >
          Delete…
        </button>
      </div>
      {chosen !== undefined && (
        <ActionDialog app={app} id={id} action={chosen} onClose={() => setChosen(undefined)} />
      )}
    </>
  );
}

function Menu({
  app,
  id,
  looks,
  onChoose,
}: {
  app: Application;
  id: string;
  looks: number;
  onChoose(action: Offered): void;
}) {
  const answer = useAsked(
    (signal) =>
      ask<{ actions: Offered[] }>("GET", `${argoPathOf(app, "resource/actions")}&${objectQuery(id)}`, {
        signal,
      }),
    [keyOf(app), id, looks],
  );
  return (
    <Asked answer={answer} waiting="Asking what can be done">
      {({ actions }) =>
        actions.length === 0 ? (
          <p class="dim">There are no actions for its kind.</p>
        ) : (
          actions.map((action) => {
            const why =
              action.denied ?? (action.disabled ? (action.why ?? "It makes no sense now") : undefined);
            return (
              <button
                key={action.name}
                type="button"
                aria-disabled={why !== undefined}
                title={action.denied === undefined ? action.needs : `It needs ${action.needs}`}
                onClick={() => why === undefined && onChoose(action)}
              >
                <span>
                  {action.name}
                  {action.params.length > 0 && "…"}
                  <small>{why ?? action.description ?? ""}</small>
                </span>
              </button>
            );
          })
        )
      }
    </Asked>
  );
}
