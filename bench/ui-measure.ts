/** What a browser takes for something, told by the browser itself. */
import type { Browser, CDPSession, Page as Tab } from "playwright-core";

export interface Loaded {
  /** From the start of the navigation until what was waited for was painted. */
  ms: number;
  /** As they were sent, of addresses that are like that. */
  bytes(path: RegExp): number;
  requests(path: RegExp): number;
}

export interface Page {
  /** Once, for nothing: the first page of a browser takes longer than all others. */
  warm(url: string): Promise<void>;
  /** With an empty cache, five times: the one in the middle. @param throttle how many times slower the CPU is */
  load(url: string, until: string, how?: { throttle?: number }): Promise<Loaded>;
  at(url: string): Promise<Page>;
  /** Bytes that are alive. */
  heap(): Promise<number>;
  /** Milliseconds from a key to the second frame after it. */
  typing(field: string, text: string): Promise<{ median: number; most: number }>;
  scrolling(ms: number, rows: string): Promise<{ longTasks: number; lateFrames: number; rows: number }>;
  /** Scrolls a box down and up. @returns `p95` in milliseconds, of the times between frames; how many `elements` there were at most */
  panning(ms: number, box: string, elements: string): Promise<{ p95: number; elements: number }>;
  /** @param tenth done every tenth of a second. Shares are percent of the time. */
  busyWhile(ms: number, tenth: () => void): Promise<{ share: number; shift: number }>;
  /** Where what it costs over time is measured. */
  tab: Tab;
  close(): Promise<void>;
}

export async function measure(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await Promise.all(
    ["Network", "Performance", "HeapProfiler"].map((name) => cdp.send(`${name}.enable` as never)),
  );
  const once = async (
    url: string,
    until: string,
    { throttle = 1 }: { throttle?: number },
  ): Promise<Loaded> => {
    await page.goto("about:blank");
    await cdp.send("Network.clearBrowserCache");
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: throttle });
    const { sent, end } = follow(cdp);
    await page.goto(url, { waitUntil: "commit" });
    const ms = await page.evaluate(painted, until);
    await page.waitForTimeout(300);
    end();
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    const like = (path: RegExp) => sent.filter((one) => path.test(one.path));
    return {
      ms,
      bytes: (path) => like(path).reduce((sum, { bytes }) => sum + bytes, 0),
      requests: (path) => like(path).length,
    };
  };
  const self: Page = {
    async warm(url) {
      await page.goto(url);
      await page.waitForTimeout(500);
    },
    async load(url, until, how = {}) {
      const loads: Loaded[] = [];
      for (let run = 0; run < RUNS; run += 1) loads.push(await once(url, until, how));
      return loads.toSorted((one, other) => one.ms - other.ms)[Math.floor(RUNS / 2)] as Loaded;
    },
    async at(url) {
      await page.goto(url);
      return self;
    },
    async heap() {
      await cdp.send("HeapProfiler.collectGarbage");
      return (await cdp.send("Runtime.getHeapUsage")).usedSize;
    },
    async typing(field, text) {
      await page.focus(field);
      await page.evaluate(noteKeys, field);
      for (const letter of text) {
        await page.keyboard.press(letter === " " ? "Space" : letter);
        await page.waitForTimeout(120);
      }
      const took = (await page.evaluate("globalThis.took")) as number[];
      const inOrder = took.toSorted((a, b) => a - b);
      return { median: inOrder[Math.floor(inOrder.length / 2)] ?? NaN, most: inOrder.at(-1) ?? NaN };
    },
    panning: (ms, box, elements) => page.evaluate(panned, { ms, box, elements }),
    scrolling: (ms, rows) => page.evaluate(scrolled, { ms, rows }),
    async busyWhile(ms, tenth) {
      await page.waitForTimeout(500);
      await page.evaluate(noteShifts);
      const before = await taskSeconds(cdp);
      const from = performance.now();
      const timer = setInterval(tenth, 100);
      await page.waitForTimeout(ms);
      clearInterval(timer);
      const seconds = (performance.now() - from) / 1e3;
      const share = (((await taskSeconds(cdp)) - before) / seconds) * 100;
      return { share, shift: (await page.evaluate("globalThis.shift")) as number };
    },
    tab: page,
    close: () => context.close(),
  };
  return self;
}

/** An odd number. */
const RUNS = 5;

