// The bundle: the package's own modules want a library of carousels beside them.
import { AdaptiveCard, SerializationContext, Version } from "adaptivecards/dist/adaptivecards.js";

/** Read by Teams alone: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format */
const OF_TEAMS = ["msteams"];

export function problemsOfCard(card, version) {
  const context = new SerializationContext(Version.parse(version, new SerializationContext()));
  const read = new AdaptiveCard();
  read.parse(card, context);
  const said = Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at).message);
  const missing = read.validateProperties().validationEvents.map(({ message }) => message);
  // What it writes again is what it understood, but for what is as it would be anyway.
  return [...said, ...missing, ...lost(card, read.toJSON(context), "card")];
}

function lost(from, to, path) {
  if (typeof from !== "object" || from === null)
    return String(from).toLowerCase() === String(to).toLowerCase()
      ? []
      : [`${path}: ${from} is read as ${to}`];
  return Object.entries(from).flatMap(([key, value]) => {
    const at = `${path}.${key}`;
    if (path === "card" && OF_TEAMS.includes(key)) return [];
    return to?.[key] === undefined ? [`${at}: nobody reads it`] : lost(value, to[key], at);
  });
}
