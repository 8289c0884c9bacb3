/**
 * What people and programs get of each kind of event by each notifier, to be read in test/golden/notifications.md as they
 * read it. UPDATE_GOLDEN=1 prints it anew.
 */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KnownBlock } from "@slack/types";
import { builtInNotifiers } from "../../plugins/index.ts";
import type { NotificationMessage } from "../../src/core/model/notification.ts";
import { SAMPLES } from "../lib/notification-samples.ts";

const GOLDEN = join(import.meta.dir, "../golden/notifications.md");

/** Settings with which each says what it says. */
const SETTINGS: Readonly<Record<string, { settings: Record<string, string>; recipient: string }>> = {
  alertmanager: { settings: { url: "https://alertmanager.example.com" }, recipient: "" },
  discord: { settings: { url: "https://discord.com/api/webhooks/1/a" }, recipient: "" },
  email: { settings: { host: "smtp.example.com", from: "cd@example.com" }, recipient: "ops@example.com" },
  github: { settings: { token: "a" }, recipient: "" },
  "google-chat": { settings: { url: "https://chat.googleapis.com/v1/spaces/a" }, recipient: "" },
  opsgenie: { settings: { apiKey: "a" }, recipient: "" },
  pagerduty: { settings: { routingKey: "a" }, recipient: "" },
  slack: { settings: { token: "xoxb-1" }, recipient: "deploys" },
  teams: { settings: { url: "https://example.logic.azure.com/workflows/1" }, recipient: "" },
  telegram: { settings: { token: "1:a" }, recipient: "-100" },
  webhook: { settings: { url: "https://hooks.example.com" }, recipient: "" },
};

type Read = (body: never) => (string | undefined)[];

/** How the words of a body stand below one another where they are shown. */
const READERS: Readonly<Record<string, Read>> = {
  slack: ({ text, blocks }: { text: string; blocks?: KnownBlock[] }) =>
    blocks === undefined ? [text] : blocks.flatMap(slackLines),
  teams: (body: { attachments: { content: Card }[] }) =>
    body.attachments.flatMap(({ content: { body: elements, actions = [] } }) => [
      ...elements.map(({ inlines }) =>
        inlines.map(({ text, selectAction }) => linked(text, selectAction?.url)).join(""),
      ),
      ...actions.map(({ title, url }) => linked(title, url)),
    ]),
  discord: ({ content, embeds = [] }: { content?: string; embeds?: Embed[] }) => [
    content,
    ...embeds.flatMap(({ title, url, description, fields, footer }) => [
      linked(title, url),
      description,
      ...fields.map(({ name, value }) => `${name}: ${value}`),
      footer?.text,
    ]),
  ],
  "google-chat": ({ text, cardsV2 = [] }: { text: string; cardsV2?: { card: ChatCard }[] }) =>
    cardsV2.length === 0
      ? [text]
      : cardsV2.flatMap(({ card: { header, sections = [] } }) => [
          header.title,
          ...sections.flatMap(({ widgets }) => widgets.flatMap(chatLines)),
        ]),
  telegram: ({ text }: { text: string }) => [text],
};

interface Card {
  body: { inlines: { text: string; selectAction?: { url: string } }[] }[];
  actions?: { title: string; url: string }[];
}
interface Embed {
  title: string;
  url?: string;
  description?: string;
  fields: { name: string; value: string }[];
  footer?: { text: string };
}
interface ChatCard {
  header: { title: string };
  sections?: { widgets: ChatWidget[] }[];
}
interface ChatWidget {
  textParagraph?: { text: string };
  decoratedText?: { topLabel: string; text: string; onClick?: { openLink: { url: string } } };
  buttonList?: { buttons: { text: string; onClick: { openLink: { url: string } } }[] };
}

const linked = (text: string, url: string | undefined): string =>
  url === undefined ? text : `${text} → ${url}`;

function slackLines(block: KnownBlock): string[] {
  switch (block.type) {
    case "header":
      return [block.text.text];
    case "section":
      return [
        ...(block.text === undefined ? [] : [block.text.text]),
        ...(block.fields ?? []).map(({ text }) => text.replace("\n", ": ")),
      ];
    case "context":
      return block.elements.map((element) => (element.type === "plain_text" ? element.text : element.type));
    case "actions":
      return block.elements.map((element) =>
        element.type === "button" ? linked(element.text.text, element.url) : element.type,
      );
    default:
      return [block.type];
  }
}

function chatLines({ textParagraph, decoratedText, buttonList }: ChatWidget): string[] {
  return [
    ...(textParagraph === undefined ? [] : [textParagraph.text]),
    ...(decoratedText === undefined
      ? []
      : [linked(`${decoratedText.topLabel}: ${decoratedText.text}`, decoratedText.onClick?.openLink.url)]),
    ...(buttonList?.buttons ?? []).map(({ text, onClick }) => linked(text, onClick.openLink.url)),
  ];
}

/** Of a program's request, its body; of a person's message, its lines. */
function readingOf(name: string, message: NotificationMessage): string {
  const notifier = builtInNotifiers.find((one) => one.name === name);
  const requests = notifier?.requests(message, SETTINGS[name] ?? { settings: {}, recipient: "" }) ?? [];
  const said = requests.map((request) => {
    if (request.by === "mail") return `Subject: ${request.mail.subject}\n\n${request.mail.text}`;
    const read = READERS[name];
    const body = JSON.parse(request.body) as unknown;
    if (read === undefined) return JSON.stringify(body);
    return read(body as never)
      .filter((line) => line !== undefined)
      .join("\n");
  });
  return said.join("\n");
}

test("what each notifier makes of each kind of event reads as test/golden/notifications.md has it", () => {
  const names = builtInNotifiers.map(({ name }) => name);
  const sections = SAMPLES.map((message) => {
    const readings = names.map((name) => [name, readingOf(name, message)] as const);
    const silent = readings.filter(([, text]) => text === "").map(([name]) => name);
    return [
      `## ${message.kind}`,
      ...readings.flatMap(([name, text]) => (text === "" ? [] : [`**${name}**`, `\`\`\`\n${text}\n\`\`\``])),
      ...(silent.length === 0 ? [] : [`Nothing by ${silent.join(", ")}.`]),
    ].join("\n\n");
  });
  const text = `# What is told\n\nPrinted by \`UPDATE_GOLDEN=1 bun test ./test/fast/notifier-golden.test.ts\`.\n\n${sections.join("\n\n")}\n`;
  if (Bun.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, text);
  expect(text).toBe(readFileSync(GOLDEN, "utf8"));
});
