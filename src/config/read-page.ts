import type { DeepLink, DeepLinks } from "../core/model/deep-link.ts";
import type { InstanceColour, PageBanner, PageWords } from "../core/model/page-words.ts";
import { filled } from "../lib/defined.ts";
import type { Values } from "./read-settings.ts";

export function readPage(values: Values): PageWords {
  const banner = values["banner"] as Values;
  const chat = values["chat"] as Values;
  const text = (banner["text"] as string).trim();
  const to = chat["url"] as string;
  const instance = (values["instance"] as string).trim();
  const colour = values["colour"] as InstanceColour | "none";
  return {
    instance,
    ...(colour === "none" || instance === "" ? {} : { colour }),
    ...(text === ""
      ? {}
      : {
          banner: {
            ...{ text, ...filled({ url: banner["url"] as string }) },
            permanent: banner["permanent"] === true ? "yes" : "no",
            position: banner["position"] as PageBanner["position"],
          },
        }),
    ...(to === "" ? {} : { chat: { url: to, text: (chat["text"] as string) || "Chat with us" } }),
  };
}

export function readLinks(values: Values): DeepLinks {
  const at = (place: string): DeepLink[] =>
    (values[place] as Values[]).map(({ title, url, description, iconClass, if: condition }) => ({
      title: title as string,
      url: url as string,
      ...filled({ description, iconClass, condition } as Partial<DeepLink>),
    }));
  return { project: at("project"), application: at("application"), resource: at("resource") };
}
