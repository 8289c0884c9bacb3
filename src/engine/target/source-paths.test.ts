import { describe, expect, test } from "bun:test";
import type { Source } from "../../core/model/source.ts";
import { pathsDeclared, pathsRead, touchingEach } from "./source-paths.ts";

const repoURL = "https://git.example.com/shop.git";
const source = (more: Partial<Source>): Source => ({ repoURL, ...more });

describe("pathsRead()", () => {
  test("are those of the source in its place", () => {
    const inputs = [
      { source: 0, path: "charts/web" },
      { source: 1, path: "values/web.yaml" },
      { source: 0, path: "" },
    ];
    expect(pathsRead(inputs, 0)).toEqual(["charts/web", ""]);
    expect(pathsRead(inputs, 2)).toEqual([]);
  });
});

describe("pathsDeclared()", () => {
  test.each<[name: string, sources: Source[], at: number, want: string[]]>([
    ["its folder", [source({ path: "./apps/web/" })], 0, ["apps/web"]],
    ["the whole repository, where it names none", [source({})], 0, [""]],
    [
      "value files beside it and above it, once each; none of an address, and none that leads out",
      [
        source({
          path: "charts/web",
          helm: {
            valueFiles: [
              "a.yaml",
              "../../env/b.yaml",
              "/env/b.yaml",
              "https://x.example.com/c.yaml",
              "../../../d",
            ],
          },
        }),
      ],
      0,
      ["charts/web", "charts/web/a.yaml", "env/b.yaml"],
    ],
    [
      "what others name of a source with a ref, and not its root",
      [
        source({
          path: "chart",
          helm: { valueFiles: ["$values/env/web.yaml", "$other/x.yaml", "own.yaml"] },
        }),
        source({ ref: "values" }),
      ],
      1,
      ["env/web.yaml"],
    ],
    ["nothing, where there is no such source", [source({})], 1, []],
  ])("are %s", (_name, sources, at, want) => {
    expect(pathsDeclared(sources, at)).toEqual(want);
  });
});

describe("touchingEach()", () => {
  test("tells each reader of its own paths: what is read, what is below, and a folder above that came or went", () => {
    const touching = touchingEach(
      new Map([
        ["pay", ["apps/pay", "env/pay.yaml"]],
        ["web", ["apps/web"]],
      ]),
    );
    const readers = (...changed: string[]) => ["pay", "web"].filter((one) => touching(one)(changed));
    expect(readers("apps/pay/it.yaml")).toEqual(["pay"]);
    expect(readers("env/pay.yaml", "apps/web/x")).toEqual(["pay", "web"]);
    expect(readers("apps")).toEqual(["pay", "web"]);
    expect(readers("apps/pay2/it.yaml", "env/pay.yaml.bak")).toEqual([]);
    // The same list twice is looked at once, and says the same.
    const list = ["apps/web/x"];
    expect([touching("web")(list), touching("pay")(list), touching("web")(list)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
