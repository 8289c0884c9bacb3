import type { Config } from "./config.ts";

/** Sections of the config whose change holds after a restart only: what is open, or stands in tracking ids, for as long as the daemon runs. */
export const AFTER_RESTART = [
  "data",
  "namespace",
  "home",
  "homeCluster",
  "replicas",
  "render",
  "decryption",
  "git",
  "plugins",
  "configManagementPlugins",
  "secretStores",
] as const satisfies readonly (keyof Config)[];
