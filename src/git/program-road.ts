/** The road by the git program: it fetches over HTTP, ssh and whatever else it is allowed, and reads what it fetched. */
import { writeFileSync } from "node:fs";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { History, MergeBase } from "../core/ports/git.ts";
import type { PutBack, PutBackEnd, WriteFiles } from "../core/ports/git-writer.ts";
import { defined } from "../lib/defined.ts";
import { isPastProxy } from "../lib/is-past-proxy.ts";
import { lookUpName, wayTo } from "../remote/reach.ts";
import type { BareStore } from "./bare-store.ts";
import { gone, unreachable } from "./failures.ts";
import { formatOfId } from "./git-object.ts";
import { authorizationOf, gitHttp } from "./http-client.ts";
import { HttpRefs } from "./http-refs.ts";
import { parseLsRemote } from "./ls-remote.ts";
import { asksForFewer, isRefusal, programFailure } from "./program-failure.ts";
import { type Asking, fetchHistory, fetchMergeBase } from "./program-history.ts";
import { ProgramStore } from "./program-store.ts";
import { pushCommit } from "./push-commit.ts";
import { readingBy } from "./read-history.ts";
import { type Refs, USUAL_PREFIXES } from "./refs.ts";
import type { RepositoryUrl } from "./repository-url.ts";
import type { Histories, Remote, Road, RoadParts } from "./road.ts";
import { RunFiles } from "./run-files.ts";
import { GIT_LIMITS, type GitResult, runGit } from "./run-git.ts";
import { sshCommand } from "./ssh-command.ts";
import type { HistoryWalk } from "./walk-history.ts";

/** As many refs as we take, as ls-remote prints them. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;
/** How much history is asked for in turn, where a commit is given out with its branch only. The last one is all of it. */
const DEPTHS = [100, 2_147_483_647];
const FETCH = [
  "fetch",
  "--quiet",
  "--no-tags",
  "--no-write-fetch-head",
  "--no-recurse-submodules",
  "--no-auto-maintenance",
  "--force",
];

const NAME_IT = "Where it is meant to be asked, add an entry with its address to repositories in the config";

type Served = Exclude<RepositoryUrl, { kind: "local" }>;

export class ProgramRoad implements Road {
  readonly objects: ProgramStore;
  readonly learnt: Asking["learnt"] = { filter: "unknown" };
  constructor(
    readonly at: Served,
    readonly parts: RoadParts,
    /** Absolute path of the git program. */
    readonly git: string,
  ) {
    this.objects = new ProgramStore(parts, git);
  }

  remote(access: RepositoryAccess): Remote {
    return new ProgramRemote(this, access);
  }
}

class ProgramRemote implements Remote {
  /** Our own small client, except where the git program is asked for everything. */
  readonly #http: HttpRefs | undefined;

