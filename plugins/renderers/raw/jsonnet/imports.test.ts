import { describe, expect, test } from "bun:test";
import { importsOf } from "./imports.ts";

const paths = (text: string): string[] => importsOf(text).map(({ path }) => path);

describe("importsOf()", () => {
  test("tells code from content", () => {
    expect(importsOf("(import 'a.libsonnet') + { t: importstr \"t.txt\", b: importbin @'b.bin' }")).toEqual([
      { path: "a.libsonnet", of: "code" },
      { path: "t.txt", of: "content" },
      { path: "b.bin", of: "content" },
    ]);
  });

  test.each<[what: string, text: string, found: string[]]>([
    ["one behind a comment", "import // here\n /* and */ # there\n 'a'", ["a"]],
    ["one right behind the word", "import'a'", ["a"]],
    ["escapes", String.raw`import "a\u002fb\"\/c" + import 'it\'s'`, ['a/b"/c', "it's"]],
    ["verbatim strings", `import @"a""b\\n" + import @'c''d'`, ['a"b\\n', "c'd"]],
    ["nothing in comments", "// import 'a'\n# import 'b'\n/* import 'c' */ {}", []],
    ["nothing in strings", `"import 'a'" + 'import "b"' + @"import 'c'" + "\\"import 'd'"`, []],
    ["nothing in other words", "{ important: 1, x: reimport, import_: 'a' }", []],
    ["nothing in a block of text", "|||\n  import 'a'\n   import 'b'\n\n  |||x\n||| + import 'c'", ["c"]],
    ["a block that ends with space in front", "{ a: |||\n    import 'a'\n  |||, b: import 'b' }", ["b"]],
    ["a block without its last line's end", "|||-\n\timport 'a'\n|||+import 'b'", ["b"]],
    ["a block that nobody ends", "|||\n  import 'a'\n", []],
    ["a string that nobody ends", "import 'a' + \"import 'b'", ["a"]],
    ["a comment that nobody ends", "import 'a' /* import 'b'", ["a"]],
    ["a verbatim string that nobody ends", "import 'a' + @'import \"b\"", ["a"]],
    [
      "a block with a carriage return at its lines' ends",
      "|||\r\n  import 'a'\r\n||| + import 'b'\r\n",
      ["b"],
    ],
    ["a name that an expression makes", "import ('a') + import x", []],
  ])("%s", (_, text, found) => {
    expect(paths(text)).toEqual(found);
  });

  // Linear work takes some hundredths of a second, quadratic work minutes: a busy machine is between them.
  test.each([
    "|||\n".repeat(50_000),
    '"'.repeat(99_999),
    "/*".repeat(99_999),
    "import ".repeat(50_000),
    "|".repeat(99_999),
    `"${'\\"'.repeat(500_000)}`,
    "/* ".repeat(350_000),
    `@'${"''".repeat(500_000)}`,
    "import /* ".repeat(100_000),
    `|||\n  ${" ".repeat(500_000)}${"x".repeat(500_000)}\r\r`,
  ])(
    "takes time linear in a text that is made to be slow, case %#",
    (text) => {
      const startedAt = performance.now();
      importsOf(text);
      expect(performance.now() - startedAt).toBeLessThan(20_000);
    },
    30_000,
  );
});
