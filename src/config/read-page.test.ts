import { expect, test } from "bun:test";
import { readPage } from "./read-page.ts";

const values = (more: Record<string, string>) => ({
  ...{ instance: "", colour: "none", chat: { url: "", text: "" } },
  ...{ banner: { text: "", url: "", permanent: false, position: "top" }, ...more },
});

test("an installation has a colour beside its name, and never without one", () => {
  expect(readPage(values({ instance: " staging ", colour: "amber" }))).toEqual({
    instance: "staging",
    colour: "amber",
  });
  expect(readPage(values({ instance: " ", colour: "amber" }))).toEqual({ instance: "" });
  expect(readPage(values({ instance: "staging" }))).toEqual({ instance: "staging" });
});
