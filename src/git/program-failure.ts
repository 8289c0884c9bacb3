/** What the git program says when it fails, as our own failures. */
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { unreachable } from "./failures.ts";
import { parseRepository } from "./repository-url.ts";
import type { GitResult } from "./run-git.ts";
import { keyScan } from "./ssh-command.ts";

/** Whether the server gives out only what refs lead to. */
export function isRefusal(stderr: string): boolean {
  return /unadvertised object|not our ref|couldn't find remote ref|does not allow/i.test(stderr);
}

/** Whether it answered with HTTP 429. */
export function asksForFewer(stderr: string): boolean {
  return /returned error: 429\b|RPC failed; HTTP 429\b/.test(stderr);
}

/** Said beside the reason where the server's bytes were at fault, and not the way to it. */
const REFUSED_BY_GIT =
  /index-pack failed|fsck error|fetch-pack: invalid|bad pack header|pack has |did not receive expected object|bad object|early EOF|bad line length|remote did not send all/i;

/** What git adds where a connection ended early, whatever the server said before: it says nothing of why. */
const SAYS_NOTHING =
  /^(fatal: (Could not read from remote repository|the remote end hung up unexpectedly)\.?|Please make sure you have the correct access rights|and the repository exists\.?)$/i;
/** As GitHub, GitLab, Gitea, Gitolite and Bitbucket turn away a key that they know, over ssh. */
const NOT_FOR_THIS_KEY =
  /\bread[- ]only\b|not (allowed|authorized|permitted) to|unauthorized|access denied|DENIED by|not have (the )?(\w+ )?(permission|access)|insufficient permission/i;

/** Git's words as a Failure. They come in English: LC_ALL is set. */
export function programFailure(
  { code, stderr }: Pick<GitResult, "code" | "stderr">,
  show: string,
  access: RepositoryAccess,
): Failure {
  // SIGXFSZ, SIGXCPU: the limits that it runs under. Git says of its helpers only that they died, or that they said nothing.
  if (
    code === 153 ||
    /died of signal 25|File size limit|File too large/i.test(stderr) ||
    stderr.trim() === "fatal: fetch-pack: invalid index-pack output"
  )
    return unreachable(
      show,
      "what it sends is larger than allowed",
      "Raise git.maxPackMiB in the config, or use a smaller repository",
    );
  if (code === 152 || /died of signal 24/i.test(stderr))
    return unreachable(
      show,
      "what it sends takes too long to check",
      "Use a smaller repository, and look at what the server sends",
    );
  if (/out of memory|unable to (create|start) thread|malloc|mmap failed/i.test(stderr))
    return unreachable(
      show,
      "what it sends needs more memory than git may use",
      "Look at what the server sends",
    );
  if (/Operation too slow|Timeout was reached/i.test(stderr))
    return unreachable(
      show,
      "it sent nothing for too long in the middle of its answer",
      "Check the network and the server",
    );
  const said = stderr
    .split("\n")
    .map((text) => text.replace(/[\p{Cc}]/gu, " ").trim())
    .filter((text) => text !== "");
  const words = (
    said.find((text) => /denied|libcrypto|invalid format|RPC failed/i.test(text)) ??
    said.find((text) => text.startsWith("fatal:") && !SAYS_NOTHING.test(text)) ??
    wordsOfServer(said) ??
    said.at(-1) ??
    "git failed and said nothing"
  )
    .replace(/^(remote: *)?(fatal|error): /i, "")
    .replace(/:\/\/[^/@\s']*@/g, "://")
    .slice(0, 300);
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION/i.test(stderr)) {
    const { at } = parseRepository(access);
    return unreachable(
      show,
      "the host's key is not among its known hosts",
      `Check the key (\`${at.kind === "ssh" ? keyScan(at) : "ssh-keyscan"}\`) and give it as this repository's known hosts`,
    );
  }
  if (
    /Permission denied|Authentication failed|could not read (Username|Password)|invalid credentials|returned error: (401|403)|terminal prompts disabled|invalid format|error in libcrypto/i.test(
      stderr,
    ) ||
    (access.sshPrivateKey !== undefined && NOT_FOR_THIS_KEY.test(words))
  ) {
    const given =
      access.password !== undefined ||
      access.bearerToken !== undefined ||
      access.sshPrivateKey !== undefined ||
      access.lender !== undefined;
    return new Failure("git-auth", show, "backoff", {
      cannot: "read from Git",
      why: given ? `it refused the credentials (${words})` : `it wants credentials (${words})`,
      fix: "Give this repository credentials that may read it",
    });
  }
  if (access.proxy !== undefined && /CONNECT tunnel failed, response 407|code 407 from proxy/i.test(stderr))
    return unreachable(
      show,
      "its proxy wants other credentials (HTTP 407)",
      "Write user and password into the proxy's address: http://user:password@host:port",
    );
  if (asksForFewer(stderr))
    return unreachable(show, "it asks for fewer requests (HTTP 429)", "Wait, or look at the server");
  if (REFUSED_BY_GIT.test(stderr)) {
    // Git names the fault of an object before it says that there was one.
    const fault = said.find((text) => /^error: object [0-9a-f]+: /.test(text))?.replace(/^error: /, "");
    return unreachable(
      show,
      `what it sent is refused: ${(fault ?? words).slice(0, 300)}`,
      "Run `git fsck` in the repository on its server",
    );
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

/** Over ssh a server says why it hangs up, between its greeting and git's own words. */
function wordsOfServer(said: readonly string[]): string | undefined {
  const its = said.filter((text) => !SAYS_NOTHING.test(text) && /\p{L}/u.test(text.replace(/^remote:/, "")));
  return its.find((text) => /^(remote: *)?error: /i.test(text)) ?? its.at(-1);
}
