import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { noticeText } from "../../.ci/notice.ts";

const root = join(import.meta.dir, "..", "..");
const notice = readFileSync(join(root, "NOTICE"), "utf8");
const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
};

test.each(Object.keys(dependencies))("NOTICE names %s, by the licence that it states", (name) => {
  const { license } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as {
    license: string;
  };
  expect(notice).toMatch(new RegExp(`^ {2}${RegExp.escape(name)} +${RegExp.escape(license)}(?:;|$)`, "m"));
});

test("what is built bears the texts of all, those of packages of packages too", async () => {
  const text = await noticeText(root);
  expect(text).toStartWith(notice.trimEnd());
  expect(text).toContain("GNU LESSER GENERAL PUBLIC LICENSE");
  expect(text).toMatch(/^github\.com\/google\/go-jsonnet@v0\.22\.0$/m);
  expect(text).toMatch(/^github\.com\/Masterminds\/sprig\/v3@v3\.3\.0$/m);
  expect(text).toMatch(/^@noble\/curves \d.*, MIT$/m);
  expect(text).not.toMatch(/^typescript \d/m);
});
