/**
 * Packs that no honest server would send, down both roads. Each ends as one sentence that names the repository; the
 * daemon's memory and event loop stay as they were; the next honest fetch of the same repository works.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChildrenMemory } from "../lib/children-memory.ts";
import { type GitSubject, startGitSubject } from "../lib/git-subject.ts";
import { type HostileServer, startHostileServer } from "../lib/hostile-git-server.ts";
import {
  blob,
  buildPack,
  commit,
  copyingDelta,
  entryBytes,
  entryHead,
  honestCommit,
  idOf,
  type PackEntry,
  type RawObject,
  tree,
  zerosDeflated,
} from "../lib/pack-builder.ts";
import { expectCalm } from "../lib/subject-calm.ts";

interface Case {
  name: string;
  /** What the commit is, and the pack that is to bring it. */
  make: () => { commit: string; pack: Uint8Array };
  /** What is read; the README of the commit where absent. */
  read?: string;
  /** What the sentence says, by road where they differ. */
  says: RegExp | { program: RegExp; library: RegExp };
}

/** Of the process that reads: git may map a gibibyte, Bun with isomorphic-git takes three quarters beyond its own. */
const MAX_CHILD_BYTES = 1.75 * 2 ** 30;

/** A commit whose README is `content`, which is not among the objects. */
function commitOf(content: string): { id: string; objects: RawObject[] } {
  const root = tree([["100644", "README.md", content]]);
  const top = commit(idOf(root));
  return { id: idOf(top), objects: [top, root] };
}

const honest = honestCommit();
const lost = "1234567890123456789012345678901234567890";
const other = "abcdefabcdefabcdefabcdefabcdefabcdefabcd";
/** By git, by isomorphic-git, and by the limits that both run under. */
const unreadable =
  /what it sent (is refused|cannot be read)|what it sends needs|the pack (holds|was)|is no pack|is missing|did not answer within 8 s/;

function withEntries(content: string, entries: readonly PackEntry[]): { commit: string; pack: Uint8Array } {
  const { id, objects } = commitOf(content);
  return { commit: id, pack: buildPack([...objects, ...entries]) };
}

function withTree(entries: readonly (readonly [string, string, string])[]): {
  commit: string;
  pack: Uint8Array;
} {
  const file = blob("read me\n");
  const root = tree([
    ["100644", "README.md", idOf(file)],
    ...entries.map(([mode, name, id]) => [mode, name, id === "" ? idOf(file) : id] as const),
  ]);
  const top = commit(idOf(root));
  return { commit: idOf(top), pack: buildPack([top, root, file]) };
}

/** Twenty deltas that each become a gibibyte. */
function deltaBomb(): { commit: string; pack: Uint8Array } {
  const base = blob(Buffer.alloc(1 << 16, 97));
  const bomb = copyingDelta(base.data.byteLength, 1 << 16, 1 << 14);
  return withEntries(lost, [base, ...Array.from({ length: 20 }, () => ({ base: idOf(base), delta: bomb }))]);
}

/** Each delta doubles the one before it: forty of them are a terabyte. */
function doublingDeltas(): { commit: string; pack: Uint8Array } {
  const entries: PackEntry[] = [blob(Buffer.alloc(1024, 97))];
  for (let i = 0, bytes = 1024; i < 22; i++, bytes *= 2) {
    const delta = Buffer.concat([copyingDelta(bytes, Math.min(bytes, 0xffffff), 1)]);
    const twice = bytes <= 0xffffff ? copyingDelta(bytes, bytes, 2) : delta;
    entries.push({ base: entryBytes(entries.at(-1) as PackEntry).byteLength, delta: twice });
  }
  return withEntries(lost, entries);
}

