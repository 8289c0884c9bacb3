/** Servers and packs that are wrong on purpose: memory, time, and what is never checked out. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ChildrenMemory } from "../lib/children-memory.ts";
import { type GitSubject, startGitSubject } from "../lib/git-subject.ts";
import {
  type Answer,
  flush,
  type HostileRepository,
  head,
  pkt,
  refs,
  say,
  sayForEver,
  silence,
  startHostileServer,
  write,
} from "../lib/hostile-git-server.ts";
import {
  blob,
  buildPack,
  commit,
  copyingDelta,
  honestCommit,
  idOf,
  type PackEntry,
  tree,
  zerosDeflated,
} from "../lib/pack-builder.ts";
import { LARGE_BYTES } from "./controls.ts";
import { must, NotHeld, type Row, tally } from "./row.ts";
import type { Stand } from "./stand.ts";
import { contentOf, mustNotLeak } from "./witnesses.ts";

/** A git may map a gibibyte, Bun with isomorphic-git three quarters beyond its own. */
const CHILD_BYTES = 1.75 * 2 ** 30;

const honest = honestCommit();
const nowhere = "1234567890123456789012345678901234567890";

/** A repository whose README is an object that only these entries could bring. */
function lost(entries: readonly PackEntry[]): HostileRepository {
  const root = tree([["100644", "README.md", nowhere]]);
  const top = commit(idOf(root));
  return { commit: idOf(top), pack: buildPack([top, root, ...entries]) };
}

/** A repository whose folder holds these entries beside an honest README. */
function withNames(
  entries: readonly (readonly [mode: string, name: string])[],
  target = "read me\n",
): HostileRepository {
  const file = blob("read me\n"),
    other = blob(target);
  const root = tree([
    ["100644", "README.md", idOf(file)],
    ...entries.map(([mode, name]) => [mode, name, idOf(other)] as const),
  ]);
  const top = commit(idOf(root));
  return { commit: idOf(top), pack: buildPack([top, root, file, other]) };
}

/** Asks a Git in a process of its own for each. @returns the failures' codes */
async function refusedBySubject(
  stand: Stand,
  repositories: Record<string, HostileRepository & { read?: string }>,
): Promise<string> {
  const server = await startHostileServer();
  const codes: string[] = [];
  for (const road of ["program", "library"] as const) {
    const dataDir = mkdtempSync(join(stand.dir, "subject-"));
    const subject = startGitSubject({ dataDir, road });
    const children = new ChildrenMemory(subject.pid);
    const first = await subject.ask({
      url: server.serve("first", { commit: honest.id, pack: buildPack(honest.objects) }),
      read: "README.md",
    });
    must(first.text === "read me\n", `the honest repository is not read: ${JSON.stringify(first)}`);
    for (const [name, repository] of Object.entries(repositories)) {
      const url = server.serve(`${road}-${codes.length}`, repository);
      const restBytes = await restOf(subject);
      const said = await subject.ask({
        url,
        commit: repository.commit,
        read: repository.read ?? "README.md",
        ...(repository.instead === undefined ? {} : { commit: undefined as never }),
      });
      if (said.failure === undefined) throw new NotHeld(`${name}, by the ${road}: ${JSON.stringify(said)}`);
      mustNotLeak(said.failure.message, "what a failure says");
      const growth = said.peakRss - restBytes;
      if (growth > LARGE_BYTES)
        throw new NotHeld(`${name}, by the ${road}: the process grew by ${growth >> 20} MiB`);
      const peak = children.take();
      if (peak > CHILD_BYTES)
        throw new NotHeld(`${name}, by the ${road}: a child took ${Math.round(peak / 2 ** 20)} MiB`);
      codes.push(said.failure.code);
    }
    const written = Object.keys(contentOf([dataDir])).filter((path) => path.includes("evil"));
    must(written.length === 0, `files of the repository are on the disk: ${written[0]}`);
    children.stop();
    await subject.stop();
  }
  await server.close();
  return `refused, on both roads: ${tally(codes)}`;
}

function restOf(subject: GitSubject): Promise<number> {
  return subject.rest();
}

