import type { KnownBlock, MrkdwnElement, PlainTextElement } from "@slack/types";
import type { NotificationMessage } from "../../../src/core/model/notification.ts";
import { defined } from "../../../src/lib/defined.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import {
  below,
  cut,
  jsonIn,
  jsonTo,
  linesOf,
  oneLine,
  plainText,
  safeUrl,
  someLines,
  wrongAddress,
} from "../words.ts";

/** Limits: https://docs.slack.dev/reference/block-kit/blocks */
const MOST = { header: 150, text: 2_900, field: 1_900, fields: 10 } as const;
/** Nothing that is worth another try: https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const LATER = /^(?:rate_?limited|internal_error|fatal_error|service_unavailable|request_timeout)$/;

export default defineNotifier({
  name: "slack",
  keys: {
    token: {
      is: "secret",
      need: "optional",
      doc: "A bot token (xoxb-…) with chat:write; a recipient is a channel.",
    },
    url: {
      is: "secret",
      need: "optional",
      doc: "An incoming webhook, in place of a token; its channel is fixed.",
    },
    username: { is: "text", need: "optional", doc: "By which name it writes; needs chat:write.customize." },
    icon: { is: "text", need: "optional", doc: "An emoji as :robot_face:, or an https address." },
    apiURL: { is: "text", need: "optional", doc: "Of the API, where it is not https://slack.com/api." },
  },
  recipient: { is: "optional", says: "a channel, as C0123456789 or its name" },
  storms: "one-message",
  check: ({ token, url, apiURL }) => [
    ...((token === undefined) === (url === undefined)
      ? ["one of token and url is needed, and not both"]
      : []),
    ...wrongAddress("url", url),
    ...wrongAddress("apiURL", apiURL),
  ],
  requests(message, { settings: { token, url, username, icon, apiURL }, recipient }) {
    const body = {
      ...bodyOf(message),
      // Nobody is called by what a commit says, and no server is asked for what it links to.
      ...{ link_names: false, unfurl_links: false, unfurl_media: false },
      ...defined({ username }),
      ...(icon === undefined ? {} : icon.startsWith("http") ? { icon_url: icon } : { icon_emoji: icon }),
    };
    if (token === undefined) return [jsonTo(url ?? "", body)];
    if (recipient === "") throw new Error("it needs a channel: name one as the recipient");
    return [
      jsonTo(
        below(apiURL ?? "https://slack.com/api", "chat.postMessage"),
        { channel: recipient, ...body },
        { "Content-Type": "application/json; charset=utf-8", Authorization: `Bearer ${token}` },
      ),
    ];
  },
  refused({ text }) {
    const said = safeJson(text);
    if (!isMapping(said) || said["ok"] !== false) return undefined;
    const error = String(said["error"]);
    return { why: `Slack says ${oneLine(error, 100)}`, again: LATER.test(error) ? "later" : "never" };
  },
});

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The three signs by which Slack reads mentions and links. */
function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function plain(text: string): PlainTextElement {
  return { type: "plain_text", text, emoji: false };
}

function bodyOf(message: NotificationMessage): Record<string, unknown> {
  const { written } = message;
  const text = escaped(plainText(message, 3_000));
  if (written !== undefined) {
    const { attachments, blocks } = written.slack ?? {};
    return {
      text,
      ...(attachments === undefined ? {} : { attachments: jsonIn(attachments, "slack.attachments") }),
      ...(blocks === undefined ? {} : { blocks: jsonIn(blocks, "slack.blocks") }),
    };
  }
  return { text: escaped(oneLine(message.title, 300)), blocks: blocksOf(message) };
}

/** As Slack publishes them, to which the compiler holds them. */
function blocksOf(message: NotificationMessage): KnownBlock[] {
  const { title, why, facts, next, link } = message;
  const lines = linesOf(message);
  const url = safeUrl(link?.href);
  const blocks: KnownBlock[] = [{ type: "header", text: plain(oneLine(title, MOST.header)) }];
  if (why !== undefined) blocks.push({ type: "section", text: plain(someLines(why, MOST.text)) });
  if (lines.length > 0) blocks.push({ type: "section", text: plain(cut(lines.join("\n"), MOST.text)) });
  if (facts.length > 0) blocks.push({ type: "section", fields: facts.slice(0, MOST.fields).map(fieldOf) });
  if (next !== undefined) blocks.push({ type: "context", elements: [plain(someLines(next, MOST.field))] });
  if (url !== undefined && link !== undefined)
    blocks.push({
      type: "actions",
      elements: [{ type: "button", text: plain(oneLine(link.text, 70)), url }],
    });
  return blocks;
}

/** A link needs Slack's own markup, in which the text is escaped and nothing of it is looked through for names. */
function fieldOf({
  label,
  text,
  href,
}: NotificationMessage["facts"][number]): PlainTextElement | MrkdwnElement {
  const url = safeUrl(href);
  const asLink =
    url === undefined
      ? ""
      : `${escaped(oneLine(label, 60))}\n<${escaped(url).replace(/\|/g, "%7C")}|${escaped(oneLine(text, 250)).replace(/\|/g, "¦")}>`;
  // An address is whole or is none.
  if (asLink === "" || asLink.length > MOST.field)
    return plain(`${oneLine(label, 60)}\n${oneLine(text, 500)}`);
  return { type: "mrkdwn", text: asLink, verbatim: true };
}
