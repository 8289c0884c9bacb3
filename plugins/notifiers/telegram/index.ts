import { escapeHtml } from "../../../src/lib/escape-html.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import { below, jsonTo, linesOf, oneLine, plainText, safeUrl, someLines, wrongAddress } from "../words.ts";

/** https://core.telegram.org/bots/api#sendmessage: 4096 characters at most. */
export default defineNotifier({
  name: "telegram",
  keys: {
    token: { is: "secret", need: "required", doc: "Of the bot, as BotFather gave it." },
    apiURL: { is: "text", need: "optional", doc: "Of the API, where it is not https://api.telegram.org." },
  },
  recipient: { is: "needed", says: "a chat's number, or @channel" },
  storms: "one-message",
  check: ({ apiURL }) => wrongAddress("apiURL", apiURL),
  requests(message, { settings: { token = "", apiURL }, recipient }) {
    const { written, title, why, facts, next, link } = message;
    const href = safeUrl(link?.href);
    const lines = linesOf(message);
    const text =
      written === undefined
        ? [
            `<b>${html(oneLine(title, 200))}</b>`,
            ...(why === undefined ? [] : [html(someLines(why, 800))]),
            ...lines.slice(0, 12).map(html),
            ...(lines.length > 0 ? [] : facts.slice(0, 8)).map(
              ({ label, text: said, href: to }) =>
                `${html(oneLine(label, 60))}: ${linked(html(oneLine(said, 150)), safeUrl(to))}`,
            ),
            ...(next === undefined ? [] : [`<i>${html(someLines(next, 300))}</i>`]),
            ...(href === undefined || link === undefined ? [] : [linked(html(oneLine(link.text, 60)), href)]),
          ].join("\n")
        : html(plainText(message, 2_000));
    return [
      jsonTo(below(apiURL ?? "https://api.telegram.org", `bot${encodeURIComponent(token)}/sendMessage`), {
        chat_id: recipient,
        text,
        parse_mode: "HTML",
        link_preview_options: { is_disabled: true },
      }),
    ];
  },
});

function linked(text: string, url: string | undefined): string {
  return url === undefined ? text : `<a href="${escapeHtml(url)}">${text}</a>`;
}

/** An @ would call somebody: a sign that looks so does not. */
function html(text: string): string {
  return escapeHtml(text.replace(/@/g, "＠"));
}
