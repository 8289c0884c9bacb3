/** A server that is not believed yet: its key or authority is pasted, its fingerprint is shown, and then it is believed. */
import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { ask } from "../store/daemon.ts";
import type { Lack } from "../words/trust-lack.ts";
import { fingerprintOf, type Given, givenFor } from "../words/trust-words.ts";

type Shown = { is: "none" } | { is: "wrong"; why: string } | { is: "shown"; all: Given[]; prints: string[] };

/** Beside other dialogs, never in one: a form holds no form. @param onAdded the repository may answer now */
export function TrustDialog({ lack, onAdded, onClose }: { lack: Lack; onAdded?(): void; onClose(): void }) {
  const [text, setText] = useState("");
  const [isInstead, setInstead] = useState(false);
  const [shown, setShown] = useState<Shown>({ is: "none" });
  useEffect(() => {
    let isLate = false;
    const show = (next: Shown): void => {
      if (!isLate) setShown(next);
    };
    // What stands there now has its fingerprint shown, or cannot be added.
    setShown({ is: "none" });
    const given = text.trim() === "" ? undefined : givenFor(lack, text);
    if (given?.is === "wrong") show(given);
    else if (given !== undefined && globalThis.crypto?.subtle === undefined)
      show({
        is: "wrong",
        why: "this browser works out no fingerprint without HTTPS: use the command line, after ssh-keygen -lf",
      });
    else if (given !== undefined)
      void Promise.all(given.all.map((one) => fingerprintOf(lack, one))).then((prints) =>
        show({ is: "shown", all: given.all, prints }),
      );
    return () => {
      isLate = true;
    };
  }, [text, lack.is, lack.host]);
  const what = lack.is === "host-key" ? "key" : "certificate";
  return (
    <Dialog
      title={`Believe ${lack.host}`}
      cli={
        lack.is === "host-key"
          ? ["cert", "add-ssh", "--batch", "--from", "FILE"]
          : ["cert", "add-tls", lack.host, "--from", "FILE"]
      }
      offer={
        shown.is === "shown"
          ? {
              label: shown.prints.length === 1 ? `Believe this ${what}` : `Believe these ${what}s`,
              async work() {
                const items = [...new Set(shown.all.map(({ item }) => item))];
                await ask("POST", `/api/v1/certificates${isInstead ? "?upsert=true" : ""}`, {
                  body: { items },
                });
                note("good", `${lack.host} is believed from now on`);
                onAdded?.();
              },
            }
          : undefined
      }
      onClose={onClose}
    >
      {lack.is === "host-key" ? (
        <p>
          Ask for its key where you trust the network, with <code>{lack.scan}</code>, and paste what that
          prints.
        </p>
      ) : (
        <p>Paste the certificate that signed its own, in PEM, as whoever runs the server gives it.</p>
      )}
      <label>
        {lack.is === "host-key" ? "Lines of a known_hosts file" : "PEM"}
        <textarea
          class="mono whole-width"
          rows={5}
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {shown.is === "wrong" && (
        <p class="refused" role="alert">
          {shown.why}
        </p>
      )}
      {shown.is === "shown" && (
        <>
          <p>Compare with what whoever runs it publishes. Whoever has another one is somebody else.</p>
          <dl class="permits">
            {shown.prints.map((print, at) => (
              <div key={print}>
                <dt>{shown.all[at]?.name}</dt>
                <dd class="mono">{print}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <p>
        <label class="choice">
          <input
            type="checkbox"
            checked={isInstead}
            onChange={(event) => setInstead(event.currentTarget.checked)}
          />
          In place of what was added for this host before
        </label>
      </p>
    </Dialog>
  );
}
