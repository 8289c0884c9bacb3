/**
 * Brings one commit into an empty Git folder: the small protocol is ours, what arrives is parsed by isomorphic-git.
 * Servers without protocol version 2 are its business altogether.
 */

import * as fs from "node:fs";
import { join } from "node:path";
import * as isomorphic from "isomorphic-git";
import { asFailure, Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import { Secret } from "../../core/model/secret.ts";
import { defined } from "../../lib/defined.ts";
import { printable } from "../../lib/printable.ts";
import type { Http } from "../../remote/http.ts";
import { gone } from "../failures.ts";
import { BrokenObject, objectId } from "../git-object.ts";
import { authorizationOf, gitHttp } from "../http-client.ts";
import { asHttpFailure, expectType } from "../http-refs.ts";
import { fetchRequest, readPack, ServerRefusal } from "../protocol-v2.ts";
import type { FetchEnd, FetchJob } from "./fetch-job.ts";
import { GitFolder } from "./git-folder.ts";

/** Reads the job from stdin and says its end on stdout, as one line of JSON each. */
export async function fetchCommit(): Promise<void> {
  const job = (await Bun.stdin.json()) as FetchJob;
  // The daemon ends this process where its time is over; where the daemon is gone, somebody must.
  const signal = AbortSignal.timeout(job.timeoutMs + 5_000);
  let end: FetchEnd;
  try {
    await bring(job, signal);
    end = { is: "done" };
  } catch (cause) {
    const { code, retry, cannot, why, fix, retryAfterMs } = asFailure(
      asHttpFailure(isOurs(cause) ? cause : unreadable(cause), job.show, signal),
      job.show,
      "read from Git",
    );
    end = {
      is: "failed",
      failure: {
        code,
        retry,
        cannot,
        why,
        ...defined({ fix, retryAfterMs }),
      },
    };
  }
  fs.writeSync(1, `${JSON.stringify(end)}\n`);
}

/** Other errors are isomorphic-git's, over bytes that it did not expect. */
function isOurs(cause: unknown): boolean {
  return cause instanceof Failure || cause instanceof BrokenObject || cause instanceof ServerRefusal;
}

function unreadable(cause: unknown): BrokenObject {
  return new BrokenObject(`what it sent cannot be read (${printable(wordsOf(cause))})`);
}

/** isomorphic-git keeps the reason apart from its advice to those who wrote it. */
function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { data } = cause as Error & { data?: { message?: unknown } };
  return typeof data?.message === "string" ? data.message : cause.message;
}

async function bring(job: FetchJob, signal: AbortSignal): Promise<void> {
  const access = accessOf(job);
  const http = gitHttp(access, authorizationOf(access), job);
  if (job.capabilities === undefined) await fromOlderServer(job, http, signal);
  else await fromServer(job, new Map(job.capabilities), http, signal);
  const folder = new GitFolder(job.folder);
  const object = await folder.find(job.commit);
  if (object === undefined) throw gone(job.show, job.commit);
  const type = object.type as "commit" | "tag";
  if (objectId("sha1", { type, data: Buffer.from(object.data) }) !== job.commit)
    throw new BrokenObject(`what it sent as commit ${job.commit} has another id`);
}

async function fromServer(
  job: FetchJob,
  capabilities: ReadonlyMap<string, string>,
  http: Http,
  signal: AbortSignal,
): Promise<void> {
  const answer = await http({
    method: "POST",
    url: `${job.url}/git-upload-pack`,
    body: fetchRequest(job.commit, capabilities),
    signal,
    idleMs: job.idleMs,
    maxBytes: job.maxPackBytes,
    headers: {
      "Git-Protocol": "version=2",
      "Content-Type": "application/x-git-upload-pack-request",
      Accept: "application/x-git-upload-pack-result",
    },
  });
  expectType(answer, "application/x-git-upload-pack-result", job.show);
  const filepath = `objects/pack/pack-${job.commit}.pack`;
  try {
    await writePack(join(job.folder, filepath), readPack(answer.body));
  } catch (cause) {
    if (
      cause instanceof ServerRefusal &&
      /not our ref|unadvertised|not found|no such|unknown/i.test(cause.message)
    )
      throw gone(job.show, job.commit, cause);
    throw cause;
  }
  await index(job.folder, filepath);
}

