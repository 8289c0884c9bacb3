import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { unreachable } from "./failures.ts";
import type { RunFiles } from "./run-files.ts";

/**
 * The ssh that git is to use: one key, the hosts that are known, and nothing of this machine's own settings. Git gives
 * this line to a shell: every path is ours, and quoted.
 * @throws {Failure} where there is no key, or no known host
 */
export function sshCommand(
  at: { host: string; port: number },
  access: RepositoryAccess,
  show: string,
  files: RunFiles,
): string {
  if (access.sshKnownHosts === undefined || access.sshKnownHosts.trim() === "") {
    throw unreachable(
      show,
      `no key of the host ${at.host} is known, and unknown hosts are refused`,
      `Give the lines of \`${keyScan(at)}\`, once checked, as this repository's known hosts`,
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

/** What prints the keys of a host, for a person's shell. */
export function keyScan({ host, port }: { host: string; port: number }): string {
  return `ssh-keyscan ${port === 22 ? "" : `-p ${port} `}${quoted(host)}`;
}

function quoted(word: string): string {
  return /^[\w./=,:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
