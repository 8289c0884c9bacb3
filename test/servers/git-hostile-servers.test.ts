/**
 * Servers that lie, never end or never answer, down both roads. Each ends as one sentence that names the repository;
 * the daemon's memory and event loop stay as they were; the next honest answer of the same repository is taken.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startGitServer } from "../lib/git-server.ts";
import { type GitSubject, startGitSubject } from "../lib/git-subject.ts";
import {
  type Answer,
  type Asked,
  advertisement,
  flush,
  type HostileServer,
  head,
  packAnswer,
  pkt,
  refs,
  say,
  sayForEver,
  silence,
  startHostileServer,
  write,
} from "../lib/hostile-git-server.ts";
import { buildPack, entryHead, honestCommit } from "../lib/pack-builder.ts";
import { expectCalm } from "../lib/subject-calm.ts";

const honest = honestCommit();
const pack = buildPack(honest.objects);
const id = honest.id;
const mainRef = [`${id} HEAD symref-target:refs/heads/main`, `${id} refs/heads/main`];

/** Answers with bytes as they are, headers included. */
const raw =
  (bytes: string | Uint8Array): Answer =>
  ({ socket }) =>
    write(socket, bytes);
const says =
  (body: Uint8Array): Answer =>
  (asked) =>
    say(asked, body);
