import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endingOf, rejectionOf } from "../../test/lib/ending-of.ts";
import { type SourceFolder, sourceFolder } from "../../test/lib/source-folder.ts";
import { folderTree } from "./folder-tree.ts";

let repository: SourceFolder;
afterEach(() => repository?.dispose());

describe("folderTree()", () => {
  test("shows files, folders and links, without .git", async () => {
    repository = sourceFolder({ "a/b.yaml": "b", "c.txt": "c", ".git/config": "" });
    repository.link("l", "a/b.yaml");
    const tree = await repository.tree();
    expect((await tree.list("")).map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      "folder a",
      "file c.txt",
      "link l",
    ]);
    expect(Buffer.from(await tree.read("l")).toString()).toBe("b");
    expect(await tree.readLink?.("l")).toBe("a/b.yaml");
    expect(await tree.entry("a/none")).toBeUndefined();
    expect(await tree.entry("c.txt/none")).toBeUndefined();
  });

  test("object ids follow content, of folders from what is in them", async () => {
    repository = sourceFolder({ "a/x.yaml": "1", "b/x.yaml": "1" });
    const ids = async () => {
      const tree = await repository.tree();
      return [await tree.oid("a"), await tree.oid("b"), await tree.oid("")];
    };
    const [a, b, root] = await ids();
    expect(a).toBe(b);
    repository.write({ "b/x.yaml": "2" });
    const after = await ids();
    expect([after[0] === a, after[1] === b, after[2] === root]).toEqual([true, false, false]);
  });

  test("a tree stands for one state: what it was asked for once it does not read again", async () => {
    repository = sourceFolder({ "a/b/x.yaml": "1" });
    const tree = await repository.tree();
    const before = [await tree.oid(""), await tree.oid("a"), await tree.oid("a/b/x.yaml")];
    repository.write({ "a/b/x.yaml": "2" });
    expect([await tree.oid(""), await tree.oid("a"), await tree.oid("a/b/x.yaml")]).toEqual(before);
    expect(await (await repository.tree()).oid("a")).not.toBe(before[1] as string);
  });

  test("is a jail: neither paths nor links lead out", async () => {
    repository = sourceFolder({ "a.yaml": "a" });
    mkdirSync(join(repository.path, "../outside"));
    writeFileSync(join(repository.path, "../outside/secret"), "secret");
    repository.link("l", "../outside/secret");
    repository.link("folder", "../outside");
    repository.link("loop", "loop");
    const tree = await repository.tree();
    for (const path of ["../outside/secret", "/etc/passwd", "l", "folder/secret"])
      expect(await rejectionOf(tree.read(path))).toMatchObject({ code: "path-outside-source" });
    expect(await rejectionOf(tree.list("folder"))).toMatchObject({ code: "path-outside-source" });
    expect(await endingOf(tree.read("loop"))).toThrow("circle of links");
  });

  test("says where there is no such folder", async () => {
    expect(await endingOf(folderTree("/nowhere/at/all"))).toThrow(
      "/nowhere/at/all: cannot read: there is no such folder",
    );
  });
});
