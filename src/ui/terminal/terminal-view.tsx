/** A shell in a container of a Pod: begun by a click, never by a link. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { usePods } from "../application/log-pods.ts";
import { ourPathOf } from "../application/paths.ts";
import { copy } from "../components/as-cli.tsx";
import { Dialog } from "../components/dialog.tsx";
import { BASE } from "../store/daemon.ts";
import { openTerminals } from "../store/held-open.ts";
import { go, place, withQuery } from "../store/route.ts";
import { execLine, LEAVING_KEYS, pasteShown } from "../words/terminal-words.ts";
import { type Line, openLine } from "./line.ts";
import { openScreen, type Screen } from "./screen.ts";

type State =
  | { is: "closed" }
  | { is: "opening" }
  | { is: "open"; container: string; shell: string }
  | { is: "ended"; why: string };

/** Whether everything is said aloud too; of this browser. */
const READER_KEY = `holdfast-terminal-reader ${BASE.pathname}`;

export function TerminalView({
  app,
  of: { namespace, name },
}: {
  app: Application;
  of: { namespace: string; name: string };
}) {
  const answer = usePods(app, `/Pod/${namespace}/${name}`);
  const containers = answer.is === "answered" ? (answer.value.pods[0]?.containers ?? []) : [];
  const running = containers.filter(({ state }) => state.is === "running");
  const asked = place.value.query.get("container");
  const chosen = running.find((one) => one.name === asked)?.name ?? running[0]?.name;
  const [state, setState] = useState<State>({ is: "closed" });
  const [reader, setReader] = useState<"on" | "off">(
    localStorage.getItem(READER_KEY) === "on" ? "on" : "off",
  );
  const [pasting, setPasting] = useState<string>();
  const host = useRef<HTMLDivElement>(null);
  const again = useRef<HTMLButtonElement>(null);
  const ends = useRef<{ screen: Screen; line: Line } | undefined>(undefined);
  const close = (): void => {
    ends.current?.line.leave();
    ends.current?.screen.remove();
    ends.current = undefined;
  };
  useEffect(() => close, []);
  // What it was opened in is another one now.
  useEffect(() => {
    close();
    setState({ is: "closed" });
  }, [namespace, name]);
  const open = (): void => {
    if (host.current === null) return;
    close();
    setState({ is: "opening" });
    const screen = openScreen(host.current, reader, {
      typed: (text) => line.type(text),
      sized: (size) => line.size(size),
      asksToPaste: setPasting,
      left: () => again.current?.focus(),
    });
    const { columns, rows } = screen.size();
    const query = new URLSearchParams({
      ...{ podNamespace: namespace, pod: name, columns: `${columns}`, rows: `${rows}` },
      ...(chosen === undefined ? {} : { container: chosen }),
    });
    const line = openLine(`${ourPathOf(app, "terminal")}?${query}`, {
      began: ({ container, shell }) => setState({ is: "open", container, shell }),
      output: (bytes) => screen.write(bytes, () => line.shown(bytes.length)),
      ended(why) {
        setState({ is: "ended", why });
        const had = host.current?.contains(document.activeElement) === true;
        screen.freeze();
        if (had) again.current?.focus();
      },
    });
    ends.current = { screen, line };
    screen.focus();
  };
  const isLive = state.is === "opening" || state.is === "open";
  useEffect(() => {
    if (!isLive) return;
    openTerminals.value += 1;
    return () => {
      openTerminals.value -= 1;
    };
  }, [isLive]);
  return (
    <div class="terminal-view">
      {containers.length > 1 && (
        <fieldset class="log-containers" aria-label="Containers">
          {containers.map((one) => (
            <button
              key={one.name}
              type="button"
              class="chip"
              aria-pressed={one.name === chosen}
              aria-disabled={one.state.is !== "running" || isLive}
              title={
                one.state.is !== "running"
                  ? `${one.name} does not run`
                  : isLive
                    ? "End this terminal first"
                    : undefined
              }
              onClick={() =>
                one.state.is === "running" && !isLive && go(withQuery({ container: one.name }), "replace")
              }
            >
              {one.name}
              {one.state.is !== "running" && <span class="dim"> does not run</span>}
            </button>
          ))}
        </fieldset>
      )}
      <div class="row terminal-tools">
        <button
          type="button"
          ref={again}
          class={isLive ? undefined : "primary"}
          aria-disabled={!isLive && answer.is === "answered" && chosen === undefined}
          title={
            !isLive && answer.is === "answered" && chosen === undefined
              ? "None of its containers runs"
              : undefined
          }
          onClick={() => {
            if (isLive) {
              close();
              setState({ is: "closed" });
            } else if (answer.is !== "answered" || chosen !== undefined) open();
          }}
        >
          {isLive ? "End" : state.is === "ended" ? "Open again" : "Open a terminal"}
        </button>
        <label>
          <input
            type="checkbox"
            checked={reader === "on"}
            onChange={(event) => {
              const next = event.currentTarget.checked ? "on" : "off";
              localStorage.setItem(READER_KEY, next);
              setReader(next);
              ends.current?.screen.setReader(next);
            }}
          />{" "}
          Screen reader
        </label>
        <span class="dim status" role="status">
          {state.is === "opening"
            ? "Opening"
            : state.is === "open"
              ? `${state.shell} in ${state.container}`
              : state.is === "closed"
                ? "Who opens one, where and for how long is written in the activity; what is typed is not."
                : ""}
        </span>
      </div>
      {isLive && (
        <p class="dim terminal-keys">
          Every key is the shell’s, Tab and Esc too. <kbd>{LEAVING_KEYS}</kbd> leaves the terminal.
        </p>
      )}
      {state.is === "ended" && (
        <p class="words" role="alert">
          It has ended: {state.why}.
        </p>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: what is in it is a terminal's, and no list of fields */}
      <div
        ref={host}
        class="terminal-box"
        role="group"
        aria-label={`Terminal of ${name}`}
        data-is={state.is}
      />
      <ByKubectl
        line={execLine({
          ...{ namespace, pod: name },
          container: state.is === "open" ? state.container : chosen,
          shell: state.is === "open" ? state.shell : undefined,
        })}
      />
      {pasting !== undefined && (
        <Dialog
          title="Paste several lines?"
          offer={{
            label: "Paste",
            work: async () => ends.current?.screen.paste(pasting),
          }}
          onClose={() => {
            setPasting(undefined);
            ends.current?.screen.focus();
          }}
        >
          <p>The shell runs each line as it comes.</p>
          <pre class="terminal-paste">{pasteShown(pasting)}</pre>
        </Dialog>
      )}
    </div>
  );
}

function ByKubectl({ line }: { line: string }) {
  return (
    <p class="cli">
      <code>{line}</code>
      <button type="button" class="link" onClick={() => void copy(line)}>
        Copy as CLI
      </button>
    </p>
  );
}
