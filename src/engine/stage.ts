import { type AppKey, type Application, trackingName } from "../core/model/application.ts";
import type { AppState } from "../core/ports.ts";
import { equalJson } from "../lib/equal-json.ts";
import type { AppEvent } from "./control.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { statusOf } from "./publish.ts";
import type { AppSession } from "./session.ts";
import { StateWriter } from "./state-writer.ts";

/** The applications that there are, their states as stored, and everybody who wants to hear of their changes. */
export class Stage {
  readonly sessions = new Map<AppKey, AppSession>();
  readonly writer: StateWriter;
  readonly #byTrackingName = new Map<string, AppKey>();
  readonly #listeners = new Set<(event: AppEvent) => void>();

  constructor(private readonly ports: EnginePorts) {
    this.writer = new StateWriter(ports.store, ports.log);
  }

  [Symbol.iterator](): Iterator<AppSession> {
    return this.sessions.values();
  }

  get(key: AppKey): AppSession | undefined {
    return this.sessions.get(key);
  }

  /** By the name in tracking ids. */
  tracked(name: string): AppSession | undefined {
    const key = this.#byTrackingName.get(name);
    return key === undefined ? undefined : this.sessions.get(key);
  }

  add(session: AppSession): void {
    this.sessions.set(session.key, session);
    this.#byTrackingName.set(trackingName(session.key, this.ports.settings().namespace), session.key);
  }

  remove(session: AppSession): void {
    this.sessions.delete(session.key);
    this.#byTrackingName.delete(trackingName(session.key, this.ports.settings().namespace));
    this.emit("DELETED", session);
  }

  setState(session: AppSession, state: AppState): void {
    session.state = state;
    this.writer.put(state);
  }

  /**
   * Works out the status anew, and shows it where it says something else.
   * @param how `looked`: somebody asked, so `reconciledAt` moves even where nothing else does
   */
  publish(session: AppSession, how: "if-changed" | "looked" = "if-changed"): void {
    const before = session.state.status;
    const status = statusOf(session, this.ports);
    const same =
      before !== undefined && equalJson({ ...before, reconciledAt: "" }, { ...status, reconciledAt: "" });
    if (same && how === "if-changed") return;
    this.setState(session, { ...session.state, status });
    this.emit("MODIFIED", session);
  }

  emit(type: AppEvent["type"], session: AppSession): void {
    if (this.#listeners.size === 0) return;
    const event: AppEvent = { type, app: shown(session) };
    for (const listener of this.#listeners) listener(event);
  }

  onEvent(listener: (event: AppEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The application as the API shows it: manifest, status, and what was asked for. */
export function shown({ app, state }: AppSession): Application {
  return {
    ...app,
    metadata: {
      ...app.metadata,
      uid: state.uid,
      ...(state.deleting === undefined ? {} : { deletionTimestamp: state.deleting.since }),
    },
    ...(state.status === undefined ? {} : { status: state.status }),
    ...(state.operation === undefined ? {} : { operation: state.operation }),
  };
}
