import { describe, expect, test } from "bun:test";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { chartTree } from "./chart-files.ts";

const NOTHING = new Uint8Array();
const named = (...paths: string[]) => paths.map((path) => ({ path, content: NOTHING }));

describe("the files of a packed chart as a tree", () => {
  test("folders hold files and folders, by name", async () => {
    const tree = chartTree(
      "app/charts/shop",
      named("templates/web/b.yaml", "Chart.yaml", "templates/a.yaml"),
    );
    expect(await tree.list("app/charts/shop")).toEqual([
      { name: "Chart.yaml", kind: "file", oid: "" },
      { name: "templates", kind: "folder", oid: "" },
    ]);
    expect(await tree.list("app/charts/shop/templates")).toEqual([
      { name: "a.yaml", kind: "file", oid: "" },
      { name: "web", kind: "folder", oid: "" },
    ]);
    expect(await tree.entry("app/charts/shop/templates/web")).toEqual({
      name: "web",
      kind: "folder",
      oid: "",
    });
    expect(await tree.entry("app/charts/shop/temp")).toBeUndefined();
  });

  test("what is not there fails with its path", async () => {
    const tree = chartTree("charts/shop", named("Chart.yaml"));
    expect(await endingOf(tree.list("charts/shop/charts"))).toThrow("charts/shop/charts");
    expect(await endingOf(tree.read("charts/shop/values.yaml"))).toThrow("charts/shop/values.yaml");
  });

  test("a hundred thousand files are no more than their number", async () => {
    const paths = Array.from({ length: 100_000 }, (_, at) => `charts/part-${at}/a`);
    const tree = chartTree("charts/shop", named(...paths));
    expect(await tree.list("charts/shop/charts")).toHaveLength(100_000);
  });
});
