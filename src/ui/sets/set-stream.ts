/** What changes of ApplicationSets, by one stream for all tabs of a browser: one tab has it and tells the others. */
import { daemon } from "../store/applications.ts";
import { lines } from "../store/daemon.ts";

export type SetTold =
  /** Something may have been missed: whoever shows one looks again. */
  | { is: "again" }
  /** @param of `namespace/name` */
  | { is: "changed" | "gone"; of: string };

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** As little as a line can be: it says that something changed, and what, the answer does. What is there already is left out. */
const STREAM = `/api/v1/stream/applicationsets?${new URLSearchParams({
  resourceVersion: "now",
  fields: "result.type,result.applicationSet.metadata.name,result.applicationSet.metadata.namespace",
})}`;

interface Line {
  result?: { type?: string; applicationSet?: { metadata?: { namespace?: string; name?: string } } };
}

type Listener = (told: SetTold) => void;
const listeners = new Set<Listener>();
let leave: AbortController | undefined;

/** Until it is called off. Nothing is told of a tab that nobody looks at; whoever comes back is told `again`. */
export function onSets(listener: Listener): () => void {
  listeners.add(listener);
  if (leave === undefined) {
    leave = new AbortController();
    void run(leave.signal);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    leave?.abort();
    leave = undefined;
  };
}

function tellHere(told: SetTold): void {
  for (const listener of [...listeners]) listener(told);
}

async function run(signal: AbortSignal): Promise<void> {
  let isFirst = true;
  while (!signal.aborted) {
    await seen(signal);
    if (signal.aborted) return;
    if (!isFirst) tellHere({ is: "again" });
    isFirst = false;
    const hidden = new AbortController();
    const onHidden = (): void => {
      if (document.hidden) hidden.abort();
    };
    document.addEventListener("visibilitychange", onHidden);
    await share(AbortSignal.any([signal, hidden.signal]));
    document.removeEventListener("visibilitychange", onHidden);
  }
}

/** By this tab's own stream, or by that of another one of the same person, until the signal ends it. */
async function share(signal: AbortSignal): Promise<void> {
  // Not there without TLS, but on this machine.
  if (navigator.locks === undefined) return stream(tellHere, signal);
  // Tabs of one person share it, and no others: before the daemon said who that is, there is nothing to share.
  const asker = await whoAsks(signal);
  if (asker === undefined) return;
  const name = `${import.meta.url} sets ${asker}`;
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<SetTold>) => tellHere(data);
  const tell = (told: SetTold): void => {
    channel.postMessage(told);
    tellHere(told);
  };
  // That somebody left while it waited is no fault.
  await navigator.locks.request(name, { signal }, () => stream(tell, signal)).catch(() => undefined);
  channel.close();
}

/** @returns undefined where the signal came before the daemon's word */
function whoAsks(signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const end = (asker: string | undefined): void => {
      // The first call comes before there is anything to stop.
      queueMicrotask(() => stop());
      resolve(asker);
    };
    const stop = daemon.subscribe(({ version, asker }) => {
      if (version !== "") end(asker);
    });
    signal.addEventListener("abort", () => end(undefined));
    if (signal.aborted) end(undefined);
  });
}

async function stream(tell: Listener, signal: AbortSignal): Promise<void> {
  let pauseMs = FIRST_MS;
  while (!signal.aborted) {
    let isOpen = false;
    try {
      for await (const told of lines<Line>(STREAM, signal)) {
        pauseMs = FIRST_MS;
        // What happened before it was open, nobody told.
        if (!isOpen) tell({ is: "again" });
        isOpen = true;
        for (const { result } of told) {
          const { namespace, name } = result?.applicationSet?.metadata ?? {};
          if (namespace === undefined || name === undefined) tell({ is: "again" });
          else tell({ is: result?.type === "DELETED" ? "gone" : "changed", of: `${namespace}/${name}` });
        }
      }
    } catch {
      // It is opened again, and what was missed is looked at.
    }
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_MS);
  }
}

function seen(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
