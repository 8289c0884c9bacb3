import type { IgnoreDifferences } from "./application.ts";

/** A rule on fields that are left to others, with the place where it stands, for people. */
export interface IgnoreRule extends IgnoreDifferences {
  at: string;
}
