import { expect, test } from "bun:test";
import { programFailure } from "./program-failure.ts";
import { parseRepository } from "./repository-url.ts";
import { sshCommand } from "./ssh-command.ts";

test.each([
  ["git@git.example.com:team/a.git", "ssh-keyscan git.example.com"],
  ["ssh://git@git.example.com/a.git", "ssh-keyscan git.example.com"],
  ["ssh://git@git.example.com:22/a.git", "ssh-keyscan git.example.com"],
  ["ssh://git@git.example.com:2222/a.git", "ssh-keyscan -p 2222 git.example.com"],
])("whose host key is not known, %s, is told what prints it: %s", (url, scan) => {
  const { at, access } = parseRepository({ url });
  if (at.kind !== "ssh") throw new Error("it goes by ssh");
  const files = { write: (name: string) => `/tmp/${name}` } as never;
  expect(() => sshCommand(at, access, url, files)).toThrow(`Give the lines of \`${scan}\``);
  const failure = programFailure({ code: 128, stderr: "Host key verification failed.\n" }, url, access);
  expect(failure.fix).toContain(`Check the key (\`${scan}\`)`);
});
