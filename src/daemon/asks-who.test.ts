import { expect, test } from "bun:test";
import { parseConfig } from "../config/load-config.ts";
import { asClosedAsBoth, asksWho } from "./asks-who.ts";

const read = (text: string) => {
  const parsed = parseConfig(text, "/etc/holdfast/holdfast.yaml", { env: {}, validateCron: () => undefined });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
};

test.each([
  [["*/*"], [], []],
  [["shop/*", "team/a"], ["team/a", "team/b"], ["team/a"]],
  [[], ["shop/*"], []],
  [["*/*"], ["shop/*"], []],
])("of the badges %j, while the address of %j cannot be had, everybody sees %j", (had, wanted, shown) => {
  const [before, next] = [
    read(`server: { listen: "127.0.0.1:8080", badges: ${JSON.stringify(had)} }`),
    read(`server: { listen: "127.0.0.1:8081", badges: ${JSON.stringify(wanted)} }`),
  ];
  const { server } = asClosedAsBoth(before, next);
  expect([server.badges, server.listen]).toEqual([shown, before.server.listen]);
});

test("accounts that alone guard an open address stay while the next address cannot be had", () => {
  const accounts = "accounts: [{ name: admin, may: [login] }]";
  const open = read(`server: { listen: "0.0.0.0:8080" }\n${accounts}\n`);
  const here = read('server: { listen: "127.0.0.1:8081" }');
  const closed = asClosedAsBoth(open, here);
  expect([closed.server.listen.hostname, closed.accounts.map(({ name }) => name)]).toEqual([
    "0.0.0.0",
    ["admin"],
  ]);
  expect(asksWho(closed)).toBe(true);
  // The other way round they hold at once, on the address that it has.
  expect(asksWho(asClosedAsBoth(here, open))).toBe(true);
});
