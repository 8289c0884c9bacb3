import { escapeHtml } from "../../../src/lib/escape-html.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import {
  forRecipient,
  jsonTo,
  linesOf,
  oneLine,
  plainText,
  safeUrl,
  someLines,
  wrongUrls,
} from "../words.ts";

/** Cards: https://developers.google.com/workspace/chat/api/reference/rest/v1/cards */
export default defineNotifier({
  name: "google-chat",
  keys: {
    url: { is: "secret", need: "optional", doc: "An incoming webhook of the space." },
    recipientUrls: {
      is: "secret",
      need: "optional",
      doc: "JSON: such an address by the name that a recipient has, for several spaces.",
    },
  },
  recipient: { is: "optional", says: "a name of recipientUrls" },
  storms: "one-message",
  check: wrongUrls,
  requests(message, { settings, recipient }) {
    const url = forRecipient(settings["url"], settings["recipientUrls"], recipient, "recipientUrls");
    const { written, id, title, why, facts, next, link } = message;
    if (written !== undefined) return [jsonTo(url, { text: quiet(plainText(message, 4_000)) })];
    const href = safeUrl(link?.href);
    const paragraphs = [
      ...(why === undefined ? [] : [someLines(why, 2_000)]),
      ...(linesOf(message).length === 0 ? [] : [linesOf(message).join("\n")]),
    ];
    const widgets = [
      ...paragraphs.map((text) => ({ textParagraph: { text: html(text) } })),
      ...facts.map(({ label, text, href: to }) => {
        const target = safeUrl(to);
        return {
          decoratedText: {
            topLabel: oneLine(label, 60),
            text: html(oneLine(text, 300)),
            wrapText: true,
            ...(target === undefined ? {} : { onClick: { openLink: { url: target } } }),
          },
        };
      }),
      ...(next === undefined ? [] : [{ textParagraph: { text: html(someLines(next, 500)) } }]),
      ...(href === undefined || link === undefined
        ? []
        : [
            {
              buttonList: {
                buttons: [{ text: oneLine(link.text, 60), onClick: { openLink: { url: href } } }],
              },
            },
          ]),
    ];
    const card = {
      header: { title: oneLine(title, 200) },
      ...(widgets.length === 0 ? {} : { sections: [{ widgets }] }),
    };
    // What a phone shows of it.
    return [jsonTo(url, { text: quiet(oneLine(title, 200)), cardsV2: [{ cardId: id, card }] })];
  },
});

/** Without the signs by which people are called and links are made. */
function quiet(text: string): string {
  return text.replace(/</g, "‹").replace(/>/g, "›").replace(/@/g, "＠");
}

function html(text: string): string {
  return escapeHtml(text).replace(/\n/g, "<br>");
}
