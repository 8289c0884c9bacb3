import { type CliContext, createContext } from "../context.ts";
import type { CliHost } from "../host.ts";
import type { Client } from "../http/client.ts";
import { plainLines } from "../terminal/plain-text.ts";
import { type ArgoServer, chooseServer, clientOf } from "./connect.ts";
import type { ArgoFlags } from "./flags/global-flags.ts";

/** What a command of argocd works with: as our own ones, and the server is the one that argocd would ask. */
export interface ArgoContext extends CliContext {
  argo: ArgoFlags;
  /** @throws {CliError} where no server is named */
  argoServer(): Promise<ArgoServer>;
}

export function createArgoContext(host: CliHost, argo: ArgoFlags): ArgoContext {
  let server: Promise<ArgoServer> | undefined;
  let client: Promise<Client> | undefined;
  const argoServer = (): Promise<ArgoServer> => (server ??= chooseServer(host, argo));
  const ours = createContext(host, {});
  return {
    ...ours,
    // Names and messages are others' to choose: they show themselves, and steer no terminal.
    print: (lines) => ours.print(typeof lines === "string" ? plainLines(lines) : lines.map(plainLines)),
    argo,
    argoServer,
    client: () => (client ??= argoServer().then((chosen) => clientOf(host, chosen))),
  };
}

/** Runs a command's work and keeps the code that it ends with. */
export type ArgoStart = (work: (context: ArgoContext) => number | Promise<number>) => Promise<void>;
