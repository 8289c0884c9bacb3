import { describe, expect, test } from "bun:test";
import { application } from "../../test/lib/core-objects.ts";
import { appKey } from "../core/model/application.ts";
import type { Look } from "./look.ts";
import { AppSession } from "./session.ts";

function session(): AppSession {
  const key = appKey("argocd", "shop");
  return new AppSession(key, application(), { from: "api" }, { key, uid: "1" });
}

const isDone = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), Bun.sleep(0).then(() => false)]);

describe("need()", () => {
  const looks: Look[] = ["nothing", "known", "latest", "hard"];
  test.each(
    looks.flatMap((had) =>
      looks.map((asked) => ({
        had,
        asked,
        then: looks[Math.max(looks.indexOf(had), looks.indexOf(asked))] as Look,
      })),
    ),
  )("after $had, $asked asks for $then", ({ had, asked, then }) => {
    const it = session();
    it.look = had;
    it.need(asked, 0);
    expect(it.look).toBe(then);
  });

  test("the latest asking counts, and looks that ask Git nothing do not", () => {
    const it = session();
    it.need("latest", 5);
    it.need("known", 9);
    it.need("hard", 3);
    expect(it.lookSince).toBe(5);
    it.need("hard", 7);
    expect(it.lookSince).toBe(7);
  });
});

describe("nextPass()", () => {
  test("is over when a pass has ended that began after the asking", async () => {
    const it = session();
    const endEarlier = it.startPass();
    const asked = it.nextPass();
    endEarlier();
    expect(await isDone(asked)).toBe(false);
    const end = it.startPass();
    expect(await isDone(asked)).toBe(false);
    end();
    expect(await isDone(asked)).toBe(true);
  });

  test("everybody who asked is answered, once", async () => {
    const it = session();
    const asked = [it.nextPass(), it.nextPass()];
    it.startPass()();
    expect(await isDone(Promise.all(asked))).toBe(true);
    expect(await isDone(it.nextPass())).toBe(false);
  });

  test("it was seen when a pass has ended", () => {
    const it = session();
    const end = it.startPass();
    expect(it.seen).toBe(false);
    end();
    expect(it.seen).toBe(true);
  });
});

describe("nextChange()", () => {
  test("is over at the next change, for all who wait", async () => {
    const it = session(),
      { signal } = new AbortController();
    const waits = [it.nextChange(60_000, signal), it.nextChange(60_000, signal)];
    it.wake();
    await Promise.all(waits);
    expect(await isDone(it.nextChange(60_000, AbortSignal.timeout(50)).catch(() => undefined))).toBe(false);
  });

  test("is over after its time", () => session().nextChange(1, new AbortController().signal));

  test("ends with the signal's reason, before or meanwhile", async () => {
    await expect(session().nextChange(60_000, AbortSignal.abort(new Error("before")))).rejects.toThrow(
      "before",
    );
    const ended = new AbortController();
    const waits = session().nextChange(60_000, ended.signal);
    ended.abort(new Error("meanwhile"));
    await expect(waits).rejects.toThrow("meanwhile");
  });
});
