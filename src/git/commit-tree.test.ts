import { expect, test } from "bun:test";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { CommitTree, folderMemory } from "./commit-tree.ts";
import { type GitObject, objectId } from "./git-object.ts";

test("the ids of a thousand folders cost two reads, and the next commit as many", async () => {
  const objects = new Map<string, GitObject>();
  const put = (object: GitObject): string => {
    const id = objectId("sha1", object);
    objects.set(id, object);
    return id;
  };
  const tree = (entries: [mode: string, name: string, id: string][]): string =>
    put({
      type: "tree",
      data: Buffer.concat(
        entries.map(([mode, name, id]) =>
          Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]),
        ),
      ),
    });
  const commit = (changed: number): string => {
    const apps = Array.from({ length: 1000 }, (_, i): [string, string, string] => [
      "40000",
      `app-${i}`,
      objectId("sha1", { type: "tree", data: Buffer.from(`${i} ${i === 7 ? changed : 0}`) }),
    ]);
    return tree([["40000", "apps", tree(apps)]]);
  };
  const read: string[] = [];
  const memory = folderMemory(5000);
  const open = (root: string) =>
    new CommitTree(
      "c".repeat(40) as CommitSha,
      root,
      {
        repository: "test",
        format: "sha1",
        read(id) {
          read.push(id);
          const object = objects.get(id);
          if (object === undefined) throw new Error(`no object ${id}`);
          return object;
        },
      },
      memory,
    );
  const ids = async (root: string): Promise<(string | undefined)[]> =>
    Promise.all(Array.from({ length: 1000 }, (_, i) => i).map((i) => open(root).oid(`apps/app-${i}`)));

  const [first, second] = [commit(0), commit(1)];
  await open(first).oid("apps/app-0");
  const before = await ids(first);
  expect(read.length).toBe(2);
  await open(second).oid("apps/app-0");
  const after = await ids(second);
  expect(read.length).toBe(4);
  expect(before.flatMap((id, i) => (id === after[i] ? [] : [i]))).toEqual([7]);
});
