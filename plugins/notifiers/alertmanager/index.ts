import { defined } from "../../../src/lib/defined.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import { below, jsonTo, oneLine, plainText, safeUrl, wrongAddress } from "../words.ts";

/** An incident of whose end nobody hears is over at last. */
const LONGEST_MS = 365 * 86_400_000;

/** API v2 of Prometheus' Alertmanager: what goes on is an alert, and what is over ends it. */
export default defineNotifier({
  name: "alertmanager",
  keys: {
    url: { is: "text", need: "required", doc: "As http://alertmanager.monitoring.svc:9093." },
    authorization: { is: "secret", need: "optional", doc: "A header Authorization, whole." },
  },
  recipient: { is: "optional", says: "a value of the label receiver" },
  storms: "each",
  check: ({ url }) => wrongAddress("url", url),
  requests(message, { settings: { url = "", authorization }, recipient }) {
    const { kind, tone, title, at, condition, link, app, project, cluster } = message;
    if (condition === undefined && tone !== "bad" && kind !== "test" && message.written === undefined)
      return [];
    const href = safeUrl(link?.href);
    const [namespace, name] = app === undefined ? [] : app.split("/");
    const labels = {
      alertname: `Holdfast${camel(condition?.key.split(" ")[0] ?? kind)}`,
      severity: tone === "bad" ? "critical" : "warning",
      application: name,
      application_namespace: namespace,
      project,
      cluster,
      receiver: recipient === "" ? undefined : recipient,
    };
    return [
      jsonTo(
        below(url, "api/v2/alerts"),
        [
          {
            labels: Object.fromEntries(
              Object.entries({
                ...labels,
                ...(condition === undefined ? {} : { severity: "critical" }),
              }).filter(([, value]) => value !== undefined),
            ),
            annotations: { summary: oneLine(title, 300), description: plainText(message, 4_000) },
            ...timesOf(condition?.is, at),
            ...defined({ generatorURL: href }),
          },
        ],
        authorization === undefined ? {} : { Authorization: authorization },
      ),
    ];
  },
});

/** What has no end is over for Alertmanager after five minutes of silence: what goes on ends when we say so. */
function timesOf(is: "began" | "ended" | undefined, at: string): { startsAt?: string; endsAt?: string } {
  switch (is) {
    case "ended":
      return { endsAt: at };
    case "began":
      return { startsAt: at, endsAt: new Date(Date.parse(at) + LONGEST_MS).toISOString() };
    case undefined:
      return { startsAt: at };
  }
}

function camel(words: string): string {
  return words.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
