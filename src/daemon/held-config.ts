/** What the parts of the daemon make of a config, and how two configs differ. */
import type { Config } from "../config/config.ts";
import { Secret } from "../core/model/secret.ts";
import type { Settings } from "../engine/settings.ts";

/** What the engine obeys. */
export function settingsOf(config: Config): Settings {
  return {
    namespace: config.namespace,
    installationId: config.installationID === "" ? undefined : config.installationID,
    faults: config.validate === "strict" ? "refuse" : "repair",
    pods: config.health.pods ? "judge" : "ignore",
    prune: config.prune,
    poll: config.poll,
    pollSpreadMs: config.pollSpreadMs,
    repositories: config.repositories,
    retry: config.retry,
  };
}

/** Sections that hold after a restart only, where they differ. */
export function needRestart(before: Config, after: Config): string[] {
  return (["data", "render", "git", "plugins"] as const).filter((key) => !isSame(before[key], after[key]));
}

/** Whether two configs, or parts of them, say the same; secrets are compared too. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(reveal(a)) === JSON.stringify(reveal(b));
}

/** Secrets print as `***`; to see that one changed they must be compared. Never logged. */
function reveal(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, reveal(field)]));
}
