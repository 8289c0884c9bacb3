/** Certificates and host keys in two files below the data folder. */
import type { TrustFolder } from "../../config/trust-folder.ts";
import {
  KNOWN_HOSTS,
  NO_TRUST,
  readKnownHosts,
  readTlsCertificates,
  TLS_CERTIFICATES,
  trustData,
} from "../../core/argocd/host-trust.ts";
import { Failure } from "../../core/model/failure.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { KeptTrust } from "../../core/model/trusted-certificate.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { messageOf } from "../../lib/caught.ts";
import type { TrustPlace } from "./trust-place.ts";

export class TrustInFiles implements TrustPlace {
  readonly keptIn = { https: "data", ssh: "data" };
  #trust: KeptTrust = NO_TRUST;
  #problems: readonly Problem[] = [];

  #apply: () => Promise<void> = async () => undefined;

  constructor(private readonly folder: TrustFolder) {}

  /** @param apply has everybody use what is there now */
  onChange(apply: () => Promise<void>): void {
    this.#apply = apply;
  }

  trust(): KeptTrust {
    return this.#trust;
  }

  problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Reads the folder again. */
  read(): void {
    const { found, problems } = this.folder.read();
    const named = (name: string) => found.find(({ entry }) => entry.metadata.name === name)?.entry;
    const [tls, ssh] = [named(TLS_CERTIFICATES), named(KNOWN_HOSTS)];
    this.#trust = {
      authorities:
        tls === undefined
          ? new Map()
          : readTlsCertificates(tls, TLS_CERTIFICATES, this.#trust.authorities).authorities,
      knownHosts: ssh === undefined ? "" : readKnownHosts(ssh),
    };
    this.#problems = problems;
  }

  async change(edit: (now: KeptTrust) => KeptTrust, made: () => void): Promise<void> {
    this.read();
    const [before, after] = [this.#trust, edit(this.#trust)];
    let wrote = false;
    for (const name of [TLS_CERTIFICATES, KNOWN_HOSTS] as const) {
      const data = trustData(name, after);
      if (canonicalJson(data) === canonicalJson(trustData(name, before))) continue;
      this.#write({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
      wrote = true;
    }
    if (!wrote) return;
    made();
    this.read();
    await this.#apply();
  }

  #write(configMap: Parameters<TrustFolder["write"]>[0]): void {
    try {
      this.folder.write(configMap);
    } catch (cause) {
      throw new Failure("store", this.folder.folder, "backoff", {
        cannot: `keep ${configMap.metadata.name}`,
        why: messageOf(cause),
        fix: "Make the data folder writable for the daemon's user, and see whether its disk is full",
        cause,
      });
    }
  }
}
