import { describe, expect, test } from "bun:test";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { findVersion, readIndex } from "./chart-index.ts";

const HEX = "0123456789abcdef".repeat(4);
const indexOf = (versions: string) => readIndex(`apiVersion: v1\nentries:\n  redis:\n${versions}`);
const entry = (version: string, more = ""): string =>
  `  - { version: ${version}, urls: [redis-${version}.tgz]${more} }\n`;

async function outcomeOf(text: string): Promise<"refused" | "read"> {
  try {
    await readIndex(text);
    return "read";
  } catch (cause) {
    if (cause instanceof Error) return "refused";
    throw cause;
  }
}

describe("readIndex()", () => {
  test("takes what can be used, and leaves out the rest", async () => {
    const index = await indexOf(
      [
        entry("1.0.0", `, digest: ${HEX}`),
        entry("1.1.0", `, digest: "sha256:${HEX}"`),
        entry("1.2", ", digest: nonsense"),
        entry("not-a-version"),
        "  - { version: 2.0.0, urls: [] }\n  - { version: 3.0.0 }\n  - just text\n  -\n",
      ].join(""),
    );
    expect(index.get("redis")).toEqual([
      { version: "1.0.0", url: "redis-1.0.0.tgz", digest: `sha256:${HEX}` as never },
      { version: "1.1.0", url: "redis-1.1.0.tgz", digest: `sha256:${HEX}` as never },
      { version: "1.2", url: "redis-1.2.tgz" },
    ]);
  });

  test.each(["", "<html>log in</html>", "- a\n", "entries: {}\n", "apiVersion: v1\nentries: [\n"])(
    "refuses %p",
    async (text) => {
      expect(await endingOf(readIndex(text))).toThrow();
    },
  );

  test("an index without charts is one", async () => {
    expect((await readIndex("apiVersion: v1\nentries: {}\n")).size).toBe(0);
    expect((await readIndex("apiVersion: v1\n")).size).toBe(0);
  });

  const block = (indent: string): string =>
    ["a", "b"]
      .map(
        (name) =>
          `  ${name}:\n${indent}- description: |\n${indent}    two lines:\n${indent}    end\n${indent}  version: 1.0.0\n${indent}  urls:\n${indent}  - ${name}.tgz\n`,
      )
      .join("");
  test.each([
    { name: "as Helm writes it", text: `apiVersion: v1\nentries:\n${block("  ")}generated: "x"\n` },
    { name: "indented more", text: `apiVersion: v1\nentries:\n${block("    ")}` },
    { name: "with its version last", text: `entries:\n${block("  ")}generated: "x"\napiVersion: v1\n` },
    {
      name: "with Windows' line ends",
      text: `apiVersion: v1\nentries:\n${block("  ")}`.replaceAll("\n", "\r\n"),
    },
    {
      name: "as JSON",
      text: JSON.stringify({
        apiVersion: "v1",
        entries: Object.fromEntries(
          ["a", "b"].map((name) => [name, [{ version: "1.0.0", urls: [`${name}.tgz`] }]]),
        ),
      }),
    },
    {
      name: "in another indentation",
      text: `apiVersion: v1\nentries:\n    a: [{ version: 1.0.0, urls: [a.tgz] }]\n    b: [{ version: 1.0.0, urls: [b.tgz] }]\n`,
    },
    {
      name: "with a part that refers to another",
      text: `apiVersion: v1\nentries:\n  a:\n  - &x { version: 1.0.0, urls: [a.tgz] }\n  b:\n  - { <<: *x, urls: [b.tgz] }\n`,
    },
  ])("is the same $name", async ({ text }) => {
    expect([...(await readIndex(text))]).toEqual([
      ["a", [{ version: "1.0.0", url: "a.tgz" }]],
      ["b", [{ version: "1.0.0", url: "b.tgz" }]],
    ]);
  });

  test("a large one lets others work meanwhile", async () => {
    const chart = (at: number): string => `  chart${at}:\n${entry("1.0.0").repeat(2_000)}`;
    const text = `apiVersion: v1\nentries:\n${Array.from({ length: 60 }, (_, at) => chart(at)).join("")}`;
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const index = await readIndex(text);
    clearInterval(timer);
    expect(index.size).toBe(60);
    expect(turns).toBeGreaterThan(3);
  });

  test("nesting and aliases that grow end soon", async () => {
    const bomb = `apiVersion: v1\na: &a [1,1,1,1,1,1,1,1,1]\n${["b", "c", "d", "e", "f", "g", "h", "i"]
      .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[at]}`).join(",")}]`)
      .join("\n")}\nentries: { redis: *i }\n`;
    // The test's own time is the bound: refused, or read as what it says, is all the same.
    for (const text of [bomb, `apiVersion: v1\nentries: ${"[".repeat(100_000)}`])
      expect(["refused", "read"]).toContain(await outcomeOf(text));
  });
});

describe("findVersion()", () => {
  const indexed = indexOf(
    ["1.0.0", "1.10.0", "1.9.3", "v2.0.0", "3.0.0-rc.1", "1.2"].map((one) => entry(one)).join(""),
  );
  test.each([
    ["", "v2.0.0"],
    ["*", "v2.0.0"],
    ["1.0.0", "1.0.0"],
    ["1.x", "1.10.0"],
    ["~1.9", "1.9.3"],
    ["2.0.0", "v2.0.0"],
    [">=1 <1.10", "1.9.3"],
    [">=3.0.0-0", "3.0.0-rc.1"],
    ["3.0.0-rc.1", "3.0.0-rc.1"],
    // As it is written, before it is taken for 1.2.x.
    ["1.2", "1.2"],
  ])("%p is %p", async (asked, version) => {
    expect(findVersion(await indexed, "redis", asked)).toMatchObject({ is: "found", entry: { version } });
  });

  test.each([
    ["redis", "9.9.9", "no version of redis is 9.9.9"],
    ["redis", ">=3.0.0", "no version of redis is >=3.0.0"],
    ["redis", "latest", '"latest" is neither a version of redis nor a constraint'],
    ["rediss", "1.0.0", 'there is no chart "rediss" in its index'],
  ])("%s %s is missing", async (chart, asked, why) => {
    expect(findVersion(await indexed, chart, asked)).toMatchObject({ is: "missing", why });
  });
});