/** What is sent from now on, until it is told to end. */
function follow(cdp: CDPSession): { sent: { path: string; bytes: number }[]; end(): void } {
  const byId = new Map<string, { path: string; bytes: number }>();
  const sent: { path: string; bytes: number }[] = [];
  const begun = ({ requestId, request }: { requestId: string; request: { url: string } }): void => {
    const one = { path: new URL(request.url).pathname, bytes: 0 };
    byId.set(requestId, one);
    sent.push(one);
  };
  const ended = ({
    requestId,
    encodedDataLength,
  }: {
    requestId: string;
    encodedDataLength: number;
  }): void => {
    const one = byId.get(requestId);
    if (one !== undefined) one.bytes = encodedDataLength;
  };
  cdp.on("Network.requestWillBeSent", begun);
  cdp.on("Network.loadingFinished", ended);
  return {
    sent,
    end() {
      cdp.off("Network.requestWillBeSent", begun);
      cdp.off("Network.loadingFinished", ended);
    },
  };
}

async function taskSeconds(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN;
}

/** In the page. @returns since the navigation began */
function painted(until: string): Promise<number> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.querySelector(until) === null) requestAnimationFrame(look);
      // The frame in which it stands, then the one after it: by then the first was drawn.
      else requestAnimationFrame(() => resolve(performance.now()));
    };
    look();
  });
}

function noteKeys(field: string): void {
  const took: number[] = [];
  Object.assign(globalThis, { took });
  document
    .querySelector(field)
    ?.addEventListener(
      "input",
      (event) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => took.push(performance.now() - event.timeStamp)),
        ),
      { capture: true },
    );
}

function noteShifts(): void {
  Object.assign(globalThis, { shift: 0 });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      (globalThis as unknown as { shift: number }).shift += (entry as unknown as { value: number }).value;
  }).observe({ type: "layout-shift" });
}

function panned({
  ms,
  box,
  elements,
}: {
  ms: number;
  box: string;
  elements: string;
}): Promise<{ p95: number; elements: number }> {
  return new Promise((resolve) => {
    const took: number[] = [];
    let [most, down] = [0, 40];
    const from = performance.now();
    let last = from;
    const turn = (): void => {
      const now = performance.now();
      took.push(now - last);
      last = now;
      const view = document.querySelector(box);
      most = Math.max(most, document.querySelectorAll(elements).length);
      if (view !== null) {
        const before = view.scrollTop;
        view.scrollBy(0, down);
        if (view.scrollTop === before) down = -down;
      }
      if (now - from < ms) requestAnimationFrame(turn);
      else
        resolve({
          p95: took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.95)] ?? NaN,
          elements: most,
        });
    };
    requestAnimationFrame(turn);
  });
}

function scrolled({
  ms,
  rows,
}: {
  ms: number;
  rows: string;
}): Promise<{ longTasks: number; lateFrames: number; rows: number }> {
  return new Promise((resolve) => {
    let [longTasks, late, frames, most] = [0, 0, 0, 0];
    new PerformanceObserver((list) => {
      longTasks += list.getEntries().length;
    }).observe({ type: "longtask" });
    const from = performance.now();
    let last = from;
    const turn = (): void => {
      const now = performance.now();
      frames += 1;
      if (now - last > 33.4) late += 1;
      last = now;
      most = Math.max(most, document.querySelectorAll(rows).length);
      scrollBy(0, 120);
      if (now - from < ms) requestAnimationFrame(turn);
      else setTimeout(() => resolve({ longTasks, lateFrames: (late / frames) * 100, rows: most }), 200);
    };
    requestAnimationFrame(turn);
  });
}

/** The same browser with next to nothing to do: a bare page, one as tall as the list, and one that draws 60 rows of a list by hand. */
export function startFloor(count: number): { url: string; stop(): void } {
  const html = (body: string): Response =>
    new Response(`<!doctype html><title>floor</title><input id="query"><p id="ready">ready${body}`, {
      headers: { "content-type": "text/html" },
    });
  const row = (at: number) => ({
    name: `web-${at}`,
    sync: "Synced",
    health: "Healthy",
    revision: "main@9f2e1aa",
  });
  const list = Bun.gzipSync(JSON.stringify(Array.from({ length: count }, (_, at) => row(at))));
  const script = `<script>fetch("/rows").then((reply) => reply.json()).then((rows) => {
    const table = document.createElement("table");
    for (const row of rows.slice(0, 60)) table.insertRow().append(...Object.values(row).map((text) => Object.assign(document.createElement("td"), { textContent: text })));
    document.body.append(table);
    table.id = "ready";
  })</script>`;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/rows")
        return new Response(list, {
          headers: { "content-encoding": "gzip", "content-type": "application/json" },
        });
      if (pathname === "/tall")
        return html(`<div style="height:${count * 40}px;background:linear-gradient(red,blue)">`);
      if (pathname === "/list")
        return new Response(`<!doctype html><title>floor</title>${script}`, {
          headers: { "content-type": "text/html" },
        });
      return html("");
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, stop: () => void server.stop(true) };
}