const cases: Case[] = [
  {
    name: "a delta against itself, by id",
    make: () => withEntries(lost, [{ base: lost, delta: copyingDelta(10, 10, 1) }]),
    says: unreadable,
  },
  {
    name: "a delta against itself, by distance",
    make: () => withEntries(lost, [{ base: 0, delta: copyingDelta(10, 10, 1) }]),
    says: unreadable,
  },
  {
    name: "two deltas against each other",
    make: () =>
      withEntries(lost, [
        { base: other, delta: copyingDelta(10, 10, 1) },
        { base: lost, delta: copyingDelta(10, 10, 1) },
      ]),
    says: unreadable,
  },
  {
    name: "a delta against something before the pack's beginning",
    make: () => withEntries(lost, [{ base: 1 << 27, delta: copyingDelta(10, 10, 1) }]),
    says: unreadable,
  },
  {
    name: "a delta against an object that is nowhere",
    make: () => withEntries(lost, [{ base: other, delta: copyingDelta(10, 10, 1) }]),
    says: unreadable,
  },
  { name: "deltas that become gigabytes", make: deltaBomb, says: unreadable },
  { name: "deltas that each double the one before", make: doublingDeltas, says: unreadable },
  {
    name: "a chain of 5,000 deltas",
    make: () => {
      const entries: PackEntry[] = [blob("0123456789")];
      for (let i = 0; i < 5_000; i++)
        entries.push({
          base: entryBytes(entries.at(-1) as PackEntry).byteLength,
          delta: copyingDelta(10, 10, 1),
        });
      return withEntries(lost, entries);
    },
    says: unreadable,
  },
  {
    name: "a file that inflates to 4 GiB, as its head says",
    make: () => withEntries(lost, [{ ...blob(""), claims: 4 * 2 ** 30, deflated: zerosDeflated(4096) }]),
    says: unreadable,
  },
  {
    name: "a file that inflates to 4 GiB, where its head says 10 bytes",
    make: () => withEntries(lost, [{ ...blob(""), claims: 10, deflated: zerosDeflated(4096) }]),
    says: unreadable,
  },
  {
    name: "a head that claims 2^52 bytes",
    make: () => withEntries(lost, [{ ...blob("small"), claims: 2 ** 52 }]),
    says: unreadable,
  },
  {
    name: "a head that claims a byte too many",
    make: () => withEntries(lost, [{ ...blob("small"), claims: 6 }]),
    says: unreadable,
  },
  {
    name: "a head that claims a byte too few",
    make: () => withEntries(lost, [{ ...blob("small"), claims: 4 }]),
    says: unreadable,
  },
  {
    name: "a delta whose result is larger than it says",
    make: () => {
      const base = blob("0123456789");
      const delta = Buffer.concat([Buffer.from([10, 5]), Buffer.from([0x90, 10])]);
      return withEntries(lost, [base, { base: idOf(base), delta }]);
    },
    says: unreadable,
  },
  {
    name: "a delta that copies from behind its base",
    make: () => {
      const base = blob("0123456789");
      const delta = Buffer.concat([Buffer.from([10, 10]), Buffer.from([0x91, 200, 10])]);
      return withEntries(lost, [base, { base: idOf(base), delta }]);
    },
    says: unreadable,
  },
  {
    name: "more entries claimed than there are",
    make: () => ({ commit: honest.id, pack: buildPack(honest.objects, { count: 1000 }) }),
    says: unreadable,
  },
  {
    name: "four billion entries claimed",
    make: () => ({ commit: honest.id, pack: buildPack(honest.objects, { count: 0xffffffff }) }),
    says: unreadable,
  },
  {
    name: "fewer entries claimed than there are",
    make: () => ({ commit: honest.id, pack: buildPack(honest.objects, { count: 1 }) }),
    says: unreadable,
  },
  {
    name: "an empty pack",
    make: () => ({ commit: honest.id, pack: buildPack([]) }),
    says: /does not have it|what it sent is refused/,
  },
  {
    name: "a pack that is cut",
    make: () => ({ commit: honest.id, pack: buildPack(honest.objects).subarray(0, -40) }),
    says: unreadable,
  },
  {
    name: "a checksum that is another's",
    make: () => ({ commit: honest.id, pack: buildPack(honest.objects, { trailer: Buffer.alloc(20, 7) }) }),
    says: unreadable,
  },
  {
    name: "a pack of version 9",
    make: () => ({ commit: honest.id, pack: buildPack(honest.objects, { version: 9 }) }),
    says: unreadable,
  },
  {
    name: "no pack at all",
    make: () => ({ commit: honest.id, pack: Buffer.from("<html>".repeat(100)) }),
    says: unreadable,
  },
  {
    name: "an entry of a type that there is not",
    make: () => {
      const raw = Buffer.concat([entryHead(5, 5), entryBytes(blob("small")).subarray(1)]);
      return withEntries(lost, [{ raw }]);
    },
    says: unreadable,
  },
  {
    name: "garbage where an entry should be",
    make: () => withEntries(lost, [{ raw: Buffer.alloc(5000, 0xff) }]),
    says: unreadable,
  },
  {
    name: "another commit than the one asked for",
    make: () => ({ commit: lost, pack: buildPack(honest.objects) }),
    says: /does not have it|what it sent is refused/,
  },
  {
    name: "a commit without its files",
    make: () => ({ commit: honest.id, pack: buildPack(honest.objects.slice(0, 1)) }),
    says: unreadable,
  },
  {
    name: "a commit whose tree is a file",
    make: () => {
      const file = blob("I am no tree");
      const top = commit(idOf(file));
      return { commit: idOf(top), pack: buildPack([top, file]) };
    },
    says: { program: unreadable, library: /a blob and no folder/ },
  },
  {
    name: "a file of five megabytes",
    make: () => {
      const file = blob(Buffer.alloc(5 * 2 ** 20, 98));
      const { id, objects } = commitOf(idOf(file));
      return { commit: id, pack: buildPack([...objects, file]) };
    },
    says: /has 5242880 bytes, and at most 4194304 are read/,
  },
  {
    name: "a link to a file of this machine",
    make: () => {
      const target = blob("/etc/passwd");
      const root = tree([["120000", "README.md", idOf(target)]]);
      const top = commit(idOf(root));
      return { commit: idOf(top), pack: buildPack([top, root, target]) };
    },
    says: /leads out of the repository/,
  },
  {
    name: "a folder with more names than anybody needs",
    make: () => {
      const file = blob("read me\n");
      const names = Array.from(
        { length: 1_000_000 },
        (_, i) => ["100644", `n${String(i).padStart(7, "0")}`, idOf(file)] as const,
      );
      const root = tree([["100644", "README.md", idOf(file)], ...names]);
      const top = commit(idOf(root));
      return { commit: idOf(top), pack: buildPack([top, root, file]) };
    },
    says: /has 36000037 bytes, and at most \d+ are read/,
  },
  ...["..", ".", ".git", ".GIT", "a/b", "git~1", ""].map((name) => ({
    name: `a folder with an entry named ${JSON.stringify(name)}`,
    make: () => withTree([["100644", name, ""]]),
    says: { program: /what it sent is refused: object/, library: /the folder is refused: it holds an entry/ },
  })),
  {
    name: "a folder that holds one name twice",
    make: () => withTree([["120000", "README.md", ""]]),
    says: {
      program: /what it sent is refused: object/,
      library: /the folder is refused: it holds two entries/,
    },
  },
  {
    name: "a folder whose entry is cut",
    make: () => {
      const file = blob("read me\n");
      const whole = tree([["100644", "README.md", idOf(file)]]);
      const root: RawObject = { type: "tree", data: whole.data.subarray(0, -5) };
      const top = commit(idOf(root));
      return { commit: idOf(top), pack: buildPack([top, root, file]) };
    },
    says: { program: unreadable, library: /the folder is refused: it is cut short/ },
  },
];

