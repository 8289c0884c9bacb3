import type { Tone } from "../../../src/core/model/notification.ts";
import { defined } from "../../../src/lib/defined.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import { cut, jsonTo, linesOf, oneLine, plainText, safeUrl, someLines, wrongAddress } from "../words.ts";

const COLOURS: Readonly<Record<Tone, number>> = {
  good: 0x2e7d32,
  bad: 0xc62828,
  unsure: 0xb26a00,
  neutral: 0x607d8b,
};

/** Limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
export default defineNotifier({
  name: "discord",
  keys: { url: { is: "secret", need: "required", doc: "A webhook of the channel." } },
  recipient: { is: "none", says: "the webhook has its channel" },
  storms: "one-message",
  check: ({ url }) => wrongAddress("url", url),
  requests(message, { settings: { url = "" } }) {
    const { written, title, tone, at, why, facts, next, link } = message;
    // Nobody is called, whatever the texts say.
    const quiet = { allowed_mentions: { parse: [] } };
    if (written !== undefined) return [jsonTo(url, { content: plainText(message, 2_000), ...quiet })];
    const href = safeUrl(link?.href);
    const description = [...(why === undefined ? [] : [someLines(why, 1_500)]), ...linesOf(message)].join(
      "\n",
    );
    const embed = {
      title: escaped(oneLine(title, 200)),
      ...defined({ url: href }),
      ...(description === "" ? {} : { description: cut(escaped(description), 4_000) }),
      color: COLOURS[tone],
      fields: facts.slice(0, 12).map(({ label, text, href: to }) => {
        const url = safeUrl(to);
        const said = escaped(oneLine(text, 200));
        return {
          name: escaped(oneLine(label, 60)) || "—",
          value: (url === undefined ? said : `[${said}](<${url}>)`) || "—",
          inline: true,
        };
      }),
      ...(next === undefined ? {} : { footer: { text: someLines(next, 500) } }),
      timestamp: at,
    };
    return [jsonTo(url, { embeds: [embed], ...quiet })];
  },
});

/** What Discord reads as markup. */
function escaped(text: string): string {
  return text.replace(/[\\*_~`|>#[\]()<@:-]/g, "\\$&");
}
