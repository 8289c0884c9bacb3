/** What the page costs somebody who uses it for long: pages that are gone to, again and again, and changes that come without end. */
import type { Page as Tab } from "playwright-core";

/** Lists that the rail leads to. */
const PLACES = [
  "resources",
  "projects",
  "clusters",
  "repositories",
  "activity",
  "applicationsets",
  "settings",
];

export interface Use {
  /** Milliseconds from a click on a page's link to that page being drawn. `cold`: its scripts were not there yet. */
  opened(url: string, place: string): Promise<{ cold: number; warm: number }>;
  /** Each page `rounds` times. What is more afterwards than after the first rounds, with garbage collected. */
  visited(url: string, one: string, rounds: number): Promise<Growth>;
  /** @param work what goes on meanwhile; @returns what is more afterwards */
  grown(work: () => Promise<void>): Promise<Growth>;
  /** Milliseconds of the main thread's own CPU for each frame, while `step` is done in each. */
  frame(frames: number, step: "scroll" | "pan"): Promise<number>;
}

export interface Growth {
  /** Bytes that are alive. */
  heap: number;
  /** Of the document and those that something still holds on to. */
  nodes: number;
  listeners: number;
}

export async function useOf(tab: Tab): Promise<Use> {
  const cdp = await tab.context().newCDPSession(tab);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const metric = async (name: string): Promise<number> =>
    (await cdp.send("Performance.getMetrics")).metrics.find((one) => one.name === name)?.value ?? NaN;
  const now = async (): Promise<Growth> => {
    // What one collection frees may hold on to what the next one does.
    for (let nth = 0; nth < 3; nth += 1) await cdp.send("HeapProfiler.collectGarbage");
    return {
      heap: (await cdp.send("Runtime.getHeapUsage")).usedSize,
      ...{ nodes: await metric("Nodes"), listeners: await metric("JSEventListeners") },
    };
  };
  const since = async (before: Growth): Promise<Growth> => {
    const after = await now();
    return {
      heap: after.heap - before.heap,
      nodes: after.nodes - before.nodes,
      listeners: after.listeners - before.listeners,
    };
  };
  const click = (href: string): Promise<number> => tab.evaluate(clicked, href);
  return {
    async opened(url, place) {
      await tab.goto("about:blank");
      await cdp.send("Network.clearBrowserCache");
      await tab.goto(url);
      await tab.locator(".app[id]").first().waitFor();
      const cold = await click(place);
      // The list may be one of whose rows are asked for anew.
      await click("/applications");
      return { cold, warm: await click(place) };
    },
    async visited(url, one, rounds) {
      await tab.goto(url);
      await tab.locator(".app[id]").first().waitFor();
      const round = async (): Promise<void> => {
        for (const place of [...PLACES.map((name) => `/${name}`), "/applications"]) await click(place);
        await tab.locator(`a[href$="${one}"]`).first().click();
        await tab.locator("[role=tab]").first().waitFor();
        await click("/applications");
      };
      for (let nth = 0; nth < 3; nth += 1) await round();
      const before = await now();
      for (let nth = 0; nth < rounds; nth += 1) await round();
      return since(before);
    },
    async grown(work) {
      const before = await now();
      await work();
      await tab.waitForTimeout(500);
      return since(before);
    },
    async frame(frames, step) {
      const before = await metric("TaskDuration");
      await tab.evaluate(moved, { frames, step });
      return (((await metric("TaskDuration")) - before) * 1e3) / frames;
    },
  };
}

/** In the page. @returns milliseconds to the frame after the one in which the other page stands, whose data may still come */
function clicked(href: string): Promise<number> {
  return new Promise((resolve) => {
    const title = (): string => `${location.pathname} ${document.title}`;
    const [from, before] = [performance.now(), title()];
    const link = [...document.querySelectorAll("a[href]")].find((one) => one.getAttribute("href") === href);
    if (link instanceof HTMLElement) link.click();
    const look = (): void => {
      const isThere =
        title() !== before &&
        document.querySelector("main h1") !== null &&
        document.querySelector("main .soon") === null;
      if (isThere) requestAnimationFrame(() => resolve(performance.now() - from));
      else requestAnimationFrame(look);
    };
    // What is drawn anew is so after this turn.
    requestAnimationFrame(look);
  });
}

function moved({ frames, step }: { frames: number; step: "scroll" | "pan" }): Promise<void> {
  return new Promise((resolve) => {
    let [nth, down] = [0, 40];
    const turn = (): void => {
      nth += 1;
      const view = document.querySelector(".graph");
      if (step === "scroll" || view === null) scrollBy(0, 120);
      else {
        const before = view.scrollTop;
        view.scrollBy(0, down);
        if (view.scrollTop === before) down = -down;
      }
      if (nth < frames) requestAnimationFrame(turn);
      else resolve();
    };
    requestAnimationFrame(turn);
  });
}
