/**
 * What each notifier makes of every kind of message, of hostile words and of texts that are as long as they can be, held
 * against what is published of the channel: Slack's limits, Microsoft's own reader of Adaptive Cards, Discord's and others'
 * limits. A channel refuses what breaks one for ever, so that nobody would hear of it.
 */
import { describe, expect, test } from "bun:test";
import type { KnownBlock } from "@slack/types";
import { builtInNotifiers } from "../../plugins/index.ts";
import type { NotificationMessage } from "../../src/core/model/notification.ts";
import { problemsOfCard } from "../lib/adaptive-card-check.mjs";
import { filledWith, hostile, SAMPLES } from "../lib/notification-samples.ts";

/** Texts that grow where a channel wants signs written otherwise, or that take several bytes a sign. */
const GROWING = ["&", "<", "-", "|", '"', "@", "漢", "😀", "\n", "a "];

const CASES: readonly (readonly [string, NotificationMessage])[] = SAMPLES.flatMap((message) => [
  [message.kind, message] as const,
  [`${message.kind}, hostile`, hostile(message)] as const,
  ...GROWING.map(
    (text) => [`${message.kind}, of ${JSON.stringify(text)}`, filledWith(message, text)] as const,
  ),
]);

/** The bodies of the requests that a notifier makes of it. */
function bodiesOf(name: string, settings: Record<string, string>, message: NotificationMessage): unknown[] {
  const notifier = builtInNotifiers.find((one) => one.name === name);
  if (notifier === undefined) throw new Error(`there is no notifier ${name}`);
  return notifier
    .requests(message, { settings, recipient: name === "telegram" ? "-100" : "" })
    .map((request) => (request.by === "http" ? (JSON.parse(request.body) as unknown) : request.mail));
}

/** @returns what is longer, or more, than it may be */
const beyond = (what: string, length: number, least: number, most: number): string[] =>
  length < least || length > most ? [`${what} is ${length} long, and may be ${least} to ${most}`] : [];

/** What is wrong with all cases, each said once by the first case that shows it. */
function wrongOf(look: (message: NotificationMessage) => string[]): string[] {
  const found = new Map<string, string>();
  for (const [name, message] of CASES)
    for (const problem of look(message)) {
      const what = problem.replace(/\d+ long/, "n long");
      if (!found.has(what)) found.set(what, `${name}: ${problem}`);
    }
  return [...found.values()];
}

test("every kind of message is among them", () => {
  expect(new Set(SAMPLES.map(({ kind }) => kind)).size).toBe(SAMPLES.length);
  expect(SAMPLES.length).toBe(18);
});

