/**
 * Servers without protocol version 2 (AWS CodeCommit, old GitLab and Gitea): isomorphic-git speaks to them.
 * It keeps a whole pack in memory and is slower; what it brings is proved and indexed like any other pack.
 */
import fs from "node:fs";
import { join } from "node:path";
import * as isomorphic from "isomorphic-git";
import type { CommitSha } from "../core/ports.ts";
import { gone, unreachable } from "./failures.ts";
import { isObjectId } from "./git-object.ts";
import type { GitHttp } from "./http-client.ts";
import { indexPack } from "./pack-index.ts";
import { isRefName, MAX_REFS, type Refs, USUAL_PREFIXES } from "./refs.ts";
import type { Limits, Transport } from "./transport.ts";

export function olderServer(url: string, show: string, http: GitHttp, limits: Limits): Transport {
  const client = (signal: AbortSignal): isomorphic.HttpClient => ({
    async request({ url: target, method, headers, body }) {
      const parts: Uint8Array[] = [];
      if (body !== undefined) for await (const part of body) parts.push(part);
      const answer = await http({
        method: method === "POST" ? "POST" : "GET",
        url: target,
        signal,
        idleMs: limits.timeoutMs,
        maxBytes: limits.maxPackBytes,
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
  });

  const listRefs: Transport["listRefs"] = async (extra, signal) => {
    const listed = await isomorphic.listServerRefs({
      http: client(signal),
      url,
      protocolVersion: 1,
      symrefs: true,
      peelTags: true,
    });
    const commitByName = new Map<string, CommitSha>();
    let head: Refs["head"];
    for (const { ref, oid, target, peeled } of listed) {
      const commit = (peeled ?? oid) as CommitSha;
      if (!isObjectId(commit)) continue;
      if (ref === "HEAD") head = { commit, ref: target !== undefined && isRefName(target) ? target : "HEAD" };
      else if (
        isRefName(ref) &&
        (extra.includes(ref) || USUAL_PREFIXES.some((prefix) => ref.startsWith(prefix)))
      )
        commitByName.set(ref, commit);
      if (commitByName.size > MAX_REFS)
        throw unreachable(show, `it has more than ${MAX_REFS} refs`, "Use a smaller repository");
    }
    return { commitByName, head, format: "sha1" };
  };

  return {
    listRefs,
    async fetch(commit, haves, store, signal) {
      const common = { fs, http: client(signal), gitdir: store.folder, url, remote: "origin" };
      const [have] = haves;
      const before = new Set(fs.readdirSync(store.packFolder));
      try {
        // A server that gives out only what refs lead to says so by an error or by an empty answer.
        await ignoringRefusal(
          isomorphic.fetch({
            ...common,
            remoteRef: commit,
            ref: have === undefined ? "refs/kept/none" : `refs/kept/${have}`,
            singleBranch: true,
            tags: false,
            depth: 1,
          }),
          signal,
        );
        await proveNewPacks();
        if (!store.objects.has(commit)) {
          await isomorphic.fetch({ ...common, singleBranch: false, tags: true });
          await proveNewPacks();
        }
      } finally {
        // Its own refs and shallow marks are of no use to us: what is complete is what `keep` says.
        for (const folder of ["remotes", "tags"])
          fs.rmSync(store.at("refs", folder), { recursive: true, force: true });
        fs.rmSync(store.at("packed-refs"), { force: true });
        for (const name of newPacks())
          if (!fs.existsSync(join(store.packFolder, name.replace(/pack$/, "idx"))))
            fs.rmSync(join(store.packFolder, name));
      }
      if (!store.objects.has(commit)) throw gone(show, commit);

      function newPacks(): string[] {
        return fs.readdirSync(store.packFolder).filter((name) => name.endsWith(".pack") && !before.has(name));
      }
      async function proveNewPacks(): Promise<void> {
        for (const name of newPacks()) {
          const path = join(store.packFolder, name);
          fs.rmSync(path.replace(/pack$/, "idx"), { force: true });
          await indexPack(path, store.format, signal);
          before.add(name);
        }
        store.objects.rescan();
      }
    },
  };
}

async function ignoringRefusal(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (cause) {
    const isIsomorphic =
      cause instanceof Error &&
      "code" in cause &&
      typeof cause.code === "string" &&
      cause.name === cause.code;
    if (signal.aborted || !isIsomorphic) throw cause;
  }
}