/** Writes the pack and proves its two ends: what is cut or changed on its way is not looked at. */
async function writePack(path: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
  const hash = new Bun.CryptoHasher("sha1");
  const file = fs.openSync(path, "wx");
  let tail: Buffer = Buffer.alloc(0);
  let head: Buffer = Buffer.alloc(0);
  try {
    for await (const part of parts) {
      for (let at = 0; at < part.byteLength; ) at += fs.writeSync(file, part, at);
      if (head.byteLength < 12) head = Buffer.concat([head, part.subarray(0, 12)]).subarray(0, 12);
      // The last 20 bytes are the hash of all before them.
      const all = Buffer.concat([tail, part]);
      hash.update(all.subarray(0, Math.max(0, all.byteLength - 20)));
      tail = Buffer.from(all.subarray(-20));
    }
  } finally {
    fs.closeSync(file);
  }
  if (head.toString("latin1", 0, 4) !== "PACK" || tail.byteLength < 20)
    throw new BrokenObject("what it sent is no pack");
  if (hash.digest("hex") !== tail.toString("hex"))
    throw new BrokenObject("the pack was changed on its way: its checksum is wrong");
}

async function index(folder: string, filepath: string): Promise<void> {
  const count = fs.readFileSync(join(folder, filepath)).readUInt32BE(8);
  const { oids } = await isomorphic.indexPack({ fs, dir: folder, gitdir: folder, filepath });
  // Objects that it could not make sense of are left out of its index.
  if (oids.length !== count)
    throw new BrokenObject(`the pack holds ${oids.length} good objects and claims ${count}`);
}

async function fromOlderServer(job: FetchJob, http: Http, signal: AbortSignal): Promise<void> {
  const client: isomorphic.HttpClient = {
    async request({ url, method, headers, body }) {
      const parts: Uint8Array[] = [];
      if (body !== undefined) for await (const part of body) parts.push(part);
      const answer = await http({
        method: method === "POST" ? "POST" : "GET",
        url,
        signal,
        idleMs: job.idleMs,
        maxBytes: job.maxPackBytes,
        headers: headers ?? {},
        ...(parts.length === 0 ? {} : { body: Buffer.concat(parts) }),
      });
      // It asks for an iterator and lives with any iterable; ours is a generator, which is both.
      return {
        url: answer.url,
        statusCode: 200,
        statusMessage: "OK",
        headers: answer.headers,
        body: answer.body as AsyncIterableIterator<Uint8Array>,
      };
    },
  };
  const common = { fs, http: client, gitdir: job.folder, url: job.url, remote: "origin" };
  const folder = new GitFolder(job.folder);
  try {
    await isomorphic.fetch({
      ...common,
      remoteRef: job.commit,
      ref: "refs/none",
      singleBranch: true,
      tags: false,
      depth: 1,
    });
  } catch (cause) {
    // A server that gives out only what refs lead to says so by an error or by an empty answer.
    if (cause instanceof Failure || !isIsomorphic(cause)) throw cause;
  }
  if ((await folder.find(job.commit)) !== undefined) return;
  await isomorphic.fetch({ ...common, singleBranch: false, tags: true });
}

function isIsomorphic(cause: unknown): boolean {
  return (
    cause instanceof Error && "code" in cause && typeof cause.code === "string" && cause.name === cause.code
  );
}

function accessOf({ show, access }: FetchJob): RepositoryAccess {
  const { username, password, bearerToken, proxy, ...open } = access;
  return {
    url: show,
    ...defined({
      username,
      password: password === undefined ? undefined : new Secret(password),
      bearerToken: bearerToken === undefined ? undefined : new Secret(bearerToken),
      proxy: proxy === undefined ? undefined : new Secret(proxy),
    }),
    ...open,
  };
}