  constructor(
    readonly road: ProgramRoad,
    readonly access: RepositoryAccess,
  ) {
    const { at, parts } = road;
    if (at.kind === "http" && access.implementation !== "system")
      this.#http = new HttpRefs(
        at.url,
        parts.show,
        gitHttp(access, parts.lent.authorizer(access, authorizationOf), { ...parts, origin: at.origin }),
        parts.limits.timeoutMs,
      );
  }

  async listRefs(extra: readonly string[], signal: AbortSignal): Promise<Refs> {
    if (this.#http !== undefined) return this.#http.list(extra, signal);
    const { at, parts } = this.road;
    const patterns = ["HEAD", ...USUAL_PREFIXES.map((prefix) => `${prefix}*`), ...extra];
    const result = await this.#run(
      at.url,
      ["ls-remote", "--symref", "--", at.url, ...patterns],
      signal,
      MAX_LIST_BYTES,
    );
    if (Buffer.byteLength(result.stdout) > MAX_LIST_BYTES - 65_536 && result.code !== 0)
      throw unreachable(
        parts.show,
        `its list of refs is longer than ${MAX_LIST_BYTES} bytes`,
        "Use a smaller repository",
      );
    if (result.code !== 0) throw programFailure(result, parts.show, this.access);
    return parseLsRemote(result.stdout, parts.show, extra);
  }

  async fetch(commit: CommitSha, signal: AbortSignal): Promise<void> {
    const { at, objects, parts } = this.road;
    // A server that redirects within itself is found by our client; git is told to follow nobody.
    const url = this.#http === undefined ? at.url : (await this.#http.server(signal)).url;
    const store = await objects.open(formatOfId(commit));
    // What we have is in refs/kept of the store, where git finds it by itself.
    const fetch = [`--git-dir=${store.folder}`, ...FETCH];
    try {
      const byId = await this.#run(
        url,
        [...fetch, "--depth=1", "--", url, `${commit}:refs/arriving/${commit}`],
        signal,
        65_536,
      );
      if (byId.code !== 0) {
        if (!isRefusal(byId.stderr)) throw await this.#failed(byId, signal);
        await this.#fetchBranches(url, fetch, store, commit, signal);
      }
      store.keep(commit, parts.clock.now());
    } finally {
      store.clear();
    }
  }

  async mergeBase({ one, other }: Histories, signal: AbortSignal): Promise<MergeBase> {
    return fetchMergeBase(one.commit, other.commit, await this.#asking(signal));
  }

  async history({ commit, most }: HistoryWalk, signal: AbortSignal): Promise<History> {
    return fetchHistory(commit, most, await this.#asking(signal));
  }

  async #asking(signal: AbortSignal): Promise<Asking> {
    const { at, parts, learnt, git } = this.road;
    const url = this.#http === undefined ? at.url : (await this.#http.server(signal)).url;
    return {
      ...{ url, parts, learnt, fetch: FETCH },
      run: (argv) => this.#run(url, argv, signal, 65_536),
      read: readingBy(git, parts, signal),
      failed: (result) => this.#failed(result, signal),
    };
  }

  /** The server gives out only what refs lead to: as much of their history as it takes. */
  async #fetchBranches(
    url: string,
    fetch: readonly string[],
    store: BareStore,
    commit: CommitSha,
    signal: AbortSignal,
  ): Promise<void> {
    const all = ["+refs/heads/*:refs/arriving/heads/*", "+refs/tags/*:refs/arriving/tags/*"];
    for (const depth of DEPTHS) {
      // What is here is marked shallow; without a depth, git would not ask for anything behind it.
      const result = await this.#run(url, [...fetch, `--depth=${depth}`, "--", url, ...all], signal, 65_536);
      if (result.code !== 0) throw await this.#failed(result, signal);
      const answer = await this.road.objects.peek(commit);
      if (answer === "there") return;
    }
    // History that leads nowhere has no place here.
    writeFileSync(store.at("tidied"), "0");
    throw gone(this.road.parts.show, commit);
  }

  async commit(ask: PutBack | WriteFiles, signal: AbortSignal): Promise<PutBackEnd> {
    const { at, parts, objects } = this.road;
    const url = this.#http === undefined ? at.url : (await this.#http.server(signal)).url;
    const store = await objects.open(formatOfId(ask.tip));
    return pushCommit(ask, {
      show: parts.show,
      access: this.access,
      scratch: parts.scratch,
      objects: store.at("objects"),
      history: "cut",
      url,
      run: (argv, { maxOutputBytes, ...more }) => this.#run(url, argv, signal, maxOutputBytes, more),
    });
  }

  async #failed(result: GitResult, signal: AbortSignal): Promise<Failure> {
    this.#http?.forget();
    const failure = programFailure(result, this.road.parts.show, this.access);
    if (this.#http === undefined || !asksForFewer(result.stderr)) return failure;
    // For how long only our own client hears: it asks both that git asks.
    const said = await this.#http.list([], signal).catch((cause: unknown) => cause);
    return said instanceof Failure && said.retryAfterMs !== undefined ? said : failure;
  }

  async #run(
    url: string,
    argv: readonly string[],
    signal: AbortSignal,
    maxOutputBytes: number,
    { env = {}, stdin }: { env?: Record<string, string>; stdin?: string } = {},
  ): Promise<GitResult> {
    const { git, at, parts } = this.road;
    const files = new RunFiles(parts.scratch);
    try {
      const opened = await parts.lent.opened(this.access, signal);
      const result = await runGit({
        git,
        argv,
        protocol: at.kind === "ssh" ? "ssh" : new URL(url).protocol.slice(0, -1),
        config: [...this.#credentials(files, opened), ...(await this.#whereTo(url))],
        env: { ...parts.env, ...env },
        limits: { ...GIT_LIMITS, fileBytes: parts.limits.maxPackBytes },
        signal,
        maxOutputBytes,
        ...defined({ stdin }),
      });
      if (result.code !== 0 && programFailure(result, parts.show, opened).code === "git-auth")
        parts.lent.refused(opened);
      return result;
    } finally {
      files.remove();
    }
  }

  /** The very addresses that were looked at, where a name must lead out. An older git than 2.37 looks the name up again. */
  async #whereTo(url: string): Promise<[string, string][]> {
    const { at, parts } = this.road;
    const { reach } = this.access;
    if (at.kind === "ssh" || reach === undefined) return [];
    const way = await wayTo(url, reach, undefined, parts.lookUp ?? lookUpName);
    if (way.is === "as named") return [];
    if (way.is === "refused") throw unreachable(parts.show, `${way.why}, and is not asked`, NAME_IT);
    const { hostname, port, protocol } = new URL(url);
    const addresses = way.addresses.map((address) => (address.includes(":") ? `[${address}]` : address));
    const on = port === "" ? ({ "https:": "443" }[protocol] ?? "80") : port;
    return [["http.curloptResolve", `${hostname}:${on}:${addresses.join(",")}`]];
  }

  #credentials(files: RunFiles, access: RepositoryAccess): [string, string][] {
    const { at, parts } = this.road;
    if (at.kind === "ssh")
      return [
        ["core.sshCommand", sshCommand(at, access, parts.show, files)],
        ["ssh.variant", "ssh"],
      ];
    const config: [string, string][] = [
      // Silence ends it. Servers that take long to count send a byte a second, to show that they live.
      ["http.lowSpeedLimit", "1"],
      ["http.lowSpeedTime", String(Math.ceil(parts.limits.timeoutMs / 1000))],
    ];
    const authorization = authorizationOf(access);
    // For this origin only, whatever git may be told to ask beside it.
    if (authorization !== undefined)
      config.push([`http.${at.origin}/.extraHeader`, `Authorization: ${authorization}`]);
    const { ca, tlsCheck, proxy, noProxy = "" } = access;
    if (ca !== undefined) config.push(["http.sslCAInfo", files.write("ca.pem", ca)]);
    if (tlsCheck === "nothing") config.push([`http.${at.origin}/.sslVerify`, "false"]);
    if (proxy !== undefined && !isPastProxy(at.url, noProxy))
      config.push(["http.proxy", proxy.reveal()], ["http.proxyAuthMethod", "basic"]);
    return config;
  }
}
