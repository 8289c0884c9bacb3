/** All style sheets hold for the whole page: a name that two of them give a meaning draws one over the other. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Classes to which a rule of their own gives their looks, by the sheet: `.menu {`, and not `.menu p {`. */
function namesIn(css: string): string[] {
  const bare = css.replace(/\/\*[\s\S]*?\*\//g, "");
  // What stands within a condition narrows, and is indented.
  return [...bare.matchAll(/^(?=\S)([^{}@]+)\{/gm)].flatMap(([, selectors = ""]) =>
    selectors.split(",").flatMap((one) => /^\s*\.([a-z][\w-]*)\s*$/.exec(one)?.[1] ?? []),
  );
}

test("what a sheet names, and what it only narrows", () => {
  expect(
    namesIn(".a {\n}\n.b p {\n}\n.c,\n.d:hover {\n}\n@media x {\n  .e {\n  }\n}\n/* .f { */\n.g {\n}\n"),
  ).toEqual([...["a", "c", "g"]]);
});

test("a class has its looks in one sheet", () => {
  const sheets = new Map<string, Set<string>>();
  for (const file of readdirSync(import.meta.dir).filter((name) => name.endsWith(".css")))
    for (const name of namesIn(readFileSync(join(import.meta.dir, file), "utf8")))
      sheets.set(name, (sheets.get(name) ?? new Set()).add(file));
  expect([...sheets].filter(([, files]) => files.size > 1).map(([name, files]) => [name, ...files])).toEqual(
    [],
  );
});
