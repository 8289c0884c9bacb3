import { describe, expect, test } from "bun:test";
import { type Application, keyOfApp } from "../core/model/application.ts";
import type { AppEvent } from "../engine/control.ts";
import { LatestEvents } from "./latest-events.ts";

const event = (type: AppEvent["type"], name: string, revision = ""): AppEvent => ({
  type,
  app: { metadata: { namespace: "argocd", name }, spec: { project: revision } } as Application,
});
const show = (events: AppEvent[]): string[] =>
  events.map(({ type, app }) => `${type} ${app.metadata.name} ${app.spec.project}`);

const latest = () => new LatestEvents<AppEvent>(({ app }) => keyOfApp(app));

describe("LatestEvents", () => {
  test("gives one event for each application, the latest", async () => {
    const queue = latest();
    for (const revision of ["1", "2", "3"]) queue.put(event("MODIFIED", "web", revision));
    queue.put(event("MODIFIED", "api", "1"));
    expect(show(await queue.take(10))).toEqual(["MODIFIED web 3", "MODIFIED api 1"]);
  });

  test("keeps an application new until the client has heard of it, and lets a deletion win", async () => {
    const queue = latest();
    for (const one of [
      event("ADDED", "web"),
      event("MODIFIED", "web", "2"),
      event("ADDED", "gone"),
      event("DELETED", "gone"),
    ])
      queue.put(one);
    expect(show(await queue.take(10))).toEqual(["ADDED web 2", "DELETED gone "]);
    queue.put(event("MODIFIED", "web", "3"));
    expect(show(await queue.take(10))).toEqual(["MODIFIED web 3"]);
  });

  test("waits for the first event, gives at most as many as asked, and ends when closed", async () => {
    const queue = latest();
    const waiting = queue.take(1);
    queue.put(event("ADDED", "a"));
    queue.put(event("ADDED", "b"));
    expect([show(await waiting), show(await queue.take(1))]).toEqual([["ADDED a "], ["ADDED b "]]);
    const last = queue.take(1);
    queue.close();
    expect(await last).toEqual([]);
  });
});
