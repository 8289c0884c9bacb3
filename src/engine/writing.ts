/** The writing half of `Control`: what a person or a program may ask for. A file is the truth of its application. */

import { type Application, keyOfApp } from "../core/model/application.ts";
import { asFailure } from "../core/model/failure.ts";
import type { AppState } from "../core/ports.ts";
import { equalJson } from "../lib/equal-json.ts";
import type { Control, Written } from "./control.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { refuseInvalid } from "./limits.ts";
import type { Look } from "./look.ts";
import type { Operations, Request } from "./operations.ts";
import type { Roster } from "./roster.ts";
import type { AppSession } from "./session.ts";
import { type Stage, shown } from "./stage.ts";
import { timestamp } from "./timestamp.ts";

type Writing = Pick<Control, "create" | "update" | "remove" | "refresh" | "sync" | "terminate">;

export interface WritingParts {
  ports: EnginePorts;
  stage: Stage;
  roster: Roster;
  operations: Operations;
  /** Puts the application on the work list. */
  ask(session: AppSession, look: Look): void;
}

export function writing({ ports, stage, roster, operations, ask }: WritingParts): Writing {
  const { store, clock } = ports;

  const write = (app: Application, action: "create" | "update", actor: string): Written => {
    const key = keyOfApp(app);
    try {
      refuseInvalid(app, roster.projects, ports.clusters(), ports.settings());
    } catch (cause) {
      const { object, why, fix } = asFailure(cause, `Application ${key}`, action);
      return {
        is: "invalid",
        problems: [{ severity: "error", object, text: why, ...(fix === undefined ? {} : { fix }) }],
      };
    }
    const { status: _, operation, ...manifest } = app;
    store.atomically(() => {
      store.putApplication(manifest as Application);
      store.audit({ at: timestamp(clock.now()), actor, action, app: key, details: { spec: manifest.spec } });
    });
    roster.takeUp();
    const session = stage.get(key);
    if (session === undefined) return { is: "absent" };
    if (operation?.sync !== undefined) operations.request(session, operation as Request, actor);
    return { is: "written", app: shown(session) };
  };

  /** Of an application that is going only annotations change: they may say that a person approves of it. */
  const annotate = (
    session: AppSession,
    deleting: NonNullable<AppState["deleting"]>,
    { metadata: { annotations = {} } }: Application,
    actor: string,
  ): Written => {
    const app = { ...deleting.app, metadata: { ...deleting.app.metadata, annotations } };
    session.app = app;
    stage.setState(session, { ...session.state, deleting: { ...deleting, app } });
    store.audit({
      at: timestamp(clock.now()),
      actor,
      action: "annotate",
      app: session.key,
      details: { annotations },
    });
    ask(session, "nothing");
    return { is: "written", app: shown(session) };
  };

  return {
    async create(app, { upsert, actor }) {
      const key = keyOfApp(app);
      const session = stage.get(key);
      if (session?.state.deleting !== undefined)
        return { is: "conflict", why: `the application ${key} is being deleted` };
      if (session?.origin.from === "file") return { is: "managed-by-file", file: session.origin.file };
      if (session !== undefined && !upsert && !equalJson(session.app.spec, app.spec)) {
        return {
          is: "conflict",
          why: `an application ${key} exists already with another spec; update it, or create with upsert`,
        };
      }
      return write(app, session === undefined ? "create" : "update", actor);
    },

    async update(app, actor) {
      const session = stage.get(keyOfApp(app));
      if (session === undefined) return { is: "absent" };
      if (session.state.deleting !== undefined) return annotate(session, session.state.deleting, app, actor);
      return session.origin.from === "file"
        ? { is: "managed-by-file", file: session.origin.file }
        : write(app, "update", actor);
    },

    async remove(key, { cascade, actor }) {
      const session = stage.get(key);
      if (session === undefined) return { is: "absent" };
      const { deleting } = session.state;
      if (session.origin.from === "file" && deleting === undefined)
        return { is: "managed-by-file", file: session.origin.file };
      const app = shown(session);
      if (deleting === undefined)
        roster.beginDeletion(
          session,
          { app: session.app, since: timestamp(clock.now()), cascade, asked: "by-person" },
          actor,
        );
      // Its file is gone and its objects wait for a person: here is one.
      else if (deleting.asked === "by-file")
        roster.beginDeletion(session, { ...deleting, cascade, asked: "by-person" }, actor);
      return { is: "written", app };
    },

    async refresh(key, how, signal) {
      const session = stage.get(key);
      if (session === undefined) return { is: "absent" };
      signal?.throwIfAborted();
      const pass = session.nextPass();
      if (how === "hard") session.refusals.clear();
      ask(session, how === "hard" ? "hard" : "latest");
      const aborted = new Promise<void>((_, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true }),
      );
      await Promise.race([pass, aborted]);
      return { is: "found", value: shown(session) };
    },

    async sync(key, { operation, actor }) {
      const session = stage.get(key);
      if (session === undefined) return { is: "absent" };
      if (session.state.deleting !== undefined)
        return { is: "conflict", why: "the application is being deleted" };
      if (session.running !== undefined || session.state.operation !== undefined)
        return { is: "conflict", why: "another operation is already in progress" };
      operations.request(session, operation, actor);
      return { is: "written", app: shown(session) };
    },

    async terminate(key, actor) {
      const session = stage.get(key);
      if (session === undefined) return { is: "absent" };
      return operations.terminate(session, actor)
        ? { is: "written", app: shown(session) }
        : { is: "conflict", why: "no operation is in progress" };
    },
  };
}
