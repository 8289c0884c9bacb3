/** What stands around every page: where one can go, whether what is shown is of now, and what is wrong with the daemon. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Problem } from "../../core/model/problem.ts";
import { Notes } from "../components/notes.tsx";
import { Login } from "../login/login.tsx";
import { connection, daemon } from "../store/applications.ts";
import { hrefOf, place } from "../store/route.ts";
import { Keys } from "./keys.tsx";
import { Navigation } from "./navigation.tsx";
import { Palette } from "./palette.tsx";

import { setTheme, THEMES, type Theme, theme } from "./theme.ts";

export function Shell({ children }: { children: ComponentChildren }) {
  const { is, word } = connection.value;
  const { path } = place.value;
  const isFirst = useRef(true);
  useEffect(() => {
    // A page that was just loaded begins where pages do.
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    scrollTo(0, 0);
    // Whoever listens is told where they are.
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <a class="brand" href={hrefOf("/applications")} aria-label="Holdfast, all applications">
          <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
            <path
              d="M12 3v18M5 13c0 4 3 7 7 8 4-1 7-4 7-8M8.5 8h7"
              fill="none"
              stroke="currentColor"
              stroke-width="2"
              stroke-linecap="round"
              stroke-linejoin="round"
            />
            <circle cx="12" cy="4.5" r="2" fill="currentColor" />
          </svg>
          <span class="name">Holdfast</span>
        </a>
        <Navigation />
        <span class="connection" id="connection" data-is={is}>
          <span class="dot" aria-hidden="true" />
          <span id="connection-word">{word}</span>
        </span>
        <label class="theme">
          <span class="hidden-text">Theme</span>
          <select value={theme.value} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
            {THEMES.map((one) => (
              <option key={one.is} value={one.is}>
                {one.word}
              </option>
            ))}
          </select>
        </label>
        <span class="version" id="version">
          {daemon.value.version}
        </span>
      </header>
      <main id="main" tabIndex={-1}>
        <Banners />
        {connection.value.is === "locked" ? <Login wasTried={connection.value.wasTried} /> : children}
        <Problems problems={daemon.value.problems} />
      </main>
      <Notes />
      <Keys />
      <Palette />
    </>
  );
}

function Banners() {
  const { pauses } = daemon.value;
  const state = connection.value;
  return (
    <>
      {pauses.length > 0 && (
        <p class="banner" id="paused" role="status">
          {pauses.map(({ text }) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`).join("\n")}
        </p>
      )}
      {state.is === "offline" && (
        <p class="banner" id="offline" role="status">
          {state.why}
        </p>
      )}
    </>
  );
}

/** Below what people came for: mostly a warning, and never in red what is none. */
function Problems({ problems }: { problems: readonly Problem[] }) {
  if (problems.length === 0) return null;
  const worst = problems.some(({ severity }) => severity === "error") ? "error" : "warning";
  return (
    <section id="problems" aria-labelledby="problems-title" data-severity={worst}>
      <h2 id="problems-title">{worst === "error" ? "Problems of the daemon" : "Warnings of the daemon"}</h2>
      <ul>
        {problems.map(({ file, line, object, path, text, fix }) => {
          const where = [
            file === undefined ? "" : line === undefined ? file : `${file}:${line}`,
            object ?? "",
            path ?? "",
          ]
            .filter((part) => part !== "")
            .join("  ");
          return (
            <li key={`${where} ${text}`}>
              {where !== "" && <span class="place">{where}</span>}
              {text}
              {fix !== undefined && <span class="fix">. {fix}</span>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
