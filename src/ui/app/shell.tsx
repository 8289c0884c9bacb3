/** What stands around every page: where one can go, whether what is shown is of now, and what is wrong with the daemon. */
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Problem } from "../../core/model/problem.ts";
import { Notes } from "../components/notes.tsx";
import { Timed } from "../components/time.tsx";
import { Login } from "../login/login.tsx";
import { LoginOver } from "../login/login-over.tsx";
import { connection, daemon, known } from "../store/applications.ts";
import { hasLeft } from "../store/leaving.ts";
import { place } from "../store/route.ts";
import { whyStale } from "../store/stale.ts";
import { Keys } from "./keys.tsx";
import { Navigation } from "./navigation.tsx";
import { OwnBanner } from "./own-banner.tsx";
import { Palette } from "./palette.tsx";
import { TopBar } from "./top-bar.tsx";

/**
 * The page comes as a component, not as a child: a child is one node that is drawn again and again, and preact lets it
 * hold on to the elements of a page that was left long ago.
 */
export function Shell({ page: Page }: { page: ComponentType }) {
  const state = connection.value;
  // Where somebody logged out nothing stays in sight; a login that ended takes nothing from whoever is at something.
  const isOver = state.is === "locked" && known.value !== undefined && !hasLeft();
  const isLocked = state.is === "locked" && !isOver;
  const { path } = place.value;
  const isFirst = useRef(true);
  useEffect(() => {
    // A page that was just loaded begins where pages do.
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    scrollTo(0, 0);
    return whenTitled((title) => title.focus({ preventScroll: true }));
  }, [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar />
      {!isLocked && <Navigation />}
      <main
        id="main"
        tabIndex={-1}
        class={isLocked ? undefined : "has-rail"}
        data-is={whyStale() === undefined ? undefined : "stale"}
      >
        {!isLocked && <OwnBanner at="top" />}
        <Banners />
        {isLocked ? <Login wasTried={state.wasTried} at="page" /> : <Page />}
        <Problems problems={daemon.value.problems} />
        {!isLocked && <OwnBanner at="bottom" />}
      </main>
      {isOver && <LoginOver wasTried={state.wasTried} />}
      <Notes />
      <Keys />
      {!isLocked && <Palette />}
    </>
  );
}

/** Whoever listens is told where they are, also where the page's scripts come first. @returns leaves it */
function whenTitled(then: (title: HTMLElement) => void): () => void {
  const find = (): HTMLElement | null => document.querySelector<HTMLElement>("main h1");
  const there = find();
  if (there !== null) {
    then(there);
    return () => undefined;
  }
  const watch = new MutationObserver(() => {
    const title = find();
    if (title === null) return;
    watch.disconnect();
    // Whoever went on meanwhile is left where they are.
    if (document.activeElement === document.body || document.activeElement?.closest(".rail") !== null)
      then(title);
  });
  watch.observe(document.getElementById("main") ?? document.body, { childList: true, subtree: true });
  return () => watch.disconnect();
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
          <Timed text={state.why} />
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
