import { readFileSync } from "node:fs";
import type { ClusterEntry } from "../core/model/cluster-entry.ts";
import { Failure } from "../core/model/failure.ts";
import type { Clock } from "../core/ports/clock.ts";
import { defined } from "../lib/defined.ts";
import { CredentialPlugin } from "./credential-plugin.ts";
import { type CurrentEntry, endpointOf, type PodAddress } from "./entry-endpoint.ts";
import { type Endpoint, type KubeconfigSource, type KubeconfigTrust, readKubeconfig } from "./kubeconfig.ts";
import { proxyAround } from "./proxy-around.ts";

/**
 * Where it stands how to reach a cluster and who asks. `entry`: as it is now; another one holds from the next request on,
 * on the connections that are open.
 */
export type AccessSource = KubeconfigSource | { entry: CurrentEntry; pod: PodAddress };

/** How a connection is made: by which certificates, and through which proxy. */
export type Reach = Pick<Endpoint, "tls" | "proxy">;

/** Everything that one request needs besides its path. */
export interface Passport {
  server: string;
  headers: Record<string, string>;
  /** Connections of this cluster with these certificates. */
  session: Bun.FetchSession;
  /** The same for what is no request of HTTP. */
  reach: Reach;
  /** How often everything was renewed before it was made. */
  renewals: number;
}

export interface AccessOptions {
  source: AccessSource;
  context: string | undefined;
  trust: KubeconfigTrust;
  /** For credential plugins. */
  environment: Readonly<Record<string, string | undefined>>;
  pluginMs: number;
  clock: Clock;
}

/** A token file is read again after so long; kubelets renew theirs well before they end. */
const TOKEN_FILE_MS = 30_000;
const RENEW_EVERY_MS = 5_000;

/** Who we are for one cluster, kept current: token files and exec plugins are asked again, and a refusal renews everything. */
export class Access {
  #endpoint: Endpoint;
  #entry: ClusterEntry | undefined;
  #session: Bun.FetchSession;
  #reach: Reach = { tls: {}, proxy: undefined };
  #sessionKey = "";
  #fileToken: { token: string; readAt: number } | undefined;
  #plugin: CredentialPlugin | undefined;
  #renewedAt = -Infinity;
  #renewals = 0;

  /** @throws {Failure} config */
  constructor(readonly options: AccessOptions) {
    this.#endpoint = this.#read();
    this.#plugin = this.#pluginOf(this.#endpoint);
    this.#session = this.#sessionWith({});
  }

  /** Why `passport()` takes so long, while it does. */
  get waitsFor(): string | undefined {
    return this.#plugin?.waitsFor;
  }

  /**
   * At once where nobody has to be asked, which is nearly every request.
   * @throws {Failure} cluster-auth, and what reading a token file throws
   */
  passport(): Passport | Promise<Passport> {
    const { source } = this.options;
    if ("entry" in source && source.entry.get() !== this.#entry) this.#take(this.#read());
    const { proof, server, impersonate } = this.#endpoint,
      renewals = this.#renewals;
    const headers: Record<string, string> = {
      "user-agent": "holdfast",
      ...defined({ "impersonate-user": impersonate }),
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
      case "exec":
        return this.#passportByPlugin({ server, headers, renewals });
    }
    return { server, headers, session: this.#session, reach: this.#reach, renewals };
  }

  async #passportByPlugin(known: Omit<Passport, "session" | "reach">): Promise<Passport> {
    const { token, cert, key } = (await this.#plugin?.credential()) ?? {};
    if (token !== undefined) known.headers.authorization = `Bearer ${token}`;
    if (cert !== undefined && key !== undefined) this.#session = this.#sessionWith({ cert, key });
    return { ...known, session: this.#session, reach: this.#reach };
  }

  /**
   * After the server refused us: kubeconfig, token file and plugin are asked anew.
   * @param renewals of the passport that was refused
   * @returns whether it is worth another try
   */
  renew(renewals: number): "renewed" | "too-soon" {
    // Somebody else was refused with the same passport, and has renewed it.
    if (renewals < this.#renewals) return "renewed";
    const { clock } = this.options;
    if (clock.monotonic() - this.#renewedAt < RENEW_EVERY_MS) return "too-soon";
    this.#renewedAt = clock.monotonic();
    this.#renewals++;
    let read: Endpoint;
    try {
      read = this.#read();
    } catch (cause) {
      // Half written, or gone for a moment: what was read before is as good as anything.
      if (!(cause instanceof Failure)) throw cause;
      return "too-soon";
    }
    this.#take(read);
    return "renewed";
  }

  #read(): Endpoint {
    const { source, context, trust } = this.options;
    if (!("entry" in source)) return readKubeconfig(source, context, trust);
    const entry = source.entry.get();
    const endpoint = endpointOf(entry, source.pod);
    this.#entry = entry;
    return endpoint;
  }

  #take(read: Endpoint): void {
    const before = JSON.stringify(this.#endpoint.proof);
    this.#endpoint = read;
    this.#fileToken = undefined;
    if (JSON.stringify(read.proof) === before) this.#plugin?.renew();
    else {
      this.#plugin?.stop();
      this.#plugin = this.#pluginOf(this.#endpoint);
    }
    this.#session = this.#sessionWith({});
  }

  close(): void {
    this.#plugin?.stop();
    this.#session.close();
  }

  #sessionWith(own: { cert?: string; key?: string }): Bun.FetchSession {
    const { tls, proxy, server } = this.#endpoint;
    const all = { ...tls, ...own };
    this.#reach = { tls: all, proxy: proxy ?? proxyAround(server, this.options.environment) };
    const key = JSON.stringify([all, proxy]);
    if (key === this.#sessionKey) return this.#session;
    this.#sessionKey = key;
    return new Bun.FetchSession({ tls: all, ...defined({ proxy }) });
  }

  #tokenOf(file: string): string {
    const now = this.options.clock.monotonic();
    if (this.#fileToken === undefined || now - this.#fileToken.readAt > TOKEN_FILE_MS)
      this.#fileToken = { token: readFileSync(file, "utf8").trim(), readAt: now };
    return this.#fileToken.token;
  }

  #pluginOf({ proof, server, tls, proxy }: Endpoint): CredentialPlugin | undefined {
    if (proof.by !== "exec") return undefined;
    const { environment, pluginMs, clock } = this.options;
    return new CredentialPlugin({
      exec: proof.exec,
      environment,
      clock,
      limitMs: pluginMs,
      cluster: {
        server,
        ...defined({ "tls-server-name": tls.serverName }),
        ...(tls.rejectUnauthorized === undefined ? {} : { "insecure-skip-tls-verify": true }),
        ...(tls.ca === undefined
          ? {}
          : { "certificate-authority-data": Buffer.from(tls.ca).toString("base64") }),
        ...defined({ "proxy-url": proxy }),
      },
    });
  }
}
