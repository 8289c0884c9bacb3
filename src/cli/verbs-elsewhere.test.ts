import { describe, expect, test } from "bun:test";
import type { Command } from "commander";
import { cli } from "../../test/lib/cli.ts";
import { createProgram } from "./program.ts";
import { flagElsewhere } from "./verbs-elsewhere.ts";

/** The verbs of `argocd` 3 and `flux` 2, and some of kubectl's, as their `--help` lists them. */
const ARGOCD = {
  "": "account admin app appset cert cluster configure context gpg login logout proj relogin repo repocreds version",
  app: "actions add-source confirm-deletion create delete delete-resource diff edit get get-resource history list logs manifests patch patch-resource remove-source resources rollback set sync terminate-op unset wait",
  appset: "create delete generate get list",
  cluster: "add get list rm rotate-auth set",
  proj: "create delete edit get list role set windows",
  admin: "app cluster dashboard export import initial-password proj repo settings",
};
const FLUX =
  "bootstrap build check completion create delete diff events export get install logs reconcile resume stats suspend trace tree uninstall version";
const KUBECTL = "apply create delete describe diff events get logs top wait";

const program = createProgram({} as never, async () => undefined);
const below = (command: Command, word: string): Command | undefined =>
  command.commands.find((one) => one.name() === word || one.aliases().includes(word));
const typed = [
  ...Object.entries(ARGOCD).flatMap(([group, verbs]) =>
    verbs.split(" ").map((verb) => [group, verb].filter((word) => word !== "")),
  ),
  ...`${FLUX} ${KUBECTL}`.split(" ").map((verb) => [verb]),
];
const commandOf = (words: readonly string[]): Command | undefined =>
  words.reduce<Command | undefined>((command, word) => command && below(command, word), program);
const strangers = typed.filter((words) => commandOf(words) === undefined);

describe("a verb that another tool has", () => {
  test.each(strangers.map((words) => words.join(" ")))("%s is told what it is here", async (line) => {
    const { code, stderr, stdout } = await cli([...line.split(" "), "web", "--all"]);
    expect(stderr).not.toContain("Unknown command");
    expect(stderr).not.toContain("did you mean");
    expect(stderr).toMatch(/^✗ There is no command [a-z -]+ here\.\n {2}\S/);
    expect([code, stdout]).toEqual([2, ""]);
    // What is advised can be typed.
    const advised = [...stderr.matchAll(/holdfast ((?:[a-z-]+ ?)+)/g)].map(([, words = ""]) => words.trim());
    const isTyped = (words: string): boolean => {
      const [first = "", second = ""] = words.split(" ");
      const command = below(program, first);
      if (first === "help") return true;
      return command !== undefined && (command.commands.length === 0 || below(command, second) !== undefined);
    };
    expect(advised.filter((words) => !isTyped(words))).toEqual([]);
  });

  test("are many, and a slip of the pen is still one", async () => {
    expect(strangers.length).toBeGreaterThan(30);
    expect((await cli(["app", "lisst"])).stderr).toContain("Unknown command lisst, did you mean list?");
    expect((await cli(["help", "app", "exec"])).stderr).toContain("kubectl exec");
  });
});

describe("a flag that another tool has", () => {
  test.each([
    ["app list --core", "--core", "always speaks to a daemon, at HOLDFAST_SERVER or --server"],
    ["app list --grpc-web", "--grpc-web", "Leave it out"],
    ["--plaintext app list", "--plaintext", "--server http://HOST:PORT"],
    ["app list --auth-token abc", "--auth-token", "HOLDFAST_TOKEN"],
    ["app list --auth-token=abc", "--auth-token", "HOLDFAST_TOKEN"],
    ["app diff web --local .", "--local", "holdfast render -f FILE --source FOLDER"],
    ["app sync web --local .", "--local", "holdfast app sync APP --revision BRANCH --dry-run"],
    ["app list -A", "-A", "All namespaces are shown"],
    ["app get web -n argocd", "-n", "-N, --app-namespace"],
    ["app create web --helm-set a=b", "--helm-set", "holdfast app create -f FILE"],
    ["app set web --values prod.yaml", "--values", "holdfast app edit APP"],
    ["app set web --kustomize-image web=web:2", "--kustomize-image", "holdfast app patch APP"],
    ["app get web --show-params", "--show-params", "holdfast app get APP -o yaml"],
  ])("%s is told what it is here", async (line, flag, advice) => {
    const { code, stdout, stderr } = await cli(line.split(" "));
    expect(stderr).toStartWith(`✗ There is no flag ${flag} here.\n  `);
    expect(stderr).toContain(advice);
    expect([code, stdout]).toEqual([2, ""]);
  });

  test("is one only where it is none of ours, and a slip is still one", async () => {
    expect((await cli(["app", "sync", "web", "--prun"])).stderr).toContain(
      "Unknown flag --prun, did you mean --prune?",
    );
    const known = (command: Command): string[] => [
      ...command.options.flatMap(({ short, long }) => [short ?? "", long ?? ""]),
      ...command.commands.flatMap(known),
    ];
    const sync = below(below(program, "app") as Command, "sync") as Command;
    const told = known(sync).filter((flag) => flag !== "" && flagElsewhere(["app", "sync"], flag));
    expect(told).toEqual([]);
  });

  test("is told of a command by its name only where it does not have it itself", () => {
    const told = (command: Command, path: readonly string[]): string[] => [
      ...command.options
        .flatMap(({ short, long }) => [short, long])
        .filter((flag) => flag !== undefined && flagElsewhere(path, flag) !== flagElsewhere([], flag))
        .map((flag) => [...path, flag].join(" ")),
      ...command.commands.flatMap((one) => told(one, [...path, one.name()])),
    ];
    expect(program.commands.length).toBeGreaterThan(10);
    expect(told(program, [])).toEqual([]);
  });
});

describe("the words of a command line", () => {
  test.each([
    ["describe app web", "There is no command describe here."],
    ["get app web", "There is no command get here."],
    ["delete app web", "There is no command delete here."],
    ["relogin cd.example.com --password x", "There is no command relogin here."],
    ["--server http://127.0.0.1:1 app exec web", "There is no command app exec here."],
    ["app exec list 1", "There is no command app exec here."],
    ["aplication list", "Unknown command aplication, did you mean application?"],
  ])("%s: a command's name that stands behind another word is no command", async (line, said) => {
    const { code, stderr } = await cli(line.split(" "));
    expect(stderr).toStartWith(`✗ ${said}\n`);
    expect(code).toBe(2);
  });
});
