/** Pages whose scripts come when somebody goes there, so that the list, which is opened first, waits for none of them. */
import { signal } from "@preact/signals";
import { type ComponentType, createElement } from "preact";
import { useEffect } from "preact/hooks";

/** Scripts of a page: a module whose exports hold what draws it. */
export interface Later<T> {
  /** Begins to load what was not loaded yet; what failed is tried again. */
  load(): void;
  /** @returns a component that draws `pick` of the module, once it is there */
  part<Props extends object>(pick: (loaded: T) => ComponentType<Props>): ComponentType<Props>;
  /** The same for what a page is whole without: nothing is drawn until it is there. */
  extra<Props extends object>(pick: (loaded: T) => ComponentType<Props>): ComponentType<Props>;
}

type State<T> = { is: "unasked" } | { is: "coming" } | { is: "there"; loaded: T } | { is: "failed" };

/** @param bring `() => import("…")`, with the path written out, so that the bundler sees it */
export function later<T>(bring: () => Promise<T>): Later<T> {
  const state = signal<State<T>>({ is: "unasked" });
  const load = (): void => {
    if (state.value.is === "there" || state.value.is === "coming") return;
    state.value = { is: "coming" };
    bring().then(
      (loaded) => {
        state.value = { is: "there", loaded };
      },
      () => {
        state.value = { is: "failed" };
      },
    );
  };
  return {
    load,
    part: (pick) =>
      function Part(props) {
        useEffect(load, []);
        const now = state.value;
        if (now.is === "there") return createElement(pick(now.loaded), props);
        return now.is === "failed" ? <NotLoaded again={load} /> : <p class="dim soon">Loading…</p>;
      },
    extra: (pick) =>
      function Extra(props) {
        useEffect(load, []);
        const now = state.value;
        return now.is === "there" ? createElement(pick(now.loaded), props) : null;
      },
  };
}

/** A daemon of another version has the page's parts under other names, and a page that is open asks for the old ones. */
function NotLoaded({ again }: { again(): void }) {
  return (
    <section class="refused" role="alert">
      <p>
        This part of the page could not be loaded. The daemon cannot be reached, or it is another version than
        this page.
      </p>
      <p class="actions">
        <button type="button" onClick={again}>
          Try again
        </button>
        <button type="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      </p>
    </section>
  );
}

/** Loads what people go to next, while nothing else is to be done. */
export function whenIdle(...parts: readonly Pick<Later<unknown>, "load">[]): void {
  const begin = (): void => {
    for (const { load } of parts) load();
  };
  if ("requestIdleCallback" in globalThis) requestIdleCallback(begin, { timeout: 3_000 });
  else setTimeout(begin, 500);
}
