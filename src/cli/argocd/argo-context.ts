import { type CliContext, createContext } from "../context.ts";
import type { CliHost } from "../host.ts";
import type { Client } from "../http/client.ts";
import { type ArgoServer, chooseServer, clientOf } from "./connect.ts";
import type { ArgoFlags } from "./flags/global-flags.ts";

/** What a command of argocd works with: as our own ones, and the server is the one that argocd would ask. */
export interface ArgoContext extends CliContext {
  argo: ArgoFlags;
  /** @throws {CliError} where no server is named */
  argoServer(): Promise<ArgoServer>;
  /** Text to stdout as it is. */
  write(text: string): void;
}

export function createArgoContext(host: CliHost, argo: ArgoFlags): ArgoContext {
  let server: Promise<ArgoServer> | undefined;
  let client: Promise<Client> | undefined;
  const argoServer = (): Promise<ArgoServer> => (server ??= chooseServer(host, argo));
  return {
    ...createContext(host, {}),
    argo,
    argoServer,
    client: () => (client ??= argoServer().then((chosen) => clientOf(host, chosen))),
    write: (text) => host.stdout.write(text),
  };
}

/** Runs a command's work and keeps the code that it ends with. */
export type ArgoStart = (work: (context: ArgoContext) => number | Promise<number>) => Promise<void>;