const honestly = (instead: HostileRepository["instead"] & object): HostileRepository => ({
  commit: honest.id,
  pack: buildPack(honest.objects),
  instead,
});
const manyRefs = (turn: number): Buffer =>
  Buffer.concat(Array.from({ length: 1000 }, (_, i) => pkt(`${honest.id} refs/heads/b-${turn}-${i}\n`)));
const zipped: Answer = async ({ stage, socket }) => {
  const body = gzipSync(Buffer.alloc(512 * 2 ** 20, "0"));
  await write(socket, head(stage, [`Content-Length: ${body.byteLength}`, "Content-Encoding: gzip"]));
  await write(socket, body);
};
const trickle: Answer = async ({ stage, socket }) => {
  await write(socket, head(stage));
  while (!socket.destroyed) {
    await write(socket, "0");
    await Bun.sleep(200);
  }
};

export const GIT_HOSTILE: readonly Row[] = [
  {
    id: "PT-7",
    about:
      "isomorphic-git CVE-2021-30483 and #2377, git CVE-2018-11235: names in a tree that a checkout writes elsewhere",
    input:
      "trees with .., ., .git, .GIT, git~1, a/b, an empty name, a name twice, a link and a file through it; links out",
    play: (stand) =>
      refusedBySubject(stand, {
        ...Object.fromEntries(
          ["..", ".", ".git", ".GIT", "git~1", "a/evil", "../evil", ""].map((name) => [
            JSON.stringify(name),
            withNames([["100644", name]]),
          ]),
        ),
        "a name twice": withNames([["120000", "README.md"]]),
        "a link out": { ...withNames([["120000", "evil"]], stand.outside), read: "evil" },
        "a file through a link": {
          ...withNames([["120000", "evil"]], join(stand.outside, "..")),
          read: "evil/secret.json",
        },
        "a link to the process": { ...withNames([["120000", "evil"]], "/proc/self/environ"), read: "evil" },
      }),
  },
  {
    id: "DS-8",
    about: "go-git CVE-2025-21614, CVE-2026-34165: packs and answers that fill memory or never end",
    input:
      "deltas that become gigabytes, a file of 4 GiB in 4 MB, heads that lie, a delta of itself, refs without end, gzip of 512 MiB, silence, a byte now and then",
    async play(stand) {
      const base = blob(Buffer.alloc(1 << 16, 97));
      const bomb = copyingDelta(base.data.byteLength, 1 << 16, 1 << 14);
      const packs = await refusedBySubject(stand, {
        "deltas that become gigabytes": lost([
          base,
          ...Array.from({ length: 20 }, () => ({ base: idOf(base), delta: bomb })),
        ]),
        "a file of 4 GiB": lost([{ ...blob(""), claims: 4 * 2 ** 30, deflated: zerosDeflated(4096) }]),
        "a file of 4 GiB that says 10 bytes": lost([
          { ...blob(""), claims: 10, deflated: zerosDeflated(4096) },
        ]),
        "a head that claims 2^52 bytes": lost([{ ...blob("small"), claims: 2 ** 52 }]),
        "a delta of itself": lost([{ base: nowhere, delta: copyingDelta(10, 10, 1) }]),
        "a checksum of another": {
          commit: honest.id,
          pack: buildPack(honest.objects, { trailer: Buffer.alloc(20, 7) }),
        },
        "a pack that is cut": { commit: honest.id, pack: buildPack(honest.objects).subarray(0, -40) },
        "another commit": { commit: nowhere, pack: buildPack(honest.objects) },
      });
      const answers = await refusedBySubject(stand, {
        "refs without end": honestly({ "ls-refs": (asked) => sayForEver(asked, Buffer.alloc(0), manyRefs) }),
        "one ref without end": honestly({
          "ls-refs": (asked) =>
            sayForEver(asked, Buffer.alloc(0), () =>
              refs(Array(1000).fill(`${honest.id} refs/heads/main`)).subarray(0, -4),
            ),
        }),
        "512 MiB in gzip": honestly({ "ls-refs": zipped }),
        silence: honestly({ "ls-refs": silence }),
        "a byte now and then": honestly({ "ls-refs": trickle }),
        "words for a terminal": honestly({
          "ls-refs": (asked) =>
            say(asked, Buffer.concat([pkt(`ERR \x1b[2J${"long ".repeat(10_000)}\n`), flush])),
        }),
      });
      return `packs ${packs}; answers ${answers}`;
    },
  },
];
