import { describe, expect, test } from "bun:test";
import type { Lookup } from "../../core/ports/cluster-objects.ts";
import { DefinitionLook } from "./definition-look.ts";

const found = (metadata: object = {}): Lookup =>
  ({ is: "found", object: { apiVersion: "v1", kind: "X", metadata: { name: "x", ...metadata } } }) as never;

function stand(...answers: Lookup[]) {
  let reads = 0;
  const look = new DefinitionLook({
    read: async () => answers[Math.min(reads++, answers.length - 1)] as Lookup,
    changed: () => undefined,
    again: { firstMs: 1, mostMs: 2 },
  });
  return { look, reads: () => reads };
}

describe("DefinitionLook", () => {
  test("what goes while the definition stays was meant, and many that go together are one look", async () => {
    const { look, reads } = stand(found());
    expect(["a", "b", "c"].map((one) => look.judge(one))).toEqual(["unknown", "unknown", "unknown"]);
    await Bun.sleep(5);
    expect(["a", "b"].map((one) => look.judge(one))).toEqual(["meant", "meant"]);
    expect(reads()).toBeLessThanOrEqual(2);
  });

  test("what goes with its definition was not, and neither is what is not seen any more", async () => {
    const { look } = stand(found({ deletionTimestamp: "2026-01-01T00:00:00Z" }));
    look.judge("a");
    await Bun.sleep(5);
    expect([look.judge("a"), look.judge("b"), look.isEnding]).toEqual(["definition", "definition", true]);
    look.anew();
    expect(look.judge("b")).toBe("unknown");
  });

  test("one that is replaced at once is seen, and what went with the one before was meant by nobody", async () => {
    const ending = found({ deletionTimestamp: "2026-01-01T00:00:00Z" });
    const { look } = stand(ending, ending, found());
    look.judge("a");
    while (!look.isEnding) await Bun.sleep(1);
    while (look.isEnding) await Bun.sleep(1);
    expect(look.judge("a")).toBe("definition");
    look.judge("later");
    while (look.judge("later") !== "meant") await Bun.sleep(1);
    look.forget("a");
    expect(look.judge("a")).toBe("unknown");
    look.stop();
  });

  test("a look that failed says nothing, and is made again", async () => {
    const { look, reads } = stand({ is: "unreachable", why: "no" }, { is: "absent" }, found());
    look.judge("a");
    while (look.judge("a") !== "meant") await Bun.sleep(1);
    expect(reads()).toBe(3);
    look.stop();
  });

  test("who may not read definitions does as before there was a look", async () => {
    const { look } = stand({ is: "forbidden", why: "no" });
    look.judge("a");
    await Bun.sleep(5);
    expect(look.judge("a")).toBe("meant");
  });
});