const redirect = (location: string): Answer =>
  raw(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
const zipped =
  (body: Buffer): Answer =>
  async ({ stage, socket }) => {
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
const endlessHeaders: Answer = async ({ socket }) => {
  await write(socket, "HTTP/1.1 200 OK\r\n");
  for (let i = 0; !socket.destroyed; i++) await write(socket, `X-${i}: ${"a".repeat(1000)}\r\n`);
};
const bomb = gzipSync(Buffer.concat([pkt(`${id} refs/heads/main\n`), Buffer.alloc(512 * 2 ** 20, "0")]));
/** Many lines at once, so that the server is not the slow one. */
const manyRefs = (turn: number): Buffer =>
  Buffer.concat(Array.from({ length: 1000 }, (_, i) => pkt(`${id} refs/heads/branch-${turn}-${i}\n`)));
const band = (number: number, data: Uint8Array): Buffer => pkt(Buffer.concat([Buffer.from([number]), data]));
const packfile = Buffer.concat([pkt("shallow-info\n"), Buffer.from("0001"), pkt("packfile\n")]);

/** The beginning of a pack whose one file never ends: noise that cannot be packed, in blocks that say so. */
const endlessFile = Buffer.concat([pack.subarray(0, 12), entryHead(3, 2 ** 40), Buffer.from([0x78, 0x01])]);
const storedBlock = Buffer.concat([
  Buffer.from([0, 0x00, 0x80, 0xff, 0x7f]),
  crypto.getRandomValues(new Uint8Array(0x8000)),
]);

interface Case {
  name: string;
  stage: Asked["stage"];
  answer: Answer;
  says: RegExp;
  /** Only what our own client asks for; git asks otherwise, or is not asked at all. */
  roads?: readonly ("program" | "library")[];
}

const nothing = /did not answer within|sent nothing for|too slow/;
const notGit = /is not in Git's format|ends in the middle|was cut|is no Git repository/;

const cases: Case[] = [
  // The list of refs, which is ours on both roads.
  {
    name: "refs without end",
    stage: "ls-refs",
    answer: (asked) => sayForEver(asked, Buffer.alloc(0), manyRefs),
    says: /more than 100000 refs|did not answer within/,
  },
  {
    name: "one ref again and again without end",
    stage: "ls-refs",
    answer: (asked) =>
      sayForEver(asked, Buffer.alloc(0), () => refs(Array(1000).fill(mainRef[1])).subarray(0, -4)),
    says: /more than 100000 refs|did not answer within/,
  },
  {
    name: "refs of an older server without end",
    stage: "advertisement",
    answer: (asked) =>
      sayForEver(asked, Buffer.concat([pkt("# service=git-upload-pack\n"), flush]), manyRefs),
    says: /more than 100000 refs|did not answer within/,
  },
  {
    name: "abilities without end",
    stage: "advertisement",
    answer: (asked) =>
      sayForEver(asked, advertisement().subarray(0, -4), (turn) =>
        Buffer.concat(Array.from({ length: 1000 }, (_, i) => pkt(`ability-${turn}-${i}\n`))),
      ),
    says: /more abilities than there are/,
  },
  {
    name: "headers without end",
    stage: "advertisement",
    answer: endlessHeaders,
    says: /its answer is not in HTTP/,
  },
  { name: "silence before the discovery", stage: "advertisement", answer: silence, says: nothing },
  { name: "silence before the refs", stage: "ls-refs", answer: silence, says: nothing },
  { name: "a byte from time to time", stage: "ls-refs", answer: trickle, says: nothing },
  {
    name: "silence in the middle of the refs",
    stage: "ls-refs",
    answer: async (asked) => {
      await write(asked.socket, head("ls-refs"));
      await write(asked.socket, refs(mainRef).subarray(0, 50));
      await silence(asked);
    },
    says: nothing,
  },
  { name: "refs that are cut", stage: "ls-refs", answer: says(refs(mainRef).subarray(0, -4)), says: notGit },
  {
    name: "a length of a packet that lies",
    stage: "ls-refs",
    answer: says(Buffer.concat([Buffer.from("ffff"), Buffer.from(`${id} refs/heads/main\n`)])),
    says: notGit,
  },
  {
    name: "a length of a packet that is none",
    stage: "ls-refs",
    answer: says(Buffer.from("wxyz0000")),
    says: notGit,
  },
  { name: "a length of three", stage: "ls-refs", answer: says(Buffer.from("0003")), says: notGit },
  {
    name: "ids that are none",
    stage: "ls-refs",
    answer: says(refs([`${"z".repeat(40)} refs/heads/main`])),
    says: notGit,
  },
  {
    name: "a content length that is too long",
    stage: "ls-refs",
    answer: async ({ socket }) => {
      await write(socket, head("ls-refs", ["Content-Length: 100000"]));
      await write(socket, refs(mainRef));
    },
    says: /closed the connection|connection failed/,
  },
  {
    name: "a content length that is no number",
    stage: "ls-refs",
    answer: raw(`${head("ls-refs", ["Content-Length: -7"])}0000`),
    says: /its answer is not in HTTP/,
  },
  {
    name: "a content length that is too short",
    stage: "ls-refs",
    answer: async ({ socket }) => {
      await write(socket, head("ls-refs", ["Content-Length: 40"]));
      await write(socket, refs(mainRef));
    },
    says: notGit,
  },
  {
    name: "chunks whose lengths lie",
    stage: "ls-refs",
    answer: raw(
      `${head("ls-refs", ["Transfer-Encoding: chunked"])}zz\r\n${refs(mainRef).toString()}\r\n0\r\n\r\n`,
    ),
    says: /its answer is not in HTTP/,
  },
  {
    name: "refs that inflate to half a gigabyte",
    stage: "ls-refs",
    answer: zipped(bomb),
    says: /answers in the encoding "gzip", which nobody asked for/,
  },
  {
    name: "a discovery that inflates to half a gigabyte",
    stage: "advertisement",
    answer: zipped(bomb),
    says: /answers in the encoding "gzip", which nobody asked for/,
  },
  {
    name: "a page with the right type",
    stage: "advertisement",
    answer: says(Buffer.from("<html>log in</html>")),
    says: notGit,
  },
  {
    name: "a page with its own type",
    stage: "ls-refs",
    answer: raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>log in</html>"),
    says: /text\/html and is no Git repository/,
  },
  ...[
    "http://127.0.0.1:1/x.git",
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "//127.0.0.2/x.git",
    "ftp://127.0.0.1/",
    "javascript:alert(1)",
  ].flatMap((location): Case[] => [
    {
      name: `a redirect of the discovery to ${location}`,
      stage: "advertisement",
      answer: redirect(location),
      says: /redirects to another server/,
    },
    {
      name: `a redirect of the refs to ${location}`,
      stage: "ls-refs",
      answer: redirect(location),
      says: /redirects to another server/,
    },
  ]),
  {
    name: "a redirect to itself",
    stage: "advertisement",
    answer: (asked) => redirect(asked.path)(asked),
    says: /redirects more than 3 times/,
  },
  {
    name: "words with control characters, and many of them",
    stage: "ls-refs",
    answer: says(Buffer.concat([pkt(`ERR \x1b[31mred\r\nX-Y: z\0 ${"long ".repeat(10_000)}\n`), flush])),
    says: /the server says: \[31mred|the server says: /,
  },
  {
    name: "an object format that nobody knows",
    stage: "advertisement",
    answer: says(advertisement(["ls-refs", "fetch", "object-format=md5"])),
    says: /object format "md5" is unknown/,
  },
  // The fetch: by git, and by the process with isomorphic-git.
  { name: "silence in place of a pack", stage: "fetch", answer: silence, says: nothing },
  {
    name: "silence in the middle of a pack",
    stage: "fetch",
    answer: async (asked) => {
      await write(asked.socket, head("fetch"));
      await write(asked.socket, packAnswer(pack).subarray(0, 80));
      await silence(asked);
    },
    says: nothing,
  },
  {
    name: "a pack without end",
    stage: "fetch",
    answer: (asked) =>
      sayForEver(asked, Buffer.concat([packfile, band(1, endlessFile)]), () => band(1, storedBlock)),
    says: /larger than allowed|is longer than 67108864 bytes/,
  },
  {
    name: "progress without end",
    stage: "fetch",
    answer: (asked) => sayForEver(asked, packfile, () => band(2, Buffer.alloc(60_000, "."))),
    says: /did not answer within 8 s|is longer than|needs more memory/,
  },
  {
    name: "a fetch of a band that there is not",
    stage: "fetch",
    answer: says(Buffer.concat([packfile, band(9, pack), flush])),
    says: /what it sent|Git's format|band|sideband/,
  },
  {
    name: "an error in the middle of a fetch",
    stage: "fetch",
    answer: says(Buffer.concat([packfile, band(3, Buffer.from("\x1b[2Jgone\r\nX: y"))])),
    says: /gone|what it sent/,
  },
  {
    name: "a fetch that is cut",
    stage: "fetch",
    answer: says(packAnswer(pack).subarray(0, -60)),
    says: /what it sent|was cut|in the middle|hung up|disconnect/,
  },
  {
    name: "a page in place of a pack",
    stage: "fetch",
    answer: raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>log in</html>"),
    says: /text\/html|what it sent is refused/,
  },
  {
    name: "a redirect of the fetch to a metadata address",
    stage: "fetch",
    answer: redirect("http://169.254.169.254/latest/"),
    says: /redirect/,
  },
  {
    name: "a fetch that inflates to half a gigabyte",
    stage: "fetch",
    answer: zipped(gzipSync(Buffer.concat([packfile, Buffer.alloc(512 * 2 ** 20, "0")]))),
    says: /what it sent is refused|answers in the encoding/,
  },
  {
    name: "HTTP 500",
    stage: "fetch",
    answer: raw("HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    says: /500/,
  },
  {
    name: "a connection that is closed at once",
    stage: "fetch",
    answer: raw(""),
    says: /closed|empty reply|connection/i,
  },
];

describe.each(["program", "library"] as const)("hostile servers, by the %s", (road) => {
  let server: HostileServer;
  let subject: GitSubject;
  let dataDir: string;
  let restBytes: number;
  let repositories = 0;
  beforeAll(async () => {
    server = await startHostileServer();
    dataDir = mkdtempSync(join(tmpdir(), "holdfast-hostile-"));
    subject = startGitSubject({ dataDir, road });
    const url = server.serve("first", { commit: id, pack });
    expect((await subject.ask({ url, read: "README.md" })).text).toBe("read me\n");
    restBytes = await subject.rest();
  });
  afterAll(async () => {
    await subject.stop();
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test.each(cases)("$name ($stage)", async ({ stage, answer, says: sentence }) => {
    const name = `hostile-${++repositories}`;
    const url = server.serve(name, { commit: id, pack, instead: { [stage]: answer } });
    // What the answer before left to be collected is not what this one costs.
    await subject.rest();
    const said = await subject.ask({ url, read: "README.md" });
    expect(said).not.toHaveProperty("fault");
    expect(said).not.toHaveProperty("text");
    expect(said.failure?.message).toMatch(sentence);
    expect(said.failure?.object).toBe(url);
    expect(said.failure?.message).not.toMatch(/[\p{Cc}]/u);
    expect((said.failure?.message ?? "").length).toBeLessThan(700);
    expectCalm(said, restBytes);
    server.serve(name, { commit: id, pack });
    // The shortest pause after a failure is a second.
    await Bun.sleep(1_050);
    expect((await subject.ask({ url, read: "README.md" })).text).toBe("read me\n");
  });

  test("names of refs that lead out of a folder, or into a log, are passed over", async () => {
    const odd = [
      "refs/heads/../../x",
      "refs/heads/a\x1bb",
      "refs/heads/.lock",
      "../refs/heads/x",
      "refs/heads/x.lock",
      "refs/heads/a b",
      "--upload-pack=x",
    ];
    const url = server.serve("odd", {
      commit: id,
      pack,
      instead: { "ls-refs": says(refs([...odd.map((name) => `${id} ${name}`), ...mainRef])) },
    });
    expect((await subject.ask({ url, read: "README.md" })).text).toBe("read me\n");
  });

  test.each([
    { bad: "a..b", says: { program: "reads", library: "reads" } },
    // isomorphic-git cannot tell where such a name ends.
    { bad: "a b", says: { program: "reads", library: /cannot read from Git: .*refs\/heads\/bad\/a b/ } },
  ] as const)(
    "an older server with one branch named $bad: read all the same, or a sentence with the name",
    async ({ bad, says: sentence }) => {
      const older = await startGitServer({ protocol: "older" });
      try {
        const url = await older.createRepo("older", { "README.md": "read me\n" });
        const branches = join(older.root, "older.git/refs/heads");
        const main = readFileSync(join(branches, "main"));
        mkdirSync(join(branches, "bad"));
        writeFileSync(join(branches, "bad", bad), main);
        const said = await subject.ask({ url, read: "README.md" });
        expect(said).not.toHaveProperty("fault");
        const wanted = sentence[road];
        if (wanted === "reads") expect(said.text).toBe("read me\n");
        else expect(said.failure?.message).toMatch(wanted);
      } finally {
        await older.close();
      }
    },
  );

  test("afterwards its memory is what it was", async () => {
    expect((await subject.rest()) - restBytes).toBeLessThan(64 * 2 ** 20);
  });
});
