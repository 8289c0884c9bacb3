import { expect, test } from "bun:test";
import { escapeHtml } from "./escape-html.ts";

test("escapeHtml() leaves nothing that ends a text or an attribute", () => {
  expect(escapeHtml(`a<b>&"c'`)).toBe("a&#60;b&#62;&#38;&#34;c&#39;");
});
