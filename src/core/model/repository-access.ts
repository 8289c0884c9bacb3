import type { Secret } from "./secret.ts";
import type { TokenLender } from "./token-lender.ts";

/** Which road is taken; `auto`: the git program where there is one. */
export type GitImplementation = "auto" | "isomorphic" | "system";

/** What a repository is: of Git, of charts (`index.yaml` and packed charts over HTTP), or an OCI registry. */
export type RepositoryType = "git" | "helm" | "oci";

/** Of a registry about images. Source: Argo CD Image Updater's default. */
export const USUAL_REQUESTS_PER_SECOND = 20;

/** How to reach one repository. Credentials belong to `url`'s origin and are sent nowhere else. */
export interface RepositoryAccess {
  url: string;
  /** Default `git`. */
  type?: RepositoryType;
  /** Of a chart repository: `@name` in a chart's dependencies. */
  name?: string;
  username?: string;
  password?: Secret;
  bearerToken?: Secret;
  /** Who lends a login, where it has none of its own. */
  lender?: TokenLender;
  sshPrivateKey?: Secret;
  /** Lines of a known_hosts file. Without them ssh refuses unknown hosts. */
  sshKnownHosts?: string;
  /** PEM; in place of the system's certificate authorities. */
  ca?: string;
  /** Of its own origin: `nothing` takes whoever answers there for the right one. Default `certificate`. */
  tlsCheck?: "certificate" | "nothing";
  /** Address of an HTTP proxy through which its servers are asked; it may hold a user and a password. */
  proxy?: Secret;
  /** Who is asked past that proxy, as `NO_PROXY` has it. */
  noProxy?: string;
  /** PEM, with which we show who we are: chart repositories and registries. */
  clientCertificate?: string;
  clientKey?: Secret;
  /** Whether a chart repository's credentials go to other hosts that its index names for charts. Default false. */
  passCredentials?: boolean;
  /** Whether a registry is asked over HTTP, unencrypted. Default false. */
  plainHttp?: boolean;
  /** Most that a registry is asked about images. Default `USUAL_REQUESTS_PER_SECOND`. */
  requestsPerSecond?: number;
  implementation?: GitImplementation;
  /**
   * Where its name must lead to, whenever it is asked. `far`: out into the world, because a repository's content names it.
   * `not here`: not to this machine, because another server names it. Absent: anywhere.
   */
  reach?: "far" | "not here";
  /**
   * Absent: for all that begins with `url`. `host`: for its host at every port, where no other entry speaks; it says whom to
   * believe there and not that anybody meant it to be asked.
   */
  speaksFor?: "itself" | "host";
  /** Applications of this project alone may use it; absent: everybody's. Such an entry speaks for nobody before it is opened. */
  project?: string;
  /** The project for which it was opened: what is heard and kept by it is that project's alone. */
  scope?: string;
  /** Whether commits of ours may be pushed; default `refused`. */
  push?: "allowed" | "refused";
}
