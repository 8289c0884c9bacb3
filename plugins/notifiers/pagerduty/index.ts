import { defined } from "../../../src/lib/defined.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import {
  below,
  forRecipient,
  jsonTo,
  oneLine,
  plainText,
  safeUrl,
  someLines,
  wrongAddress,
  wrongPair,
} from "../words.ts";

/** Events API v2, by which an incident is one through all that is said of it: https://developer.pagerduty.com/docs/send-alert-event */
export default defineNotifier({
  name: "pagerduty",
  keys: {
    routingKey: { is: "secret", need: "optional", doc: "Integration key of the service (Events API v2)." },
    routingKeys: {
      is: "secret",
      need: "optional",
      doc: "JSON: such a key by the name that a recipient has, for several services.",
    },
    apiURL: { is: "text", need: "optional", doc: "Where it is not https://events.pagerduty.com." },
  },
  recipient: { is: "optional", says: "a name of routingKeys" },
  storms: "each",
  check: ({ routingKey, routingKeys, apiURL }) => [
    ...wrongPair(routingKey, routingKeys, ["routingKey", "routingKeys"]),
    ...wrongAddress("apiURL", apiURL),
  ],
  requests(message, { settings: { apiURL, ...settings }, recipient }) {
    const routingKey = forRecipient(
      settings["routingKey"],
      settings["routingKeys"],
      recipient,
      "routingKeys",
    );
    const { kind, tone, title, at, condition, link, app, project, cluster, id } = message;
    const url = below(apiURL ?? "https://events.pagerduty.com", "v2/enqueue");
    const dedup_key = `holdfast/${condition?.key ?? id}`.slice(0, 255);
    if (condition?.is === "ended")
      return [jsonTo(url, { routing_key: routingKey, event_action: "resolve", dedup_key })];
    // What needs nobody is no incident.
    if (condition === undefined && tone !== "bad" && kind !== "test" && message.written === undefined)
      return [];
    const href = safeUrl(link?.href);
    return [
      jsonTo(url, {
        routing_key: routingKey,
        event_action: "trigger",
        dedup_key,
        client: "Holdfast",
        ...(href === undefined ? {} : { client_url: href, links: [{ href, text: "Holdfast" }] }),
        payload: {
          summary: oneLine(message.written?.message ?? title, 1_000),
          source: app ?? cluster ?? "holdfast",
          severity: kind === "test" ? "info" : tone === "bad" ? "error" : "warning",
          timestamp: at,
          ...defined({ component: app }),
          ...defined({ group: project }),
          class: kind,
          custom_details: { text: someLines(plainText(message, 4_000), 4_000) },
        },
      }),
    ];
  },
});
