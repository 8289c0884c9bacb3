/** The reader behind the house rule "every export is needed by product code". */
import { describe, expect, test } from "bun:test";
import { unusedExports } from "../lib/unused-exports.ts";

function found(product: Record<string, string>, tests: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    unusedExports({ product: new Map(Object.entries(product)), tests: new Map(Object.entries(tests)) }),
  );
}

describe("unusedExports()", () => {
  const cases: {
    name: string;
    product: Record<string, string>;
    tests?: Record<string, string>;
    want: Record<string, string>;
  }[] = [
    {
      name: "what product code imports is needed, over several lines and under another name too",
      product: {
        "a/x.ts": "export const one = 1;\nexport function two() {}\nexport class Three {}\n",
        "b/y.ts": 'import {\n  one,\n  type Three,\n  two as zwei,\n} from "../a/x.ts";\n',
      },
      want: {},
    },
    {
      name: "what nobody imports",
      product: { "a/x.ts": "export const one = 1;\nexport type Two = 1;\n" },
      want: { "a/x.ts#one": "nobody uses it", "a/x.ts#Two": "nobody uses it" },
    },
    {
      name: "a mention in a comment is no use",
      product: { "a/x.ts": "/** one is fine */\nexport const one = 1; // one\n" },
      want: { "a/x.ts#one": "nobody uses it" },
    },
    {
      name: "what tests alone use",
      product: { "a/x.ts": "export const one = 1;\n" },
      tests: { "a/x.test.ts": 'import { one } from "./x.ts";\n' },
      want: { "a/x.ts#one": "tests alone use it" },
    },
    {
      name: "what its own file uses may be exported for its test, and for nothing",
      product: { "a/x.ts": "export const one = 1;\nexport const two = one;\nuse(two);\n" },
      tests: { "a/x.test.ts": 'import { one } from "./x.ts";\n' },
      want: { "a/x.ts#two": "only its own file uses it: no export" },
    },
    {
      name: "a type in a signature of its own file is part of it",
      product: {
        "a/x.ts": "export interface Ask {}\nexport function one(ask: Ask) {}\n",
        "b/y.ts": 'import { one } from "../a/x.ts";\n',
      },
      want: {},
    },
    {
      name: "what a door hands on is needed only where somebody takes it there",
      product: {
        "a/index.ts": 'export { one, type Two } from "./x.ts";\n',
        "a/x.ts": "export const one = 1;\nexport type Two = 1;\n",
        "b/y.ts": 'import { one } from "../a/index.ts";\n',
      },
      want: { "a/index.ts#Two": "nobody uses it", "a/x.ts#Two": "nobody uses it" },
    },
    {
      name: "a module that is taken whole is needed whole",
      product: {
        "a/x.ts": "export const one = 1;\n",
        "a/z.ts": "export const two = 1;\n",
        "b/y.ts": 'import * as x from "../a/x.ts";\nawait import("../a/z.ts");\n',
      },
      want: {},
    },
  ];
  test.each(cases)("$name", ({ product, tests, want }) => expect(found(product, tests)).toEqual(want));
});
