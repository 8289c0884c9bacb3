/**
 * Histories of servers that answer nothing, or too little for ever: asking ends by itself or when whoever asks leaves, says
 * why, leaves no program and no connection behind, and holds up nobody who fetches what is to be delivered.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { Repositories } from "../../src/git/repositories.ts";
import { eventually } from "../lib/eventually.ts";
import { clock, quiet, systemGit } from "../lib/git-remotes.ts";
import {
  type Answer,
  type HostileRepository,
  type HostileServer,
  head,
  pkt,
  startHostileServer,
  write,
} from "../lib/hostile-git-server.ts";
import { buildPack, honestCommit } from "../lib/pack-builder.ts";

const honest = honestCommit();
const commit = honest.id as CommitSha;
const pack = buildPack(honest.objects);

let server: HostileServer;
let dataDir: string;
let git: Repositories;
/** It would wait for longer than any test. */
let patient: Repositories;
/** Connections that are held, and are not over. */
let open = 0;
beforeAll(async () => {
  server = await startHostileServer();
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-hangs-"));
  git = reading(systemGit, 1_500);
  patient = reading(systemGit, 600_000);
});
afterAll(async () => {
  await git.stop();
  await patient.stop();
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function reading(by: typeof systemGit | undefined, timeoutMs: number): Repositories {
  return new Repositories({
    ...{ dataDir: join(dataDir, `${timeoutMs}`), clock, log: quiet, systemGit: by },
    ...{ timeoutMs, fetchTimeoutMs: 2 * timeoutMs, maxPackBytes: 2 ** 26, maxObjectBytes: 2 ** 22 },
  });
}

/** Words about a pack that never comes. */
const PROGRESS = pkt(Buffer.concat([Buffer.from([2]), Buffer.from("counting\n")]));

/** Until whoever asked hangs up. @param comes all the while */
const held =
  (comes: "nothing" | "words"): Answer =>
  async ({ stage, socket }) => {
    open += 1;
    socket.once("close", () => {
      open -= 1;
    });
    if (comes === "words") await write(socket, Buffer.concat([Buffer.from(head(stage)), pkt("packfile\n")]));
    while (!socket.destroyed) {
      if (comes === "words") await write(socket, PROGRESS);
      await Bun.sleep(100);
    }
  };

const HANGS: { name: string; instead: NonNullable<HostileRepository["instead"]>; says: RegExp }[] = [
  {
    name: "that answers nothing to the fetch",
    instead: { fetch: held("nothing") },
    says: /it did not answer within 3 s/,
  },
  {
    name: "that answers nothing at all",
    instead: { advertisement: held("nothing") },
    says: /it sent nothing for too long/,
  },
  {
    name: "whose answer never ends",
    instead: { fetch: held("words") },
    says: /it did not answer within 3 s/,
  },
];

let repositories = 0;
/** Its commit is here already: what hangs from then on is its history. */
async function known(by: Repositories): Promise<{
  access: { url: string };
  now(instead?: HostileRepository["instead"]): void;
}> {
  const name = `hangs-${++repositories}`;
  const url = server.serve(name, { commit, pack });
  const access = { url };
  expect((await by.resolve(access, "main", { freshness: "latest" })).commit).toBe(commit);
  await by.tree(access, commit);
  return {
    access,
    now: (instead) => void server.serve(name, { commit, pack, ...(instead && { instead }) }),
  };
}
const ended = (): Promise<unknown> => eventually("every connection is over", () => open === 0);

describe("the history of a server", () => {
  test.each(HANGS)(
    "$name ends by itself, and the next one is answered",
    async ({ instead, says }) => {
      const { access, now } = await known(git);
      now(instead);
      const failure = await git.history(access, commit, 100).then(
        (told) => told,
        (cause: unknown) => cause,
      );
      expect(failure).toMatchObject({ name: "Failure", code: "git-unreachable", object: access.url });
      expect((failure as Error).message).toMatch(says);
      await ended();
      now();
      // The shortest pause after a failure is a second.
      await Bun.sleep(1_050);
      expect(await git.history(access, commit, 100)).toMatchObject({ is: "read", commits: [{ commit }] });
    },
    60_000,
  );

  test.each(HANGS)(
    "$name is over once nobody waits for it any more",
    async ({ instead }) => {
      const { access, now } = await known(patient);
      now(instead);
      const leaving = new AbortController();
      const asked = patient.history(access, commit, 100, leaving.signal).catch((cause: unknown) => cause);
      await eventually("it is asked", () => open > 0);
      const reason = new Error("nobody waits");
      leaving.abort(reason);
      expect(await asked).toBe(reason);
      await ended();
    },
    60_000,
  );

  test("that answers nothing holds up nobody who fetches of it, and what is the same is asked once", async () => {
    const { access, now } = await known(patient);
    now({ fetch: held("nothing") });
    const leaving = new AbortController();
    const asked = [1, 2].map(() =>
      patient.history(access, commit, 100, leaving.signal).catch((cause: unknown) => cause),
    );
    await eventually("it is asked", () => open > 0);
    expect((await patient.resolve(access, "main", { freshness: "latest" })).commit).toBe(commit);
    expect(new TextDecoder().decode(await (await patient.tree(access, commit)).read("README.md"))).toBe(
      "read me\n",
    );
    expect(open).toBe(1);
    leaving.abort(new Error("over"));
    await Promise.all(asked);
    await ended();
  }, 60_000);

  test("is asked of nobody where no git program is", async () => {
    const { access, now } = await known(patient);
    now({ advertisement: held("nothing"), fetch: held("nothing") });
    const library = reading(undefined, 600_001);
    const before = server.requests.length;
    expect(await library.history(access, commit, 100)).toMatchObject({ is: "unknown" });
    expect(server.requests.length).toBe(before);
    await library.stop();
  }, 60_000);
});
