import { reported } from "../families/reported.ts";
import { textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

/** The older project's kind: `SUCCESS`, or `ERROR, ` and what went wrong. */
const synced: HealthRule = (object) => {
  const text = textAt(object, "status", "status");
  if (text === "") return undefined;
  if (text === "SUCCESS") return healthy("status.status is SUCCESS");
  return text.startsWith("ERROR")
    ? degraded("status.status starts with ERROR", text.replace(/^ERROR,?\s*/, ""))
    : progressing(`status.status is ${text}`, text);
};

export const externalSecret: RuleTable = { "kubernetes-client.io/ExternalSecret": reported(synced) };
