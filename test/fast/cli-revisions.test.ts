/** A revision that cannot be one is refused by the flag that it was given with. */
import { expect, test } from "bun:test";
import { sharedCli } from "../lib/cli-stage.ts";

const on = sharedCli();

test.each([
  ["app diff guestbook --revision main --against <v1>", '--against "<v1>"'],
  ["app diff guestbook --revision main --against v1,$(id)", '--against "$(id)"'],
  ["app diff guestbook --revision main;id --against v1", '--revision "main;id"'],
  ["app diff guestbook --revisions v1,v2", '--revisions "v1,v2"'],
])("%s", async (line, named) => {
  const { code, stdout, stderr } = await on.run(line);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    `✗ ${named} is no revision.\n  A branch, tag or commit is of letters, digits and . _ / + - @ # ~ ^ * = here.   exit 2\n`,
  );
});

test("one that a checkout alone can count is asked for as it is, on either side", async () => {
  const asked: string[][] = [];
  const { manifests } = on.control;
  on.control.manifests = (key, revisions = [], signal) => {
    asked.push([...revisions]);
    return manifests(key, revisions, signal);
  };
  const { code, stdout } = await on.run("app diff guestbook --revision v2^ --against main~1");
  on.control.manifests = manifests;
  expect(asked.sort()).toEqual([["main~1"], ["v2^"]]);
  expect([code, stdout]).toEqual([0, ""]);
});
