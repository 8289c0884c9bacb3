/** Whoever asked and has gone: what is asked of the control hears of it, and the log has no fault of ours. */
import { afterEach, expect, test } from "bun:test";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { eventually } from "../lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.stop();
  api = undefined;
});

type Plan = "manifests" | "syncPlan" | "rollbackPlan" | "unholdPlan" | "revertPlan" | "revisionDiff";
const OWN = "/api/holdfast/v1/applications/argocd/web";
const asked: [string, Plan][] = [
  ["GET /api/v1/applications/web/manifests", "manifests"],
  ["GET /api/v1/applications/web/manifests?revision=feature", "manifests"],
  [`POST ${OWN}/sync/plan {}`, "syncPlan"],
  [`POST ${OWN}/sync/plan {"revision":"feature"}`, "syncPlan"],
  [`GET ${OWN}/history/1/diff`, "rollbackPlan"],
  [`GET ${OWN}/history/1/revert`, "revertPlan"],
  [`GET ${OWN}/hold/diff`, "unholdPlan"],
  [`GET ${OWN}/diff?target=git@feature`, "revisionDiff"],
  [`GET ${OWN}/diff?base=git&target=git@feature`, "manifests"],
  [`GET ${OWN}/diff?target=deployment@1`, "rollbackPlan"],
];

test.each(asked)("%s ends with whoever asked", async (request, plan) => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  const heard: string[] = [];
  let begun = 0;
  hang(control, plan, async (signal) => {
    begun += 1;
    if (signal === undefined) throw new Error("nobody can leave this");
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    heard.push("left");
    throw signal.reason;
  });
  const log = recordingLog();
  api = startFakeApi(control, { log });
  const [method = "", path = "", body] = request.split(" ");
  const leaving = new AbortController();
  const answer = fetch(`${api.url}${path}`, {
    method,
    signal: leaving.signal,
    ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
  }).then(
    ({ status }) => status,
    () => "left",
  );
  await eventually("it is asked", () => begun > 0);
  leaving.abort();
  expect(await answer).toBe("left");
  await eventually("it hears of that", () => heard.length === begun);
  await Bun.sleep(20);
  expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
});

/** @param work of the signal, which is the last that each of these takes */
function hang(
  control: FakeControl,
  plan: Plan,
  work: (signal: AbortSignal | undefined) => Promise<never>,
): void {
  const signalIn = (given: readonly unknown[]): AbortSignal | undefined =>
    given.find((one): one is AbortSignal => one instanceof AbortSignal);
  const hanging = (...given: readonly unknown[]): Promise<never> => work(signalIn(given));
  Object.assign(control, { [plan]: hanging });
}
