/** The Kubernetes API with nothing between: what other people's tools do to a cluster, and what tests check against. */

import { readFileSync } from "node:fs";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { defined } from "../../src/lib/defined.ts";

export interface RawAnswer {
  status: number;
  /** Parsed JSON. */
  body: Record<string, unknown>;
}

type Body = KubeObject & Record<string, any>;

export interface RawApi {
  server: string;
  /** @param contentType of `body`; `application/json` where left out */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<RawAnswer>;
  /** Throws what the server says where it refuses. Deep in what comes back reads only a test, so its fields are `any`. */
  must(method: string, path: string, body?: unknown, contentType?: string): Promise<Body>;
  /** undefined where there is none. */
  find(path: string): Promise<Body | undefined>;
  /** One that is there already is left as it is. */
  makeNamespace(name: string): Promise<void>;
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
  const request: RawApi["request"] = async (method, path, body, contentType = "application/json") => {
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
  };
  const refused = (asked: string, { status, body }: RawAnswer): Error =>
    new Error(`${asked}: HTTP ${status}: ${JSON.stringify(body["message"] ?? body)}`);
  return {
    server: cluster.server,
    request,
    async must(method, path, body, contentType) {
      const answer = await request(method, path, body, contentType);
      if (answer.status >= 300) throw refused(`${method} ${path}`, answer);
      return answer.body as Body;
    },
    async find(path) {
      const answer = await request("GET", path);
      if (answer.status === 404) return undefined;
      if (answer.status >= 300) throw refused(`GET ${path}`, answer);
      return answer.body as Body;
    },
    async makeNamespace(name) {
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
      const answer = await request("POST", "/api/v1/namespaces", namespace);
      if (answer.status >= 300 && answer.status !== 409) throw refused(`namespace ${name}`, answer);
    },
    async text(method, path) {
      const answer = await send(path, { method });
      if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status}`);
      return await answer.text();
    },
    open: (path, signal) => send(path, { signal }),
  };
}
