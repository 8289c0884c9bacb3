import { type ClusterEntry, programOf } from "../core/model/cluster-entry.ts";
import { defined } from "../lib/defined.ts";
import { type Endpoint, type Proof, readKubeconfig } from "./kubeconfig.ts";

/** Where the API server of the cluster around us is, as the Pod's environment says it. */
export interface PodAddress {
  host: string;
  port: string;
}

/** An entry as it is now: new credentials and certificates hold from the next request on. */
export class CurrentEntry {
  #entry: ClusterEntry;
  readonly #listeners: (() => void)[] = [];

  constructor(entry: ClusterEntry) {
    this.#entry = entry;
  }

  get(): ClusterEntry {
    return this.#entry;
  }

  set(entry: ClusterEntry): void {
    if (entry === this.#entry) return;
    this.#entry = entry;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}

/** What an entry that is no kubeconfig says of the way to its server. @throws {Failure} config */
export function endpointOf(entry: ClusterEntry, pod: PodAddress): Endpoint {
  const { server, tls, credential, proxyUrl } = entry;
  if (credential.by === "service-account")
    return readKubeconfig({ serviceAccount: pod }, undefined, "operator");
  return {
    server,
    tls: {
      ...defined({ ca: tls.ca, serverName: tls.serverName }),
      ...(tls.check === "nothing" ? { rejectUnauthorized: false as const } : {}),
      ...(credential.by === "certificate"
        ? { cert: credential.certificate, key: credential.key.reveal() }
        : {}),
    },
    proof: proofOf(entry),
    proxy: proxyUrl,
    impersonate: undefined,
  };
}

function proofOf({ credential }: ClusterEntry): Proof {
  const program = programOf(credential);
  if (program !== undefined) {
    const { command, args, env, apiVersion, installHint, provideClusterInfo } = program;
    return {
      by: "exec",
      exec: {
        command,
        args: [...args],
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        provideClusterInfo,
        ...defined({ apiVersion, installHint }),
      },
    };
  }
  switch (credential.by) {
    case "token":
      return { by: "token", token: credential.token.reveal() };
    case "password":
      return { by: "password", username: credential.username, password: credential.password.reveal() };
    default:
      return { by: "certificate" };
  }
}
