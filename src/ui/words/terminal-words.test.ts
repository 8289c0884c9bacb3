import { expect, test } from "bun:test";
import { execLine, pastable, pasteShown } from "./terminal-words.ts";

test.each([
  ["one line", "ls -l", "ls -l", 1],
  ["one line with its end, which runs it", "ls\n", "ls\n", 2],
  ["lines of Windows and of old", "a\r\nb\rc", "a\nb\nc", 3],
  ["the end of a paste, and what would follow it", "a\u001b[201~\nb", "a[201~\nb", 2],
  ["signs that erase and hide", "a\u0008\u007f\u0000\u009bb\tc", "ab\tc", 1],
  ["nothing", "", "", 1],
])("pastable() of %s", (_, text, clean, lines) => {
  expect(pastable(text)).toEqual({ text: clean, lines });
});

test("pasteShown() shows as much as one reads", () => {
  const many = Array.from({ length: 40 }, (_, at) => `line ${at}`).join("\n");
  expect(pasteShown(many).split("\n")).toHaveLength(12);
  expect(pasteShown(many)).toEndWith("… and 29 more lines");
  expect(pasteShown("a\nb\n")).toBe("a\nb");
});

test("execLine() is what one types, whatever the names are", () => {
  expect(execLine({ namespace: "shop", pod: "web-1", container: "web", shell: "bash" })).toBe(
    "kubectl exec -it -n shop web-1 -c web -- bash",
  );
  expect(execLine({ namespace: "shop", pod: "x; rm", container: undefined, shell: undefined })).toBe(
    "kubectl exec -it -n shop 'x; rm' -- sh",
  );
});
