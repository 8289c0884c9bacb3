/** What an application that is not there yet would make, as the API says it. */
import type { ApplicationEffect } from "./blast-report.ts";

export interface ApplicationPreview {
  /** Commits or versions that its sources lead to now; empty where that could not be told. */
  revisions: string[];
  /** Of what Git wants, sorted. */
  images: string[];
  effect: ApplicationEffect;
}