describe("teams", () => {
  const settings = { url: "https://example.logic.azure.com/workflows/1" };
  type Body = { attachments: { contentType: string; content: unknown }[] };
  test("each card is understood whole by a client of the version that it names", () => {
    const wrong = wrongOf((message) =>
      (bodiesOf("teams", settings, message) as Body[]).flatMap(({ attachments }) =>
        attachments.flatMap(({ content }) =>
          problemsOfCard(content, (content as { version: string }).version),
        ),
      ),
    );
    expect(wrong).toEqual([]);
  });
  test("what that reader does not know, lacks or reads otherwise is found", () => {
    const card = (body: unknown, actions: unknown[] = []): string[] =>
      problemsOfCard({ type: "AdaptiveCard", version: "1.4", body: [body], actions }, "1.4");
    expect(card({ type: "Headline", text: "a" }).join()).toContain("Headline");
    expect(card({ type: "TextBlock", text: "a", size: "huge" }).join()).toContain("huge");
    expect(card({ type: "TextBlock", text: "a", wrapped: true }).join()).toContain(
      "wrapped: nobody reads it",
    );
    expect(card({ type: "TextBlock", text: "a" }, [{ type: "Action.OpenUrl", title: "a" }]).join()).toContain(
      "url",
    );
  });
  // https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
  test("a message is within 28 KB", () => {
    const wrong = wrongOf((message) =>
      bodiesOf("teams", settings, message).flatMap((body) =>
        beyond("the message", Buffer.byteLength(JSON.stringify(body)), 1, 28 * 1024),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

// https://docs.slack.dev/reference/block-kit/blocks
test("slack: blocks are within the sizes of each, and none is empty", () => {
  const ofBlock = (block: KnownBlock): string[] => {
    switch (block.type) {
      case "header":
        return beyond("a header", block.text.text.length, 1, 150);
      case "section":
        return [
          ...(block.text === undefined ? [] : beyond("a section", block.text.text.length, 1, 3_000)),
          ...(block.fields === undefined ? [] : beyond("a list of fields", block.fields.length, 1, 10)),
          ...(block.fields ?? []).flatMap(({ text }) => beyond("a field", text.length, 1, 2_000)),
        ];
      case "context":
        return block.elements.flatMap((element) =>
          element.type === "plain_text" ? beyond("a context", element.text.length, 1, 2_000) : [element.type],
        );
      case "actions":
        return block.elements.flatMap((element) =>
          element.type === "button"
            ? [
                ...beyond("a button", element.text.text.length, 1, 75),
                ...beyond("an address", element.url?.length ?? 0, 1, 3_000),
              ]
            : [element.type],
        );
      default:
        return [`${block.type} is none that is meant`];
    }
  };
  const wrong = wrongOf((message) =>
    (
      bodiesOf("slack", { url: "https://hooks.slack.com/services/1" }, message) as {
        text: string;
        blocks?: KnownBlock[];
      }[]
    ).flatMap(({ text, blocks = [] }) => [
      // It cuts what is longer than 4,000, and refuses 40,000.
      ...beyond("the text", text.length, 1, 40_000),
      ...beyond("the list of blocks", blocks.length, 0, 50),
      ...blocks.flatMap(ofBlock),
    ]),
  );
  expect(wrong).toEqual([]);
});

// https://discord.com/developers/docs/resources/message#embed-object-embed-limits
test("discord: embeds are within the sizes of each part and of all together", () => {
  interface Embed {
    title: string;
    description?: string;
    fields: { name: string; value: string }[];
    footer?: { text: string };
  }
  const ofEmbed = ({ title, description, fields, footer }: Embed): string[] => {
    const texts = [title, description ?? "", footer?.text ?? "", ...fields.flatMap(Object.values)];
    const all = texts.filter((text): text is string => typeof text === "string").join("").length;
    return [
      ...beyond("a title", title.length, 1, 256),
      ...(description === undefined ? [] : beyond("a description", description.length, 1, 4_096)),
      ...beyond("the list of fields", fields.length, 0, 25),
      ...fields.flatMap(({ name, value }) => [
        ...beyond("a field's name", name.length, 1, 256),
        ...beyond("a field's value", value.length, 1, 1_024),
      ]),
      ...(footer === undefined ? [] : beyond("a footer", footer.text.length, 1, 2_048)),
      ...beyond("all of it", all, 1, 6_000),
    ];
  };
  const wrong = wrongOf((message) =>
    (
      bodiesOf("discord", { url: "https://discord.com/api/webhooks/1/a" }, message) as {
        content?: string;
        embeds?: Embed[];
      }[]
    ).flatMap(({ content, embeds = [] }) => [
      ...(content === undefined ? [] : beyond("the content", content.length, 1, 2_000)),
      ...embeds.flatMap(ofEmbed),
    ]),
  );
  expect(wrong).toEqual([]);
});

// https://core.telegram.org/bots/api#sendmessage: after its tags and entities are read.
test("telegram: a message is within 4,096 signs, in tags that are whole", () => {
  const wrong = wrongOf((message) =>
    (bodiesOf("telegram", { token: "1:a" }, message) as { text: string }[]).flatMap(({ text }) => {
      const plain = text.replace(/<[^>]*>/g, "").replace(/&#\d+;/g, "x");
      return [
        ...beyond("the message", plain.length, 1, 4_096),
        ...(/[<>]|&(?!\w)/.test(plain) ? ["a sign stands outside of a tag"] : []),
      ];
    }),
  );
  expect(wrong).toEqual([]);
});

// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages: 32,000 bytes with its cards.
test("google-chat: a message is within 32,000 bytes", () => {
  const wrong = wrongOf((message) =>
    bodiesOf("google-chat", { url: "https://chat.googleapis.com/v1/spaces/a" }, message).flatMap((body) =>
      beyond("the message", Buffer.byteLength(JSON.stringify(body)), 1, 32_000),
    ),
  );
  expect(wrong).toEqual([]);
});

// https://developer.pagerduty.com/docs/send-alert-event, https://docs.opsgenie.com/docs/alert-api
// and https://docs.github.com/en/rest/commits/statuses
test("pagerduty, opsgenie and github: texts are within what each takes", () => {
  const wrong = wrongOf((message) => [
    ...(
      bodiesOf("pagerduty", { routingKey: "a" }, message) as {
        dedup_key: string;
        payload?: { summary: string; source: string; severity: string };
      }[]
    ).flatMap((body) => [
      ...beyond("a dedup_key", body.dedup_key.length, 1, 255),
      ...beyond("the event", Buffer.byteLength(JSON.stringify(body)), 1, 512 * 1024),
      ...(body.payload === undefined
        ? []
        : [
            ...beyond("a summary", body.payload.summary.length, 1, 1_024),
            ...beyond("a source", body.payload.source.length, 1, 1_024),
            ...(["critical", "error", "warning", "info"].includes(body.payload.severity)
              ? []
              : [`severity ${body.payload.severity}`]),
          ]),
    ]),
    ...(
      bodiesOf("opsgenie", { apiKey: "a" }, message) as {
        message?: string;
        alias?: string;
        description?: string;
      }[]
    ).flatMap(({ message: text, alias, description }) =>
      text === undefined
        ? []
        : [
            ...beyond("a message", text.length, 1, 130),
            ...beyond("an alias", alias?.length ?? 0, 1, 512),
            ...beyond("a description", description?.length ?? 0, 1, 15_000),
          ],
    ),
    ...(bodiesOf("github", { token: "a" }, message) as { state: string; description: string }[]).flatMap(
      ({ state, description }) => [
        ...beyond("a description", description.length, 1, 140),
        ...(["error", "failure", "pending", "success"].includes(state) ? [] : [`state ${state}`]),
      ],
    ),
  ]);
  expect(wrong).toEqual([]);
});
