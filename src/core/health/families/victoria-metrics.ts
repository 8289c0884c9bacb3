import type { HealthRule } from "../verdict.ts";
import { conventionHealth, usualHealth } from "./conventions.ts";
import { ifReported } from "./reported.ts";

/** What to scrape, whom to let in: operators before 0.50 wrote no status on these. */
const settings = /^VM(Rule|User|AlertmanagerConfig|.*Scrape|Probe|ScrapeConfig)$/;
const settingsHealth = ifReported(conventionHealth);

/** `operator.victoriametrics.com`: one word in `status.updateStatus`. */
export const victoriaMetricsHealth: HealthRule = (object) =>
  settings.test(object.kind) ? settingsHealth(object) : usualHealth(object);
