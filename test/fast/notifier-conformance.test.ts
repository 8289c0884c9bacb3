import { resolve } from "node:path";
import { builtInNotifiers } from "../../plugins/index.ts";
import { loadPlugins } from "../../src/plugin/load.ts";
import { notifierConformance } from "../conformance/notifier.ts";
import { NOTIFIER_SETTINGS } from "../lib/notifier-settings.ts";

const { HOLDFAST_NOTIFIER: place, HOLDFAST_NOTIFIER_SETTINGS, HOLDFAST_NOTIFIER_RECIPIENT } = process.env;
if (place === undefined) {
  for (const notifier of builtInNotifiers)
    notifierConformance(notifier, NOTIFIER_SETTINGS[notifier.name] ?? { settings: {}, recipient: "" });
} else {
  const { notifiers, problems } = await loadPlugins({
    builtIns: [],
    version: "conformance",
    places: [resolve(place)],
  });
  if (problems.length > 0) throw new Error(problems.map(({ text }) => text).join("\n"));
  const settings = JSON.parse(HOLDFAST_NOTIFIER_SETTINGS ?? "{}") as Record<string, string>;
  for (const notifier of notifiers)
    notifierConformance(notifier, { settings, recipient: HOLDFAST_NOTIFIER_RECIPIENT ?? "" });
}
