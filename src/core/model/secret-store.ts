import type { Secret } from "./secret.ts";

/** A server that keeps secrets, as the config names it. */
export interface SecretStoreSettings {
  name: string;
  /** Without a slash at its end. */
  address: string;
  login: { by: "token"; token: Secret } | { by: "approle"; roleId: string; secretId: Secret; mount: string };
  /** Vault's own; "" is the root one. */
  namespace: string;
  /** Of its key-value engine, where an object's annotation says nothing. */
  kvVersion: "1" | "2";
  /** PEM, in place of the system's authorities. */
  ca?: string;
  /** Globs of paths that may be read; empty is all of them. */
  paths: readonly string[];
}