describe.each(["program", "library"] as const)("hostile packs, by the %s", (road) => {
  let server: HostileServer;
  let subject: GitSubject;
  let children: ChildrenMemory;
  let dataDir: string;
  let restBytes: number;
  let repositories = 0;
  beforeAll(async () => {
    server = await startHostileServer();
    dataDir = mkdtempSync(join(tmpdir(), "holdfast-hostile-"));
    subject = startGitSubject({ dataDir, road });
    children = new ChildrenMemory(subject.pid);
    const url = server.serve("first", { commit: honest.id, pack: buildPack(honest.objects) });
    expect((await subject.ask({ url, read: "README.md" })).text).toBe("read me\n");
    restBytes = await subject.rest();
  });
  afterAll(async () => {
    children.stop();
    await subject.stop();
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test.each(cases)("$name", async ({ make, read = "README.md", says }) => {
    const name = `hostile-${++repositories}`;
    const made = make();
    const url = server.serve(name, made);
    // What the answer before left to be collected is not what this one costs.
    await subject.rest();
    const answer = await subject.ask({ url, commit: made.commit, read });
    expect(answer).not.toHaveProperty("fault");
    expect(answer).not.toHaveProperty("text");
    expect(answer.failure?.message).toMatch(says instanceof RegExp ? says : says[road]);
    expect(answer.failure?.object).toStartWith(url);
    expect(answer.failure?.message).not.toMatch(/[\p{Cc}]/u);
    expect((answer.failure?.message ?? "").length).toBeLessThan(700);
    expectCalm(answer, restBytes);
    expect(children.take()).toBeLessThan(MAX_CHILD_BYTES);
    server.serve(name, { commit: honest.id, pack: buildPack(honest.objects) });
    // What was not whole twice is left alone for a second.
    await Bun.sleep(1_050);
    expect((await subject.ask({ url, commit: honest.id, read: "README.md" })).text).toBe("read me\n");
  });

  test("afterwards its memory is what it was", async () => {
    expect((await subject.rest()) - restBytes).toBeLessThan(64 * 2 ** 20);
  });
});
