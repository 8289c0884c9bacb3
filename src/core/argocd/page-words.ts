/**
 * The banner and the chat of Argo CD's page: https://argo-cd.readthedocs.io/en/stable/operator-manual/custom-styles/#banners
 * What cannot be read is only warned of: no words on a page are worth that nothing is delivered.
 */
import { filled } from "../../lib/defined.ts";
import { isWebUrl, type PageWords } from "../model/page-words.ts";

/** @param data of `argocd-cm` @param warn of one key */
export function pageWordsOf(
  data: Readonly<Record<string, string>>,
  warn: (key: string, text: string, fix?: string) => void,
): Pick<PageWords, "banner" | "chat"> {
  const of = (key: string): string => data[key]?.trim() ?? "";
  const webUrl = (key: "ui.bannerurl" | "help.chatUrl"): string => {
    const url = of(key);
    if (url === "" || isWebUrl(url)) return url;
    warn(key, "is no URL of http or https, and leads nowhere", "Write it like https://example.com/status");
    return "";
  };
  const text = of("ui.bannercontent");
  const position = of("ui.bannerposition");
  if (!["", "top", "bottom", "both"].includes(position))
    warn("ui.bannerposition", "is neither top, bottom nor both: the banner is above", "Write one of these");
  const chat = webUrl("help.chatUrl");
  const url = webUrl("ui.bannerurl");
  return {
    ...(text === ""
      ? {}
      : {
          banner: {
            ...{ text, ...filled({ url }) },
            permanent: of("ui.bannerpermanent") === "true" ? "yes" : "no",
            position: position === "bottom" || position === "both" ? position : "top",
          },
        }),
    ...(chat === "" ? {} : { chat: { url: chat, text: of("help.chatText") || "Chat with us" } }),
  };
}
