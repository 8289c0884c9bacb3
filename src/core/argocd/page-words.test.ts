import { expect, test } from "bun:test";
import { pageWordsOf } from "./page-words.ts";

const read = (data: Record<string, string>) => {
  const warned: string[] = [];
  return { ...pageWordsOf(data, (key) => warned.push(key)), warned };
};

test("what Argo CD's keys say, and nothing where they say nothing", () => {
  expect(read({ "ui.bannerurl": "https://example.com" })).toEqual({ warned: [] });
  expect(
    read({
      ...{ "ui.bannercontent": " <b>Freeze</b> ", "ui.bannerurl": "https://example.com/x" },
      ...{ "ui.bannerpermanent": "true", "ui.bannerposition": "both" },
      ...{ "help.chatUrl": "https://chat.example.com", "help.chatText": "Ask us" },
    }),
  ).toEqual({
    banner: { text: "<b>Freeze</b>", url: "https://example.com/x", permanent: "yes", position: "both" },
    chat: { url: "https://chat.example.com", text: "Ask us" },
    warned: [],
  });
});

test("a link that would run something leads nowhere, and its text stays", () => {
  expect(
    read({
      ...{ "ui.bannercontent": "x", "ui.bannerurl": "javascript:alert(1)", "ui.bannerposition": "left" },
      "help.chatUrl": "data:text/html,x",
    }),
  ).toEqual({
    banner: { text: "x", permanent: "no", position: "top" },
    warned: ["ui.bannerposition", "help.chatUrl", "ui.bannerurl"],
  });
});
