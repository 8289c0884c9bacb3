import { expect, test } from "bun:test";
import { parseConfig } from "../config/load-config.ts";
import { asClosedAsBoth } from "./asks-who.ts";

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
