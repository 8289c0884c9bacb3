import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { endingOf, rejectionOf } from "../../test/lib/ending-of.ts";
import { tgz } from "../../test/lib/tgz.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { openArchive } from "./open-archive.ts";

const CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
/** Makes an entry one of another type; of a link with where it leads. */
const typed =
  (name: string, type: string, target = "") =>
  (header: Buffer, of: string): void => {
    if (of !== name) return;
    header.write(type, 156);
    header.write(target, 157);
  };
const text = async (tree: SourceTree, path: string): Promise<string> =>
  new TextDecoder().decode(await tree.read(path));
const open = (archive: Uint8Array, holds: "chart" | "files" = "chart") =>
  openArchive(archive, holds, "web 1.0.0");

describe("openArchive()", () => {
  test("gives a chart's own folder, whatever that is called", async () => {
    const tree = await open(
      tgz({ "any/Chart.yaml": CHART, "any/templates/a.yaml": "a: 1", "any/charts/b.tgz": "b" }),
    );
    expect((await tree.list("")).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "file Chart.yaml",
      "folder charts",
      "folder templates",
    ]);
    expect(await text(tree, "templates/a.yaml")).toBe("a: 1");
    expect(await tree.entry("templates/none")).toBeUndefined();
    expect(await endingOf(tree.read("templates"))).toThrow("there is no such file");
  });

  test("gives files as they lie, packed or not", async () => {
    const packed = tgz({ "a.yaml": "a", "./sub/b.yaml": "b" });
    for (const archive of [packed, Bun.gunzipSync(packed as Uint8Array<ArrayBuffer>)])
      expect((await open(archive, "files").then((tree) => tree.list(""))).map(({ name }) => name)).toEqual([
        "a.yaml",
        "sub",
      ]);
  });

  test("gives equal ids to equal content, and follows links that stay inside", async () => {
    const files = { "w/Chart.yaml": CHART, "w/a/x": "1", "w/b": "" };
    const one = await open(tgz(files, typed("w/b", "2", "a/x")));
    const other = await open(tgz({ ...files, "w/more": "2" }, typed("w/b", "2", "a")));
    expect(await one.oid("a")).toBe((await other.oid("a")) as string);
    expect(await one.oid("")).not.toBe((await other.oid("")) as string);
    expect([await text(one, "b"), await text(other, "b/x"), await one.readLink("b")]).toEqual([
      "1",
      "1",
      "a/x",
    ]);
  });

  test("ends where links lead round in a circle", async () => {
    const tree = await open(
      tgz({ "w/Chart.yaml": CHART, "w/a": "", "w/b": "" }, (header, name) => {
        typed("w/a", "2", "b")(header, name);
        typed("w/b", "2", "a")(header, name);
      }),
    );
    expect(await endingOf(tree.read("a"))).toThrow("it leads round in a circle of links");
  });

  const deep = `w/${"d/".repeat(45)}x`;
  test.each<{ name: string; archive: () => Uint8Array; says: string }>([
    {
      name: "a link out",
      archive: () => tgz({ "w/Chart.yaml": CHART, "w/l": "" }, typed("w/l", "2", "../../etc/passwd")),
      says: '"l" in it is a link that leads out of it',
    },
    {
      name: "an absolute link",
      archive: () => tgz({ "w/Chart.yaml": CHART, "w/l": "" }, typed("w/l", "2", "/etc/passwd")),
      says: "is a link that leads out of it",
    },
    {
      name: "a hard link",
      archive: () => tgz({ "w/Chart.yaml": CHART, "w/l": "" }, typed("w/l", "1", "w/Chart.yaml")),
      says: "is a hard link, and only files are taken",
    },
    {
      name: "a device",
      archive: () => tgz({ "w/Chart.yaml": CHART, "w/d": "" }, typed("w/d", "3")),
      says: 'it holds "w/d", which is a device',
    },
    {
      name: "a pipe",
      archive: () => tgz({ "w/Chart.yaml": CHART, "w/d": "" }, typed("w/d", "6")),
      says: 'it holds "w/d", which is a pipe',
    },
    {
      name: "a way out",
      archive: () => tgz({ "w/Chart.yaml": CHART, "w/../../x": "1" }),
      says: 'it holds a file named "w/../../x", which leads out of it',
    },
    {
      name: "an absolute path",
      archive: () => tgz({ "/w/Chart.yaml": CHART }),
      says: "which leads out of it",
    },
    {
      name: "a backslash",
      archive: () => tgz({ "w/Chart.yaml": CHART, "w\\x": "1" }),
      says: "which leads out of it",
    },
    {
      name: "a file beside the chart",
      archive: () => tgz({ "Chart.yaml": CHART }),
      says: "which is outside its folder",
    },
    {
      name: "no chart",
      archive: () => tgz({ "w/values.yaml": "a: 1" }),
      says: "there is no Chart.yaml in its folder",
    },
    {
      name: "a name twice",
      archive: () => tgz({ "w/Chart.yaml": CHART, "w/./Chart.yaml": CHART }),
      says: 'it holds "Chart.yaml" twice',
    },
    {
      name: "a file that is a folder",
      archive: () => tgz({ "w/Chart.yaml": CHART, "w/a": "1", "w/a/b": "2" }),
      says: '"a" in it is a file and a folder',
    },
    {
      name: "folders without end",
      archive: () => tgz({ "w/Chart.yaml": CHART, [deep]: "1" }),
      says: "folders in folders, more than 40 deep",
    },
    {
      name: "a git folder",
      archive: () => tgz({ "w/Chart.yaml": CHART, "w/.git/config": "1" }),
      says: "which is outside its folder",
    },
    {
      name: "a large file",
      archive: () =>
        tgz({
          "w/Chart.yaml": CHART,
          "w/a": new Uint8Array(6 * 2 ** 20).map((_, at) => (at * 2654435761) >> 13),
        }),
      says: '"a" in it is larger than 5 MiB',
    },
    {
      name: "many files",
      archive: () =>
        tgz({
          "w/Chart.yaml": CHART,
          ...Object.fromEntries(Array.from({ length: 10_001 }, (_, at) => [`w/${at}`, String(Math.sin(at))])),
        }),
      says: "it holds more than 10000 files",
    },
    {
      name: "a bomb",
      archive: () => gzipSync(Buffer.alloc(300 * 2 ** 20)),
      says: "which is more than an archive of manifests can be",
    },
    {
      name: "a small bomb",
      archive: () => gzipSync(Buffer.alloc(2 * 2 ** 20)),
      says: "it unpacks to more than 1 MiB",
    },
    {
      name: "what is cut off",
      archive: () => tgz({ "w/Chart.yaml": CHART }).subarray(0, 60),
      says: "it is damaged",
    },
    {
      name: "no archive",
      archive: () => Buffer.from("<html>log in</html>".padEnd(600, " ")),
      says: "it is damaged",
    },
  ])("refuses $name in one sentence", async ({ archive, says }) => {
    expect(await endingOf(open(archive()))).toThrow(says);
    expect(await rejectionOf(open(archive()))).toMatchObject({
      code: "artifact-refused",
      object: "web 1.0.0",
    });
  });
});
