/** The pages of docs/ are held to the program: what they link to is there, and what they have people type is understood. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { normalizeArgv } from "../../src/cli/normalize-argv.ts";
import { createProgram } from "../../src/cli/program.ts";
import { parseProject } from "../../src/core/model/parse-project.ts";
import { docsPage, sectionOf } from "../lib/docs-page.ts";
import { everySeries, toldIn } from "../lib/every-series.ts";

const ROOT = join(import.meta.dir, "../..");
const files = ["SECURITY.md", ...new Glob("docs/*.md").scanSync({ cwd: ROOT })]
  .filter((file) => existsSync(join(ROOT, file)))
  .sort();
const pages = new Map(files.map((file) => [file, docsPage(join(ROOT, file))] as const));

describe("what the pages link to", () => {
  test.each(files)("of %s is there", (file) => {
    const wrong = (pages.get(file)?.links ?? []).filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !docsPage(join(ROOT, target)).anchors.includes(anchor);
    });
    expect(wrong).toEqual([]);
  });
});

/** What is wrong also where a command is named and not written whole. */
const MISTAKES = [
  "commander.unknownOption",
  "commander.unknownCommand",
  "commander.excessArguments",
  "commander.invalidArgument",
];
/** Of the log, no command. */
const LOGGED = "is up";

/** Why the command line would not take it. Whole: with all that it needs. */
async function refusal(command: string, as: "whole" | "named"): Promise<string | undefined> {
  let said = "";
  const output = {
    columns: 100,
    write: (text: string) => {
      said += text;
    },
  };
  const program = createProgram({ stdout: output, stderr: output } as never, async () => undefined);
  const words = wordsOf(command);
  // These have trees of their own.
  if (["help", "argocd", "__complete"].includes(words[0] ?? "")) return undefined;
  try {
    await program.parseAsync(normalizeArgv(words, program), { from: "user" });
    return undefined;
  } catch (cause) {
    const { exitCode, code, message } = cause as { exitCode?: number; code?: string; message: string };
    if (exitCode === 0 || (as === "named" && !MISTAKES.includes(code ?? ""))) return undefined;
    return `holdfast ${command}: ${message} ${said.slice(0, 80)}`;
  }
}

/** Words as a shell has them; what stands for a number is one, and what may be left out is. */
function wordsOf(command: string): string[] {
  const plain = command
    .replaceAll(/\[[^\]]*\]?/g, "")
    .replaceAll(/\bCOUNT\b/g, "3")
    .replaceAll("…", "");
  return [...plain.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replaceAll(/["']/g, ""));
}

describe("what the pages have people type", () => {
  test.each(files)("in %s is a command with its flags", async (file) => {
    const { typed = [], named = [] } = pages.get(file) ?? {};
    const said = await Promise.all([
      ...typed.map((command) => refusal(command, "whole")),
      ...named.filter((each) => each !== LOGGED).map((command) => refusal(command, "named")),
    ]);
    expect(said.filter((each) => each !== undefined)).toEqual([]);
  });
});

test("the pages have commands and links to be held to", () => {
  const all = [...pages.values()];
  expect(all.flatMap(({ typed }) => typed).length).toBeGreaterThan(50);
  expect(all.flatMap(({ named }) => named).length).toBeGreaterThan(50);
  expect(all.flatMap(({ links }) => links).length).toBeGreaterThan(100);
});

describe("docs/operations.md", () => {
  const page = docsPage(join(ROOT, "docs/operations.md"));

  /** `| what | figures | [where](FILE#SECTION) |` */
  const measured = [
    ...(sectionOf(page, "how-large") ?? "").matchAll(/^\| (.*?) \| (.*?) \| \[.*?\]\((.*?)#(.*?)\) \|$/gm),
  ];

  test.each(
    measured.map(([, what = "", figures = "", file = "", anchor = ""]) => ({ what, figures, file, anchor })),
  )("$what: its figures stand where it leads to", ({ what, figures, file, anchor }) => {
    const source = sectionOf(docsPage(join(ROOT, "docs", file)), anchor) ?? "";
    // 26.3 s here may be 26,304 ms there.
    const known = new Set(numbersIn(source).flatMap((number) => [number, Math.round(number / 100) / 10]));
    const numbers = numbersIn(`${what} ${figures}`);
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.filter((number) => !known.has(number))).toEqual([]);
  });

  test("has figures", () => {
    expect(measured.length).toBeGreaterThan(5);
  });

  test("names metrics that there are", async () => {
    const metrics = everySeries();
    const told = new Set(toldIn(await metrics.text()).map(({ name }) => name));
    metrics.stop();
    const named = [
      ...page.text.matchAll(/`((?:argocd|holdfast|process|workqueue)_[a-z_]+)(?:\{.*?\})?`/g),
    ].map(([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(7);
    expect(named.filter((name) => !told.has(name))).toEqual([]);
  });
});

describe("docs/troubleshooting.md", () => {
  const sources = [...new Glob("{src,plugins}/**/*.ts").scanSync({ cwd: ROOT })]
    .filter((file) => !/\.test\.ts$|^src\/sandbox\/|\/testdata\//.test(file))
    .map((file) => readFileSync(join(ROOT, file), "utf8").replaceAll("\\`", "`"));
  /** Sentences of the first column, in rows of three. */
  const sentences = docsPage(join(ROOT, "docs/troubleshooting.md"))
    .text.split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...(line.split(" | ", 1)[0] ?? "").matchAll(/(`+)(.+?)\1/g)])
    // What cannot be done is written without that word: every failure has it.
    .map(([, , sentence = ""]) => sentence.replace(/^cannot /, ""));

  test("has sentences", () => {
    expect(sentences.length).toBeGreaterThan(40);
  });

  test.each(sentences)("%s is what the program says", (sentence) => {
    const parts = sentence.split("…").filter((part) => /\w/.test(part));
    expect(sources.filter((text) => parts.every((part) => text.includes(part))).length).toBeGreaterThan(0);
  });
});

describe("docs/coming-from-argocd.md", () => {
  const [, row = ""] =
    /^\| (.*?) \| a project that sets one is refused/m.exec(
      pages.get("docs/coming-from-argocd.md")?.text ?? "",
    ) ?? [];
  const refused = [...row.matchAll(/`(\w+)`/g)].map(([, field = ""]) => field);
  const refusalsOf = (spec: object) => {
    const project = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "team", namespace: "argocd" },
      spec,
    };
    const parsed = parseProject(project, { homeNamespace: "argocd" });
    return parsed.ok
      ? []
      : parsed.problems.filter(({ text }) => text.startsWith("is not enforced yet")).map(({ path }) => path);
  };
  /** What projects may limit beside lists of patterns, each as somebody would write it. */
  const limits = {
    signatureKeys: [{ keyID: "4AEE18F83AFDEB23" }],
    sourceIntegrity: {
      git: { policies: [{ repos: [{ url: "*" }], gpg: { mode: "strict", keys: ["4AEE18F83AFDEB23"] } }] },
    },
    permitOnlyProjectScopedClusters: true,
    destinationServiceAccounts: [{ server: "*", namespace: "shop", defaultServiceAccount: "deployer" }],
    orphanedResources: { warn: true },
  };

  test("names the fields for which a project is refused, and no others", () => {
    expect(refusalsOf(limits).toSorted()).toEqual(refused.map((field) => `spec.${field}`).toSorted());
    expect(refused.length).toBeGreaterThan(0);
  });
});

function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d[\d,]*(?:\.\d+)?/g)].map(([digits]) => Number(digits.replaceAll(",", "")));
}
