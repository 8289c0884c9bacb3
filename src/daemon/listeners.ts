import type { CertificateFacts, Trouble } from "../api/context.ts";
import type { Api } from "../api/create-api.ts";
import { type Listener, type ListenOptions, listen } from "../api/listen.ts";
import { createMetricsApi } from "../api/metrics-api.ts";
import type { MetricsFormat } from "../api/metrics-format.ts";
import type { Config } from "../config/config.ts";
import { isLoopback } from "../config/listen-address.ts";
import type { Log } from "../core/ports/log.ts";
import { ServerCertificate } from "./certificate/server-certificate.ts";

/** What of the config they go by. */
export type Answering = Pick<Config, "server" | "metrics" | "accounts" | "signOn" | "homeAccess">;

export interface ListenersOptions {
  /** The API under this config. */
  api(config: Answering): Api;
  metrics(format: MetricsFormat): Promise<string>;
  /** Where a certificate of our own making is kept. */
  dataFolder: string;
  log: Log;
  now(): number;
}

interface Open {
  api: Listener;
  metrics: Listener | undefined;
  certificate: ServerCertificate | undefined;
}

/** Every address that the daemon answers at, and the certificate that it shows there. */
export class Listeners {
  #config: Answering;
  #open: Open;

  /** @throws {Failure} config where one cannot be had; none is left open */
  constructor(
    private readonly options: ListenersOptions,
    config: Answering,
  ) {
    this.#config = config;
    this.#open = this.#openAll(config, this.#certificateFor(config));
  }

  /** Of the API, with the base path. */
  get url(): string {
    return `${this.#open.api.url}${this.#config.server.basePath}`;
  }

  /** Undefined where there is no listener for them alone. */
  get metricsUrl(): string | undefined {
    return this.#open.metrics?.url;
  }

  get certificate(): CertificateFacts | undefined {
    return this.#open.certificate?.facts;
  }

  /** PEM of what is shown to whoever connects, with those that vouch for it. Undefined: plain HTTP is spoken. */
  get shown(): string | undefined {
    return this.#open.certificate?.pem.cert;
  }

  troubles(): Trouble[] {
    return this.#open.certificate?.troubles() ?? [];
  }

  /**
   * Answers where and as the config says now.
   * @throws {Failure} config where that cannot be had: it answers where it did, as it did
   */
  async follow(next: Answering): Promise<void> {
    const before = { config: this.#config, open: this.#open };
    const certificate = this.#certificateFor(next);
    // A port is free only when its listener has let go of it; any other one is tried first.
    const inTheWay = portsOf(next).some((port) => portsOf(before.config).includes(port));
    if (inTheWay) await close(before.open);
    try {
      this.#open = this.#openAll(next, certificate);
      this.#config = next;
    } catch (cause) {
      if (inTheWay) this.#open = this.#openAll(before.config, this.#certificateFor(before.config));
      throw cause;
    }
    if (!inTheWay) await close(before.open);
  }

  /**
   * Where it answers already, it asks who comes as this config has it; what is open ends.
   * @param config its addresses and certificate are those of now
   * @throws {Failure} config where an address was lost meanwhile: then nobody is answered there
   */
  answerBy(config: Answering): void {
    this.#config = config;
    const { api, metrics } = this.#open;
    try {
      api.answerBy(this.options.api(config));
    } finally {
      metrics?.answerBy(this.#metricsApi(config));
    }
  }

  stop(): Promise<void> {
    return close(this.#open);
  }

  #certificateFor({ server }: Answering): ServerCertificate | undefined {
    const { certificate: source } = server.tls;
    if (source.by === "nothing") return undefined;
    const { dataFolder, log, now } = this.options;
    const names = [server.listen.hostname, hostOf(server.url)].filter((name) => !NO_NAME.has(name));
    return new ServerCertificate({ source, dataFolder, names, log, now, onChange: () => this.#show() });
  }

  #openAll(config: Answering, certificate: ServerCertificate | undefined): Open {
    const { server, metrics } = config;
    const opened: Listener[] = [];
    const at = (api: Pick<Api, "fetch">, options: ListenOptions): Listener => {
      const { tls } = server;
      const listener = listen(api, {
        ...options,
        ...(certificate === undefined ? {} : { tls: { ...tls, pem: certificate.pem } }),
      });
      opened.push(listener);
      return listener;
    };
    try {
      const api = at(this.options.api(config), server.listen);
      const own =
        metrics.listen === undefined
          ? undefined
          : at(this.#metricsApi(config), { ...metrics.listen, setting: "metrics.listen" });
      return { api, metrics: own, certificate };
    } catch (cause) {
      certificate?.stop();
      for (const listener of opened) void listener.stop();
      throw cause;
    }
  }

  #metricsApi({ metrics: { listen: address, token } }: Answering): Pick<Api, "fetch"> {
    const { metrics, log } = this.options;
    const isOwn = address === undefined || isLoopback(address.hostname);
    return createMetricsApi({ metrics, open: token ?? (isOwn ? "machine" : "network"), log });
  }

  #show(): void {
    const { api, metrics, certificate } = this.#open;
    if (certificate === undefined) return;
    for (const listener of [api, metrics]) {
      try {
        listener?.show(certificate.pem);
      } catch (cause) {
        this.options.log.error("the address was lost while the certificate was changed", {
          why: String(cause),
        });
      }
    }
  }
}

async function close({ api, metrics, certificate }: Open): Promise<void> {
  certificate?.stop();
  await Promise.all([api.stop(), metrics?.stop()]);
}

/** Every address of the machine is nobody's name. */
const NO_NAME = new Set(["", "0.0.0.0", "::"]);

function hostOf(url: string | undefined): string {
  return url === undefined ? "" : new URL(url).hostname.replace(/^\[|\]$/g, "");
}

function portsOf({ server, metrics }: Answering): number[] {
  return [server.listen.port, metrics.listen?.port ?? 0].filter((port) => port !== 0);
}
