import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endingOf, rejectionOf } from "../../test/lib/ending-of.ts";
import { type SourceFolder, sourceFolder } from "../../test/lib/source-folder.ts";
import type { SourceTree, TreeEntry } from "../core/ports/source-tree.ts";
import { exportInputs, writeFetched } from "./export-inputs.ts";
import { closeLinks } from "./link-closure.ts";
import { Room, SMALLER_FOLDER } from "./room.ts";

let repository: SourceFolder;
afterEach(() => repository?.dispose());

const show = (closed: Awaited<ReturnType<typeof closeLinks>>): string[] =>
  closed.map(({ path, take, target }) => (target === undefined ? `${path} ${take}` : `${path} -> ${target}`));

describe("closeLinks()", () => {
  test("names what a link leads to, over links on the way and at the end", async () => {
    repository = sourceFolder({ "real/base/a.yaml": "a", "real/other.yaml": "o", "app/own.yaml": "x" });
    repository.link("base", "real/base");
    repository.link("app/a.yaml", "../base/a.yaml");
    repository.link("app/o.yaml", "../real/other.yaml");
    expect(
      show(await closeLinks(await repository.tree(), [{ path: "app" }, { path: "base/a.yaml" }])),
    ).toEqual([
      "app everything",
      "app/a.yaml -> ../base/a.yaml",
      "app/o.yaml -> ../real/other.yaml",
      "base -> real/base",
      "real/base/a.yaml everything",
      "real/other.yaml everything",
    ]);
  });

  test("a path that is not there stays, so that its appearing counts", async () => {
    repository = sourceFolder({ a: "" });
    expect(show(await closeLinks(await repository.tree(), [{ path: "b/late.yaml" }]))).toEqual([
      "b/late.yaml everything",
    ]);
  });

  test("a source that cannot read links says so", async () => {
    repository = sourceFolder({ a: "" });
    repository.link("b", "a");
    const whole = await repository.tree();
    const withoutLinks: SourceTree = {
      oid: (path) => whole.oid(path),
      entry: (path) => whole.entry(path),
      list: (path) => whole.list(path),
      read: (path) => whole.read(path),
    };
    expect(await endingOf(closeLinks(withoutLinks, [{ path: "" }]))).toThrow(
      "b: cannot render: it is a link, which this source cannot read",
    );
  });
});

describe("writeFetched()", () => {
  test("puts nothing over what lies there, and goes through no link of it", async () => {
    repository = sourceFolder({ "real/a.yaml": "a" });
    repository.link("way", "real");
    repository.link("real/l.yaml", "a.yaml");
    const to = mkdtempSync(join(tmpdir(), "holdfast-export-"));
    const tree = await repository.tree();
    await exportInputs(tree, await closeLinks(tree, [{ path: "" }]), to, new Room(), SMALLER_FOLDER);
    const archive = Buffer.from("fetched");
    const put = (at: string) => writeFetched([{ at, digest: "x", archive }], to, new Room());
    for (const at of ["way/b.yaml", "real/l.yaml", "real/a.yaml", "real/a.yaml/b", "real/../b", "../b"])
      expect(await rejectionOf(put(at))).toMatchObject({ code: "path-outside-source" });
    await put("real/new/b.yaml");
    expect(readdirSync(join(to, "real")).sort()).toEqual(["a.yaml", "l.yaml", "new"]);
    expect(readFileSync(join(to, "real/a.yaml"), "utf8")).toBe("a");
    rmSync(to, { recursive: true });
  });
});

describe("exportInputs()", () => {
  async function exported(paths: Parameters<typeof closeLinks>[1], tree?: SourceTree): Promise<string> {
    const to = mkdtempSync(join(tmpdir(), "holdfast-export-"));
    const source = tree ?? (await repository.tree());
    try {
      await exportInputs(source, await closeLinks(source, paths), to, new Room(), SMALLER_FOLDER);
    } catch (cause) {
      rmSync(to, { recursive: true });
      throw cause;
    }
    return to;
  }

  test("writes what was named and nothing else, own files without folders, links last", async () => {
    repository = sourceFolder({
      "app/a.yaml": "a",
      "app/sub/b.yaml": "b",
      "other/c.yaml": "c",
      "whole/deep/d.yaml": "d",
    });
    repository.link("app/link.yaml", "../other/c.yaml");
    const to = await exported([{ path: "app", take: "own-files" }, { path: "whole" }, { path: "missing" }]);
    expect(readdirSync(to, { recursive: true }).map(String).sort()).toEqual([
      "app",
      "app/a.yaml",
      "app/link.yaml",
      "other",
      "other/c.yaml",
      "whole",
      "whole/deep",
      "whole/deep/d.yaml",
    ]);
    expect(lstatSync(join(to, "app/link.yaml")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(to, "app/link.yaml"), "utf8")).toBe("c");
    rmSync(to, { recursive: true });
  });

  /** PT-7: tree objects made by hand. */
  test.each(["..", ".", ".git", ".GIT", "a/b", "a\0b", "..\\x", ""])(
    "a repository with an entry named %p writes nothing outside",
    async (name) => {
      const entry: TreeEntry = { name, kind: "file", oid: "1" };
      const tree: SourceTree = {
        oid: async () => "1",
        entry: async (path) => (path === "app" ? { name: "app", kind: "folder", oid: "1" } : undefined),
        list: async (path) => (path === "app" ? [entry] : []),
        read: async () => Buffer.from("evil"),
        readLink: async () => "",
      };
      expect(await endingOf(exported([{ path: "app" }], tree))).toThrow(
        "the repository holds an entry named",
      );
      expect(existsSync(join(tmpdir(), "evil"))).toBe(false);
    },
  );
});
