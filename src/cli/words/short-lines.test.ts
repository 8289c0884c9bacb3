import { expect, test } from "bun:test";
import type { DiffLine } from "./line-diff.ts";
import { shortLines } from "./short-lines.ts";

const long = "a".repeat(1_000_000);

test("a line that can be read stays as it is", () => {
  const lines: DiffLine[] = [
    { sign: " ", text: "x" },
    { sign: "-", text: "b".repeat(400) },
  ];
  expect(shortLines(lines)).toEqual(lines);
});

test("of a long one that changes, the change is shown", () => {
  const [before, after] = shortLines([
    { sign: "-", text: `${long}OLD${long}` },
    { sign: "+", text: `${long}NEW${long}` },
  ]);
  expect(before?.text).toMatch(/^… a{40}OLDa{197} … \(2,000,003 characters\)$/);
  expect(after?.text).toMatch(/^… a{40}NEWa{197} … \(2,000,003 characters\)$/);
});

test("each has the line that comes in its place beside it, and one without is shown from its beginning", () => {
  const shown = shortLines([
    { sign: "-", text: `${long}1` },
    { sign: "-", text: `${long}2` },
    { sign: "+", text: `${long}one` },
    { sign: " ", text: `${long}` },
    { sign: "+", text: `new ${long}` },
  ]).map(({ text }) => text);
  expect(shown[0]).toEndWith("a1 (1,000,001 characters)");
  expect(shown[1]).toStartWith("aaa");
  expect(shown[2]).toEndWith("aone (1,000,003 characters)");
  expect(shown[4]).toStartWith("new aaa");
});

test("one that goes on where the other ends is shown from there", () => {
  const [, after] = shortLines([
    { sign: "-", text: long },
    { sign: "+", text: `${long}, and more` },
  ]);
  expect(after?.text).toEndWith("aaa, and more (1,000,010 characters)");
});
