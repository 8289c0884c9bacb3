import { describe, expect, test } from "bun:test";
import { Lru } from "./lru.ts";

function held<V>(lru: Lru<string, V>, keys: string): string {
  return [...keys].filter((key) => lru.get(key) !== undefined).join("");
}

describe("Lru", () => {
  test("forgets what was set longest ago", () => {
    const lru = new Lru<string, number>(2);
    for (const key of "abc") lru.set(key, 1);
    expect(held(lru, "abc")).toBe("bc");
  });

  test("a look keeps an entry", () => {
    const lru = new Lru<string, number>(2);
    lru.set("a", 1);
    lru.set("b", 1);
    lru.get("a");
    lru.set("c", 1);
    expect(held(lru, "abc")).toBe("ac");
  });

  test("counts weights, and an entry that was set again once", () => {
    const lru = new Lru<string, string>(5, (text) => text.length);
    lru.set("a", "1234");
    lru.set("a", "12");
    lru.set("b", "123");
    expect(held(lru, "ab")).toBe("ab");
    lru.set("c", "1");
    expect(held(lru, "abc")).toBe("bc");
  });

  test("an entry that is too heavy alone is not kept, and costs the others nothing that is still needed", () => {
    const lru = new Lru<string, string>(3, (text) => text.length);
    lru.set("a", "1234");
    expect(held(lru, "a")).toBe("");
    lru.set("b", "123");
    expect(held(lru, "b")).toBe("b");
  });

  test("what is deleted or cleared weighs nothing any more", () => {
    const lru = new Lru<string, number>(2);
    lru.set("a", 1);
    lru.delete("a");
    lru.delete("a");
    lru.set("b", 1);
    lru.set("c", 1);
    expect(held(lru, "abc")).toBe("bc");
    lru.clear();
    lru.set("d", 1);
    lru.set("e", 1);
    expect(held(lru, "bcde")).toBe("de");
  });
});
