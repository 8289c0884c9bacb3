import { expect, test } from "bun:test";
import { Secret } from "../../../src/core/model/secret.ts";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { vaultStore } from "./index.ts";

async function asked(path: string): Promise<string[]> {
  const paths: string[] = [];
  const store = vaultStore(
    {
      name: "vault",
      address: "https://vault.example.com",
      login: { by: "token", token: new Secret("t") },
      namespace: "",
      kvVersion: "2",
      paths: [],
    },
    async (request) => {
      paths.push(request.path);
      return { status: 200, text: JSON.stringify({ data: { data: { a: "b" } } }) };
    },
    () => 0,
  );
  await store.read({ path, version: "", kvVersion: "" }, new AbortController().signal);
  return paths;
}

test.each([
  "sys/mounts",
  "team/sys/mounts",
  "team/a/auth/token/lookup-self",
  "team/Identity/entity/data/x",
  "cubbyhole",
])("%s is the server's own, whatever namespaces stand before it", async (path) => {
  expect(await endingOf(asked(path))).toThrow("it is the server's own, and no secret of an engine");
});

test.each(["secret/data/team/auth/db", "team/secret/data/sys", "secret/auth", "secret/data/identity"])(
  "%s is a secret of an engine",
  async (path) => {
    expect(await asked(path)).toEqual([`/v1/${path}`]);
  },
);
