import type { Secret } from "./secret.ts";

/** Which road is taken; `auto`: the git program where there is one. */
export type GitImplementation = "auto" | "isomorphic" | "system";

/** How to reach one repository. Credentials belong to `url`'s origin and are sent nowhere else. */
export interface RepositoryAccess {
  url: string;
  username?: string;
  password?: Secret;
  bearerToken?: Secret;
  sshPrivateKey?: Secret;
  /** Lines of a known_hosts file. Without them ssh refuses unknown hosts. */
  sshKnownHosts?: string;
  /** PEM; in place of the system's certificate authorities. */
  ca?: string;
  implementation?: GitImplementation;
  /** Whether commits of ours may be pushed; default `refused`. */
  push?: "allowed" | "refused";
}
