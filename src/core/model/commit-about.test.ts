import { expect, test } from "bun:test";
import { commitAbout } from "./commit-about.ts";

const commit = (message: string) => ({
  ...{ subject: message.split("\n")[0] ?? "", author: "Ana Ruiz <ana@example.com>" },
  ...{ date: "2026-11-23T03:55:00Z", message },
});

test("who signed a commit off is named once each, in whatever case it is written", () => {
  const message =
    "web: 1.29\n\nSigned-off-by: Ana <a@x>\nsigned-off-by: Bo <b@x>\nSigned-off-by: Ana <a@x>\n";
  expect(commitAbout(commit(message))).toEqual({
    ...{ is: "commit", subject: "web: 1.29", author: "Ana Ruiz <ana@example.com>" },
    ...{ date: "2026-11-23T03:55:00Z", signedOffBy: ["Ana <a@x>", "Bo <b@x>"] },
  });
  expect(commitAbout(commit("mentions Signed-off-by: nobody"))).toMatchObject({ signedOffBy: [] });
});

test("what is very long is cut, and of very many signers the last ones are named", () => {
  const signers = Array.from({ length: 9 }, (_, at) => `Signed-off-by: ${at}`).join("\n");
  const about = commitAbout(commit(`${"x".repeat(1_000)}\n\n${signers}`));
  expect(about).toMatchObject({ subject: `${"x".repeat(300)}…`, signedOffBy: ["4", "5", "6", "7", "8"] });
});
