import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ANYWHERE, BY_SEGMENT, compileGlob, FILE_NAME, type GlobOptions, matchesGlob } from "./glob.ts";

describe("matchesGlob()", () => {
  const cases: [name: string, pattern: string, text: string, options: GlobOptions, want: boolean][] = [
    ["a pattern without signs is the text itself", "apps", "apps", FILE_NAME, true],
    ["the whole text has to match", "app", "apps", FILE_NAME, false],
    ["a star crosses / in namespaces and servers", "https://*", "https://10.0.0.1:6443/x", ANYWHERE, true],
    ["a star stops at / in repository URLs", "https://git/*", "https://git/a/b", BY_SEGMENT, false],
    ["two stars cross / in repository URLs", "https://git/**", "https://git/a/b", BY_SEGMENT, true],
    ["two stars are two stars in file name patterns", "a/**", "a/b/c", FILE_NAME, false],
    ["braces hold alternatives", "*.{yaml,yml}", "x/y.yml", ANYWHERE, true],
    ["braces nest", "{a,b{c,d}}e", "bde", ANYWHERE, true],
    ["an alternative may be empty", "x{,y}", "x", ANYWHERE, true],
    ["braces are characters in file name patterns", "{a,b}", "a", FILE_NAME, false],
    ["a comma outside braces is a comma", "a,b", "a,b", ANYWHERE, true],
    ["? is one character, also a wide one", "a?c", "a😀c", ANYWHERE, true],
    ["? stops at /", "a?c", "a/c", BY_SEGMENT, false],
    ["a class takes ranges", "v[0-9a]", "v7", FILE_NAME, true],
    ["a class is negated by !", "v[!0-9]", "v7", ANYWHERE, false],
    ["but not in file name patterns", "v[!0-9]", "v7", FILE_NAME, true],
    ["a class is negated by ^", "v[^0-9]", "vx", FILE_NAME, true],
    ["a backslash takes the next character as it is", "\\*", "*", ANYWHERE, true],
    ["a backslash takes nothing else", "\\*", "x", ANYWHERE, false],
    ["case counts", "Deployment", "deployment", FILE_NAME, false],
    ["a star may match nothing", "*a*", "a", BY_SEGMENT, true],
  ];
  test.each(cases)("%s", (_, pattern, text, options, want) => {
    expect(matchesGlob(pattern, text, options)).toBe(want);
  });

  test.each([["{a"], ["[a"], ["a\\"], ["[]"]])(
    "%p is refused with a reason and matches nothing",
    (pattern) => {
      const glob = compileGlob(pattern, ANYWHERE);
      expect(glob.ok).toBe(false);
      expect(matchesGlob(pattern, pattern, ANYWHERE)).toBe(false);
    },
  );

  test("many stars cost no more than pattern times text", () => {
    expect(matchesGlob(`${"*a".repeat(200)}b`, "a".repeat(2_000), ANYWHERE)).toBe(false);
  });

  test("agrees with a naive matcher that tries everything", () => {
    const piece = fc.constantFrom("a", "b", "/", "*", "**", "?", "[ab]", "[!a]", "{a,b}", "{a*,/}", "{,b}");
    const pattern = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
    const text = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 7 }).map((chars) => chars.join(""));
    fc.assert(
      fc.property(pattern, text, fc.constantFrom(ANYWHERE, BY_SEGMENT), (pattern, text, options) => {
        expect(matchesGlob(pattern, text, options)).toBe(
          alternatives(pattern).some((one) => naive(one, text, options)),
        );
      }),
      { numRuns: 3_000 },
    );
  });
});

/** Patterns without braces that together mean the same. */
function alternatives(pattern: string): string[] {
  const braces = /^(.*?)\{([^{}]*)\}(.*)$/.exec(pattern);
  if (braces === null) return [pattern];
  const [, before = "", inside = "", after = ""] = braces;
  return inside.split(",").flatMap((choice) => alternatives(`${before}\u0001${choice}\u0001${after}`));
}

function naive(pattern: string, text: string, options: GlobOptions): boolean {
  // The marks keep two stars apart that only meet because braces were taken away.
  if (pattern.startsWith("\u0001")) return naive(pattern.slice(1), text, options);
  if (pattern === "") return text === "";
  const star = /^\*+/.exec(pattern)?.[0];
  if (star !== undefined) {
    const rest = pattern.slice(star.length);
    if (naive(rest, text, options)) return true;
    if (text === "") return false;
    const crosses = options.slash === "crosses" || star.length > 1;
    return (crosses || text[0] !== "/") && naive(pattern, text.slice(1), options);
  }
  if (text === "") return false;
  if (pattern.startsWith("[")) {
    const end = pattern.indexOf("]");
    const inside = pattern.slice(1, end);
    const hit = inside.startsWith("!") ? !inside.slice(1).includes(text[0]!) : inside.includes(text[0]!);
    return hit && naive(pattern.slice(end + 1), text.slice(1), options);
  }
  if (pattern[0] === "?")
    return (
      (options.slash === "crosses" || text[0] !== "/") && naive(pattern.slice(1), text.slice(1), options)
    );
  return pattern[0] === text[0] && naive(pattern.slice(1), text.slice(1), options);
}
