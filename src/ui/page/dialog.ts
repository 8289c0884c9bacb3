/** The page's only dialog: shows what would be done before it is done, and what the daemon says against it. */
import { byId } from "./dom.ts";

export interface Question {
  /** In place of what stood there. */
  show(...content: (Node | string)[]): void;
  /** What the button does, and says. Without it there is nothing to be done but to close. */
  offer(label: string, work: () => Promise<unknown>): void;
  /** There is nothing to be done any more. */
  withdraw(): void;
  refuse(cause: unknown): void;
  close(): void;
}

interface Offer {
  label: string;
  work(): Promise<unknown>;
}

let open: { offer: Offer | undefined } | undefined;

/** Opens it, with the way out in focus. What an earlier question still waits for is not shown any more. */
export function ask(title: string): Question {
  const dialog = byId<HTMLDialogElement>("dialog");
  const mine: typeof open = { offer: undefined };
  open = mine;
  byId("dialog-title").textContent = title;
  byId("dialog-content").replaceChildren();
  const isOpen = (): boolean => open === mine && dialog.open;
  const question: Question = {
    show(...content) {
      if (!isOpen()) return;
      byId("dialog-refused").hidden = true;
      byId("dialog-content").replaceChildren(...content);
    },
    offer(label, work) {
      if (!isOpen()) return;
      mine.offer = { label, work };
      showButton(mine.offer);
    },
    withdraw() {
      if (!isOpen()) return;
      mine.offer = undefined;
      showButton(undefined);
    },
    refuse(cause) {
      if (isOpen()) showRefusal(cause);
    },
    close() {
      if (isOpen()) dialog.close();
    },
  };
  byId("dialog-refused").hidden = true;
  showButton(undefined);
  if (!dialog.open) dialog.showModal();
  byId("dialog-close").focus();
  return question;

  function showButton(offer: Offer | undefined): void {
    const button = byId("dialog-do");
    button.hidden = offer === undefined;
    button.textContent = offer?.label ?? "";
    byId("dialog-close").textContent = offer === undefined ? "Close" : "Cancel";
  }
}

/** Once, when the page is loaded. */
export function listen(): void {
  const dialog = byId<HTMLDialogElement>("dialog");
  byId("dialog-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    open = undefined;
  });
  byId<HTMLFormElement>("dialog-form").addEventListener("submit", (event) => {
    event.preventDefault();
    void act();
  });
}

async function act(): Promise<void> {
  const mine = open;
  const button = byId("dialog-do");
  if (mine?.offer === undefined || button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  byId("dialog-refused").hidden = true;
  try {
    await mine.offer.work();
  } catch (cause) {
    if (open === mine) showRefusal(cause);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function showRefusal(cause: unknown): void {
  byId("dialog-refused").hidden = false;
  byId("dialog-refused").textContent = cause instanceof Error ? cause.message : String(cause);
}
