/** As they may be typed; the daemon knows both ways to write each. */
export const PATCH_TYPES = [
  "merge",
  "json",
  "application/merge-patch+json",
  "application/json-patch+json",
] as const;
