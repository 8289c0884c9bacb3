/** The git program as transport: ssh, and whatever an operator's config gives to it. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import type { CommitSha, RepositoryAccess } from "../core/ports.ts";
import { gone, unreachable } from "./failures.ts";
import { isObjectId } from "./git-object.ts";
import { authorizationOf } from "./http-client.ts";
import { isRefName, MAX_REFS, type Refs, USUAL_PREFIXES } from "./refs.ts";
import type { RepositoryUrl } from "./repository-url.ts";
import { type GitResult, runGit } from "./system-git.ts";
import type { Transport } from "./transport.ts";

export interface SystemGit {
  /** Absolute path of the git program. */
  git: string;
  /** Folder for files that live as long as one run: keys, known hosts, authorities. */
  scratch: string;
  /** For git and ssh: proxies, a PATH. */
  env: Record<string, string>;
}

export function systemTransport(
  at: RepositoryUrl,
  access: RepositoryAccess,
  show: string,
  system: SystemGit,
): Transport {
  const protocol =
    at.kind === "local" ? "file" : at.kind === "ssh" ? "ssh" : new URL(at.url).protocol.slice(0, -1);
  const url = at.kind === "local" ? at.path : at.url;

  const run = async (
    argv: readonly string[],
    signal: AbortSignal,
    maxOutputBytes: number,
  ): Promise<GitResult> => {
    const files = new RunFiles(system.scratch);
    try {
      const { config, env } = credentials(at, access, show, files);
      return await runGit({
        git: system.git,
        argv,
        protocol,
        config,
        env: { ...system.env, ...env },
        signal,
        maxOutputBytes,
      });
    } finally {
      files.remove();
    }
  };

  return {
    async listRefs(extra, signal) {
      const patterns = ["HEAD", ...USUAL_PREFIXES.map((prefix) => `${prefix}*`), ...extra];
      const result = await run(["ls-remote", "--symref", "--", url, ...patterns], signal, 64 * 1024 * 1024);
      if (result.code !== 0) throw systemFailure(result.stderr, show, access);
      return parseLsRemote(result.stdout, show);
    },
    async fetch(commit, _haves, store, signal) {
      // What we have is in refs/kept of the store, where git finds it by itself.
      const fetch = [
        "-C",
        store.folder,
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--force",
      ];
      const byId = await run(
        [...fetch, "--depth=1", "--", url, `${commit}:refs/arriving/${commit}`],
        signal,
        1024 * 1024,
      );
      try {
        if (byId.code !== 0) {
          if (!isRefused(byId.stderr)) throw systemFailure(byId.stderr, show, access);
          // The server gives out only what refs lead to.
          // What is here is marked shallow; without a depth, git would not ask for anything behind it.
          const all = await run(
            [
              ...fetch,
              "--depth=2147483647",
              "--",
              url,
              "+refs/heads/*:refs/arriving/heads/*",
              "+refs/tags/*:refs/arriving/tags/*",
            ],
            signal,
            1024 * 1024,
          );
          if (all.code !== 0) throw systemFailure(all.stderr, show, access);
        }
      } finally {
        rmSync(store.at("refs", "arriving"), { recursive: true, force: true });
        store.objects.rescan();
      }
      if (!store.objects.has(commit)) throw gone(show, commit);
    },
  };
}

/** Files of one run, in a folder that nobody else may enter. */
class RunFiles {
  #folder: string | undefined;
  constructor(readonly parent: string) {}

