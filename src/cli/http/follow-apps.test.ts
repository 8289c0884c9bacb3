import { expect, test } from "bun:test";
import { fakeApp } from "../../../test/fakes/fake-control.ts";
import type { Client } from "./client.ts";
import { followApps } from "./follow-apps.ts";

/** A stream that is open, tells these, and lives on. */
const streamOf = (...names: string[]): Pick<Client, "url" | "lines"> => ({
  url: "http://127.0.0.1:1",
  async *lines() {
    yield "";
    for (const name of names)
      yield JSON.stringify({ result: { type: "ADDED", application: fakeApp("argocd", name) } });
    yield "";
  },
});

test("an application that was there before and is not among all that a stream tells is gone", async () => {
  const changes: string[] = [];
  const known = [fakeApp("argocd", "kept"), fakeApp("argocd", "gone")];
  const options = { signal: new AbortController().signal, note: () => undefined, known };
  for await (const { type, application } of followApps(streamOf("kept") as Client, {}, options)) {
    changes.push(`${type} ${application.metadata.name}`);
    if (changes.length === 2) break;
  }
  expect(changes).toEqual(["ADDED kept", "DELETED gone"]);
});
