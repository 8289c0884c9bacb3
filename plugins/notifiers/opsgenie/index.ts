import { defineNotifier } from "../../../src/plugin/contract.ts";
import { below, forRecipient, jsonTo, oneLine, plainText, wrongAddress, wrongPair } from "../words.ts";

/** Alerts by their alias: https://docs.opsgenie.com/docs/alert-api */
export default defineNotifier({
  name: "opsgenie",
  keys: {
    apiKey: {
      is: "secret",
      need: "optional",
      doc: "Of an API integration that may create and close alerts.",
    },
    apiKeys: {
      is: "secret",
      need: "optional",
      doc: "JSON: such a key by the name of a team, which is the recipient.",
    },
    apiURL: { is: "text", need: "optional", doc: "https://api.eu.opsgenie.com in Europe." },
  },
  recipient: { is: "optional", says: "a team" },
  storms: "each",
  check: ({ apiKey, apiKeys, apiURL }) => [
    ...wrongPair(apiKey, apiKeys, ["apiKey", "apiKeys"]),
    ...wrongAddress("apiURL", apiURL),
  ],
  requests(message, { settings: { apiURL, ...settings }, recipient }) {
    const apiKey = forRecipient(settings["apiKey"], settings["apiKeys"], recipient, "apiKeys");
    const { kind, tone, title, condition, app, project, cluster, id } = message;
    const base = below(apiURL ?? "https://api.opsgenie.com", "v2/alerts");
    const headers = { Authorization: `GenieKey ${apiKey}` };
    const alias = `holdfast/${condition?.key ?? id}`.slice(0, 512);
    if (condition?.is === "ended")
      return [
        jsonTo(
          `${base}/${encodeURIComponent(alias)}/close?identifierType=alias`,
          { source: "Holdfast", note: oneLine(title, 500) },
          headers,
        ),
      ];
    if (condition === undefined && tone !== "bad" && kind !== "test" && message.written === undefined)
      return [];
    return [
      jsonTo(
        base,
        {
          message: oneLine(message.written?.message ?? title, 130),
          alias,
          description: plainText(message, 15_000),
          ...(recipient === "" ? {} : { responders: [{ name: recipient, type: "team" }] }),
          tags: ["holdfast", kind],
          details: Object.fromEntries(
            Object.entries({ app, project, cluster }).filter(([, value]) => value !== undefined),
          ),
          entity: app ?? cluster ?? "holdfast",
          source: "Holdfast",
          priority: kind === "test" ? "P5" : tone === "bad" ? "P2" : "P3",
        },
        headers,
      ),
    ];
  },
});
