/**
 * `-o json` of every command that prints data, on the command tree itself: a command that is in neither table fails, and so
 * does one whose answer is not one JSON document.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import { type EveryCommandStage, everyCommandStage, PRINTS } from "../lib/every-command.ts";

const SAYS = "it changes something, and says that it did; what is there then, a get or a list prints";
const ENDS = "it ends something, and nothing is left to print";
const RUNS = "it runs until it is stopped";

/** Why a command has no `-o json`. */
const PRINTS_NONE: Readonly<Record<string, string>> = {
  "": "it prints its help",
  "app terminate": ENDS,
  "app delete": ENDS,
  "app forget": ENDS,
  "app confirm-deletion": SAYS,
  "app actions run": SAYS,
  "app pause": SAYS,
  "app resume": SAYS,
  "appset delete": ENDS,
  "appset approve": SAYS,
  "appset refresh": SAYS,
  "cluster set": SAYS,
  "cluster rm": ENDS,
  "cluster rotate-auth": SAYS,
  "notify test": SAYS,
  "notify resend": SAYS,
  "repo rm": ENDS,
  "repocreds add": SAYS,
  "repocreds rm": ENDS,
  "cert rm": ENDS,
  "project create": SAYS,
  "project set": SAYS,
  "project delete": ENDS,
  "project edit": SAYS,
  "project window add": SAYS,
  "project window update": SAYS,
  "project window delete": SAYS,
  "project window enable-manual-sync": SAYS,
  "project window disable-manual-sync": SAYS,
  ...Object.fromEntries(
    ["source", "source-namespace", "destination", "destination-service-account", "orphaned-ignore"].flatMap(
      (what) => [
        [`project add-${what}`, SAYS],
        [`project remove-${what}`, SAYS],
      ],
    ),
  ),
  "project allow-cluster-resource": SAYS,
  "project deny-cluster-resource": SAYS,
  "project allow-namespace-resource": SAYS,
  "project deny-namespace-resource": SAYS,
  "project role create": SAYS,
  "project role delete": SAYS,
  "project role add-policy": SAYS,
  "project role remove-policy": SAYS,
  "project role add-group": SAYS,
  "project role remove-group": SAYS,
  "project role delete-token": ENDS,
  login: SAYS,
  "account update-password": SAYS,
  "account token revoke": ENDS,
  "account session revoke": ENDS,
  logout: ENDS,
  "context use": SAYS,
  "context add": SAYS,
  "context remove": ENDS,
  "app delete-resource": ENDS,
  "app open": "it prints an address",
  completion: "it prints a script",
  api: "it prints JSON, and nothing else",
  man: "it prints a manual page",
  "activity export": "it prints NDJSON, and nothing else",
  serve: RUNS,
  demo: RUNS,
  "demo commit": SAYS,
  "demo edit": SAYS,
  "demo break": SAYS,
  "demo heal": SAYS,
  "admin health": "it prints JSON, and nothing else",
  "admin definitions": "it prints YAML for kubectl",
  "admin reset-password": "it prints the password, once",
  "admin pause": SAYS,
  "admin resume": SAYS,
  "admin approve-removal": SAYS,
};

const program = createProgram(
  { stdout: { isTTY: false }, stderr: { isTTY: false } } as never,
  async () => undefined,
);

/** Whatever does something itself: no commands below it, or something of its own beside them. */
function commandsBelow(command: Command, path: readonly string[] = []): { name: string; json: boolean }[] {
  const output = command.options.find(({ long }) => long === "--output");
  const does = (command as unknown as { _actionHandler?: unknown })._actionHandler != null;
  return [
    ...(does ? [{ name: path.join(" "), json: output?.argChoices?.includes("json") === true }] : []),
    ...command.commands.flatMap((below) => commandsBelow(below, [...path, below.name()])),
  ];
}
const all = commandsBelow(program);

describe("the tables", () => {
  test("are about every command, each in one of them", () => {
    const named = [...Object.keys(PRINTS), ...Object.keys(PRINTS_NONE)];
    expect(all.map(({ name }) => name).sort()).toEqual(named.sort());
  });
  test("say of each what its flags say", () => {
    expect(
      all
        .filter(({ json }) => json)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(PRINTS).sort());
  });
});

let stage: EveryCommandStage;
beforeAll(async () => {
  stage = await everyCommandStage();
});
afterAll(() => stage.end());

test.each(Object.keys(PRINTS))("-o json of %s is one document", async (name) => {
  const { stdout, stderr } = await stage.run(name, "-o json");
  expect([stderr.match(/✗.*/)?.[0], stdout]).toEqual([undefined, expect.stringMatching(/^[[{]/)]);
  expect(() => JSON.parse(stdout)).not.toThrow();
});