  write(name: string, text: string): string {
    if (this.#folder === undefined) {
      this.#folder = join(this.parent, crypto.randomUUID());
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      chmodSync(this.#folder, 0o700);
    }
    const path = join(this.#folder, name);
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    return path;
  }

  remove(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}

function credentials(
  at: RepositoryUrl,
  access: RepositoryAccess,
  show: string,
  files: RunFiles,
): { config: [string, string][]; env: Record<string, string> } {
  if (at.kind === "local") return { config: [], env: {} };
  if (at.kind === "ssh")
    return {
      config: [
        ["core.sshCommand", sshCommand(at, access, show, files)],
        ["ssh.variant", "ssh"],
      ],
      env: {},
    };
  const config: [string, string][] = [["http.extraHeader", ""]];
  const authorization = authorizationOf(access);
  if (authorization !== undefined) config.push(["http.extraHeader", `Authorization: ${authorization}`]);
  if (access.ca !== undefined) config.push(["http.sslCAInfo", files.write("ca.pem", access.ca)]);
  return { config, env: {} };
}

/** Git gives this line to a shell: every path is ours, and quoted. */
function sshCommand(at: { host: string }, access: RepositoryAccess, show: string, files: RunFiles): string {
  if (access.sshKnownHosts === undefined || access.sshKnownHosts.trim() === "") {
    throw unreachable(
      show,
      `no key of the host ${at.host} is known, and unknown hosts are refused`,
      `Give the lines of \`ssh-keyscan ${at.host}\`, once checked, as this repository's known hosts`,
    );
  }
  if (access.sshPrivateKey === undefined) {
    throw new Failure("git-auth", show, "after-edit", {
      cannot: "read from Git",
      why: "there is no ssh key for it",
      fix: "Give this repository an ssh private key",
    });
  }
  const key = files.write("key", `${access.sshPrivateKey.reveal().replaceAll("\r\n", "\n").trimEnd()}\n`);
  const knownHosts = files.write("known_hosts", `${access.sshKnownHosts.trimEnd()}\n`);
  const options = {
    BatchMode: "yes",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: "/dev/null",
    UpdateHostKeys: "no",
    IdentitiesOnly: "yes",
    IdentityFile: key,
    IdentityAgent: "none",
    PasswordAuthentication: "no",
    KbdInteractiveAuthentication: "no",
    ProxyCommand: "none",
    ForwardAgent: "no",
    ClearAllForwardings: "yes",
    PermitLocalCommand: "no",
    ConnectTimeout: "15",
    ServerAliveInterval: "10",
    ServerAliveCountMax: "3",
  };
  return [
    "ssh",
    "-F",
    "/dev/null",
    ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
  ]
    .map(quoted)
    .join(" ");
}

function quoted(word: string): string {
  return /^[\w./=,:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function parseLsRemote(output: string, show: string): Refs {
  const commitByName = new Map<string, CommitSha>();
  let headRef = "HEAD";
  let headCommit: CommitSha | undefined;
  let format: Refs["format"] = "sha1";
  for (const text of output.split("\n")) {
    const [what = "", name = ""] = text.split("\t");
    if (what.startsWith("ref: ")) {
      const target = what.slice("ref: ".length);
      if (name === "HEAD" && isRefName(target)) headRef = target;
      continue;
    }
    if (!isObjectId(what)) continue;
    if (what.length === 64) format = "sha256";
    const commit = what as CommitSha;
    // An annotated tag comes twice, and what it leads to comes second.
    const bare = name.endsWith("^{}") ? name.slice(0, -3) : name;
    if (bare === "HEAD") headCommit = commit;
    else if (isRefName(bare)) commitByName.set(bare, commit);
    if (commitByName.size > MAX_REFS)
      throw unreachable(show, `it has more than ${MAX_REFS} refs`, "Use a smaller repository");
  }
  return {
    commitByName,
    head: headCommit === undefined ? undefined : { commit: headCommit, ref: headRef },
    format,
  };
}

function isRefused(stderr: string): boolean {
  return /unadvertised object|not our ref|couldn't find remote ref|does not allow/i.test(stderr);
}

/** Git's words as a Failure. They come in English: LC_ALL is set. */
function systemFailure(stderr: string, show: string, access: RepositoryAccess): Failure {
  const said = stderr
    .split("\n")
    .map((text) => text.replace(/[\p{Cc}]/gu, " ").trim())
    .filter((text) => text !== "");
  const words = (
    said.find((text) => /denied|libcrypto|invalid format/i.test(text)) ??
    said.find((text) => text.startsWith("fatal:")) ??
    said.at(-1) ??
    "git failed and said nothing"
  )
    .replace(/^(fatal|error): /, "")
    .replace(/:\/\/[^/@\s']*@/g, "://");
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION/i.test(stderr)) {
    return unreachable(
      show,
      "the host's key is not among its known hosts",
      "Check the key (`ssh-keyscan`) and give it as this repository's known hosts",
    );
  }
  if (
    /Permission denied|Authentication failed|could not read (Username|Password)|invalid credentials|returned error: (401|403)|terminal prompts disabled|invalid format|error in libcrypto/i.test(
      stderr,
    )
  ) {
    const given =
      access.password !== undefined || access.bearerToken !== undefined || access.sshPrivateKey !== undefined;
    return new Failure("git-auth", show, "backoff", {
      cannot: "read from Git",
      why: given ? `it refused the credentials (${words})` : `it wants credentials (${words})`,
      fix: "Give this repository credentials that may read it",
    });
  }
  if (/certificate|SSL|TLS/i.test(words))
    return unreachable(
      show,
      `its certificate is not trusted (${words})`,
      "Give the authority's PEM as this repository's ca",
    );
  if (/returned error: 3\d\d|redirect/i.test(words))
    return unreachable(show, `it redirects to another place (${words})`, "Use the URL that it redirects to");
  return unreachable(show, words, "Check the URL, the network and the server");
}
