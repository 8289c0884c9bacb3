/** The Kubernetes API with nothing between: what other people's tools do to a cluster, and what tests check against. */

import { readFileSync } from "node:fs";
import { defined } from "../../src/lib/defined.ts";

export interface RawAnswer {
  status: number;
  /** Parsed JSON. */
  body: Record<string, unknown>;
}

export interface RawApi {
  server: string;
  /** @param contentType of `body`; `application/json` where left out */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<RawAnswer>;
  text(method: string, path: string): Promise<string>;
  /** The response itself, for streams; `signal` ends it. */
  open(path: string, signal: AbortSignal): Promise<Response>;
}

interface Kubeconfig {
  clusters: { cluster: { server: string; "certificate-authority-data"?: string } }[];
  users: { user: { "client-certificate-data"?: string; "client-key-data"?: string; token?: string } }[];
}

const decode = (base64: string | undefined): string | undefined =>
  base64 === undefined ? undefined : Buffer.from(base64, "base64").toString();

/** @param kubeconfig path; its first cluster and first user are taken */
export async function rawApi(kubeconfig: string): Promise<RawApi> {
  const config = Bun.YAML.parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
  const cluster = config.clusters[0]?.cluster,
    user = config.users[0]?.user;
  if (cluster === undefined || user === undefined)
    throw new Error(`${kubeconfig} names no cluster or no user`);
  const ca = decode(cluster["certificate-authority-data"]),
    cert = decode(user["client-certificate-data"]),
    key = decode(user["client-key-data"]);
  const tls = {
    ...defined({ ca, cert, key }),
  };
  const authorization: Record<string, string> =
    user.token === undefined ? {} : { authorization: `Bearer ${user.token}` };
  const send = (path: string, init: RequestInit): Promise<Response> =>
    fetch(cluster.server + path, {
      ...init,
      tls,
      headers: { ...authorization, ...(init.headers as Record<string, string> | undefined) },
    });
  return {
    server: cluster.server,
    async request(method, path, body, contentType = "application/json") {
      const answer = await send(path, {
        method,
        headers: { "content-type": contentType },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return {
        status: answer.status,
        body: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : { text },
      };
    },
    async text(method, path) {
      const answer = await send(path, { method });
      if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status}`);
      return await answer.text();
    },
    open: (path, signal) => send(path, { signal }),
  };
}
