/** What an installation that is printed says beside it. */
import { expect, test } from "bun:test";
import { cli } from "../lib/cli.ts";

const printed = (argv: string) =>
  cli(argv.split(" "), {
    verbs: {
      install: async () => ({
        objects: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } }],
        into: () => Promise.reject(new Error("nothing is written here")),
      }),
    },
  });

test("install says that its image is still to be built or named, and only where none is named", async () => {
  const alone = await printed("install");
  expect(alone.stderr).toContain("The image in it is in no registry");
  expect(alone.stdout).not.toContain("no registry");
  const named = await printed("install --image registry.example.com/holdfast:1");
  expect([named.code, named.stderr]).toEqual([alone.code, ""]);
});
