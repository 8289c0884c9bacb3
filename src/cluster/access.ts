import { readFileSync } from "node:fs";
import type { User } from "@kubernetes/client-node/dist/config_types.js";
import type { ExecAuth } from "@kubernetes/client-node/dist/exec_auth.js";
import type { Clock } from "../core/ports.ts";
import { type Endpoint, type KubeconfigSource, type KubeconfigTrust, readKubeconfig } from "./kubeconfig.ts";

/** Everything that one request needs besides its path. */
export interface Passport {
  server: string;
  headers: Record<string, string>;
  /** Connections of this cluster with these certificates. */
  session: Bun.FetchSession;
}

/** A token file is read again after so long; kubelets renew theirs well before they end. */
const TOKEN_FILE_MS = 30_000;
const RENEW_EVERY_MS = 5_000;

/** Who we are for one cluster, kept current: token files and exec plugins are asked again, and a refusal renews everything. */
export class Access {
  #endpoint: Endpoint;
  #session: Bun.FetchSession;
  #sessionKey = "";
  #fileToken: { token: string; readAt: number } | undefined;
  #exec: ExecAuth | undefined;
  #renewedAt = 0;

  /** @throws {Failure} config */
  constructor(
    readonly source: KubeconfigSource,
    readonly context: string | undefined,
    readonly trust: KubeconfigTrust,
    readonly clock: Clock,
  ) {
    this.#endpoint = readKubeconfig(source, context, trust);
    this.#session = this.#sessionWith({});
  }

  async passport(): Promise<Passport> {
    const { proof, server, impersonate } = this.#endpoint;
    const headers: Record<string, string> = {
      "user-agent": "holdfast",
      ...(impersonate === undefined ? {} : { "impersonate-user": impersonate }),
    };
    switch (proof.by) {
      case "certificate":
        break;
      case "token":
        headers.authorization = `Bearer ${proof.token}`;
        break;
      case "token-file":
        headers.authorization = `Bearer ${this.#tokenOf(proof.file)}`;
        break;
      case "password":
        headers.authorization = `Basic ${Buffer.from(`${proof.username}:${proof.password}`).toString("base64")}`;
        break;
      case "exec": {
        const { authorization, cert, key } = await this.#askPlugin(proof.user);
        if (authorization !== undefined) headers.authorization = authorization;
        if (cert !== undefined && key !== undefined) this.#session = this.#sessionWith({ cert, key });
      }
    }
    return { server, headers, session: this.#session };
  }

  /** After the server refused us: kubeconfig, token file and plugin are asked anew. @returns whether it is worth another try */
  renew(): "renewed" | "too-soon" {
    if (this.clock.now() - this.#renewedAt < RENEW_EVERY_MS) return "too-soon";
    this.#renewedAt = this.clock.now();
    this.#endpoint = readKubeconfig(this.source, this.context, this.trust);
    this.#fileToken = undefined;
    this.#exec = undefined;
    this.#session = this.#sessionWith({});
    return "renewed";
  }

  close(): void {
    this.#session.close();
  }

  #sessionWith(own: { cert?: string; key?: string }): Bun.FetchSession {
    const { tls, proxy } = this.#endpoint;
    const all = { ...tls, ...own };
    const key = JSON.stringify([all, proxy]);
    if (key === this.#sessionKey) return this.#session;
    this.#sessionKey = key;
    return new Bun.FetchSession({ tls: all, ...(proxy === undefined ? {} : { proxy }) });
  }

  #tokenOf(file: string): string {
    const now = this.clock.now();
    if (this.#fileToken === undefined || now - this.#fileToken.readAt > TOKEN_FILE_MS)
      this.#fileToken = { token: readFileSync(file, "utf8").trim(), readAt: now };
    return this.#fileToken.token;
  }

  /** The plugin's answer is kept by the library until it expires. */
  async #askPlugin(user: User): Promise<{ authorization?: string; cert?: string; key?: string }> {
    const { ExecAuth: Plugin } = await import("@kubernetes/client-node/dist/exec_auth.js");
    this.#exec ??= new Plugin();
    const exec = user.exec as { apiVersion?: string; env?: { name: string; value: string }[] | null };
    const info = {
      apiVersion: exec.apiVersion ?? "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      spec: { interactive: false },
    };
    const env = [...(exec.env ?? []), { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }];
    const answer: { headers?: Record<string, string>; cert?: string; key?: string } = {};
    await this.#exec.applyAuthentication(
      { ...user, exec: { ...exec, env } },
      answer as Parameters<ExecAuth["applyAuthentication"]>[1],
    );
    const authorization = answer.headers?.["Authorization"];
    return {
      ...(authorization === undefined ? {} : { authorization }),
      ...(answer.cert === undefined ? {} : { cert: answer.cert }),
      ...(answer.key === undefined ? {} : { key: answer.key }),
    };
  }
}
