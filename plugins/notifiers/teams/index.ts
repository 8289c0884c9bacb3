import type { NotificationMessage, Tone } from "../../../src/core/model/notification.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import {
  forRecipient,
  jsonIn,
  jsonTo,
  linesOf,
  oneLine,
  plainText,
  safeUrl,
  someLines,
  wrongUrls,
} from "../words.ts";

const COLOURS: Readonly<Record<Tone, string>> = {
  good: "good",
  bad: "attention",
  unsure: "warning",
  neutral: "default",
};

/** By a workflow of Teams, which takes Adaptive Cards: https://learn.microsoft.com/connectors/teams/#microsoft-teams-webhook */
export default defineNotifier({
  name: "teams",
  keys: {
    url: {
      is: "secret",
      need: "optional",
      doc: "Of the workflow “When a Teams webhook request is received”.",
    },
    recipientUrls: {
      is: "secret",
      need: "optional",
      doc: "JSON: such an address by the name that a recipient has, for several channels.",
    },
  },
  recipient: { is: "optional", says: "a name of recipientUrls" },
  storms: "one-message",
  check: wrongUrls,
  requests(message, { settings: { url, recipientUrls }, recipient }) {
    const to = forRecipient(url, recipientUrls, recipient, "recipientUrls");
    return [
      jsonTo(to, {
        type: "message",
        attachments: [
          {
            contentType: "application/vnd.microsoft.card.adaptive",
            contentUrl: null,
            content: cardOf(message),
          },
        ],
      }),
    ];
  },
});

/** Runs of text: nothing in them is read as markup, as a TextBlock would. */
function runs(
  text: string,
  more: Record<string, unknown> = {},
  block: Record<string, unknown> = {},
): unknown {
  return { type: "RichTextBlock", ...block, inlines: [{ type: "TextRun", text, ...more }] };
}

function cardOf(message: NotificationMessage): unknown {
  const { written, title, tone, why, facts, next, link } = message;
  if (written?.teams?.adaptiveCard !== undefined)
    return jsonIn(written.teams.adaptiveCard, "teams-workflows.adaptiveCard");
  const url = safeUrl(link?.href);
  const lines = linesOf(message);
  const body =
    written === undefined
      ? [
          runs(oneLine(title, 300), { size: "large", weight: "bolder", color: COLOURS[tone] }),
          ...(why === undefined ? [] : [runs(someLines(why, 2_000))]),
          ...lines.map((line) => runs(line, { fontType: "monospace", size: "small" })),
          ...facts.map(({ label, text, href }) => factOf(label, text, safeUrl(href))),
          ...(next === undefined
            ? []
            : [runs(someLines(next, 600), { isSubtle: true }, { spacing: "medium" })]),
        ]
      : [
          ...(written.teams?.title === undefined
            ? []
            : [runs(oneLine(written.teams.title, 300), { size: "large", weight: "bolder" })]),
          runs(someLines(written.teams?.text ?? written.message ?? plainText(message, 4_000), 8_000)),
        ];
  return {
    type: "AdaptiveCard",
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    version: "1.4",
    msteams: { width: "Full" },
    body,
    ...(url === undefined || link === undefined
      ? {}
      : { actions: [{ type: "Action.OpenUrl", title: oneLine(link.text, 80), url }] }),
  };
}

function factOf(label: string, text: string, url: string | undefined): unknown {
  return {
    type: "RichTextBlock",
    spacing: "small",
    inlines: [
      { type: "TextRun", text: `${oneLine(label, 60)}: `, isSubtle: true },
      {
        type: "TextRun",
        text: oneLine(text, 500),
        ...(url === undefined ? {} : { selectAction: { type: "Action.OpenUrl", url } }),
      },
    ],
  };
}
