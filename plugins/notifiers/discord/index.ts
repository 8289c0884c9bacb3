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

/** Signs, what markup is written with included: https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const MOST = { all: 5_900, title: 256, fields: 8, name: 80, value: 200, address: 200 } as const;

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
    const heading = escaped(oneLine(title, 200), MOST.title);
    const footer = next === undefined ? undefined : { text: someLines(next, 500) };
    const fields = facts.slice(0, MOST.fields).map(({ label, text, href: to }) => {
      const said = escaped(oneLine(text, 200), MOST.value) || "—";
      const target = safeUrl(to);
      const isLink = target !== undefined && target.length <= MOST.address;
      return {
        name: escaped(oneLine(label, 60), MOST.name) || "—",
        value: isLink ? `[${said}](<${target}>)` : said,
        inline: true,
      };
    });
    const room =
      MOST.all - lengthOf([heading, footer?.text, ...fields.flatMap(({ name, value }) => [name, value])]);
    const embed = {
      title: heading,
      ...defined({ url: href, footer }),
      ...(description === "" ? {} : { description: escaped(description, Math.min(room, 4_000)) }),
      color: COLOURS[tone],
      fields,
      timestamp: at,
    };
    return [jsonTo(url, { embeds: [embed], ...quiet })];
  },
});

function lengthOf(texts: readonly (string | undefined)[]): number {
  return texts.reduce((sum, text = "") => sum + text.length, 0);
}

/** What Discord reads as markup, written so that it is none. */
function escaped(text: string, most: number): string {
  return cut(text.replace(/[\\*_~`|>#[\]()<@:-]/g, "\\$&"), most).replace(/\\…$/, "…");
}
