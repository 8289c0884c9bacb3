/**
 * The house rules as data: who may import whom, which package has which door, and what no file may hold.
 * A wrong arrow fails here with file, arrow and rule. Imports are read by a regular expression because
 * Bun's scanImports drops `import type`.
 */
import { describe, expect, test } from "bun:test";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";
import { unusedExports } from "./lib/unused-exports.ts";

const root = join(import.meta.dir, "..");

/** Folder (longest prefix wins) -> folders and files it may import, besides its own. */
const mayImport: Record<string, string[]> = {
  "src/lib": [],
  "src/core/model": ["src/lib"],
  "src/core/ports": ["src/core/model", "src/lib"],
  "src/core/manifest": ["src/core/model", "src/lib"],
  "src/core/compare/index.ts": ["src/core/compare"],
  "src/core/compare/fields": ["src/core/model", "src/lib"],
  "src/core/compare/pair": ["src/core/model", "src/core/manifest", "src/lib"],
  "src/core/compare/ignore": ["src/core/compare/fields", "src/core/model", "src/lib"],
  "src/core/compare/judge": ["src/core/compare/ignore", "src/core/model", "src/lib"],
  "src/core/compare/takeover": ["src/core/compare/fields", "src/core/model", "src/lib"],
  "src/core/compare/repair": ["src/core/model", "src/lib"],
  "src/core/compare/show": ["src/core/compare/fields", "src/core/model", "src/lib"],
  "src/core/plan": ["src/core/model", "src/core/manifest", "src/core/compare", "src/core/policy", "src/lib"],
  "src/core/undo": ["src/core/model", "src/core/manifest", "src/core/compare", "src/lib"],
  "src/core/health": ["src/core/model", "src/lib"],
  "src/core/status": ["src/core/model", "src/core/health", "src/core/compare", "src/lib"],
  "src/core/policy": ["src/core/model", "src/lib"],
  "src/core/transitions": ["src/core/model", "src/lib"],
  "src/core/definitions": ["src/core/model", "src/lib"],
  "src/core/install": ["src/core/model", "src/core/definitions", "src/lib"],
  "src/core/access": ["src/core/model", "src/lib"],
  "src/core/accounts": ["src/core/model", "src/core/ports", "src/lib"],
  "src/core/actions": ["src/core/model", "src/lib"],
  "src/core/activity": ["src/core/model", "src/core/compare", "src/lib"],
  "src/core/argocd": [
    "src/core/model",
    "src/core/access",
    "src/core/accounts",
    "src/core/images",
    "src/core/webhooks",
    "src/lib",
  ],
  "src/core/webhooks": ["src/core/model", "src/lib"],
  "src/core/expr": ["src/lib"],
  "src/core/notify": ["src/core/model", "src/core/argocd", "src/core/expr", "src/lib"],
  "src/core/links": ["src/core/model", "src/core/ports", "src/core/expr", "src/lib"],
  "src/core/generate": ["src/core/model", "src/core/ports", "src/lib"],
  "src/core/sets": [
    "src/core/model",
    "src/core/ports",
    "src/core/generate",
    "src/core/compare",
    "src/core/plan",
    "src/core/health",
    "src/core/status",
    "src/lib",
  ],
  "src/core/adopt": ["src/core/model", "src/lib"],
  "src/core/images": ["src/core/model", "src/lib"],
  "src/core/replicas": ["src/core/model", "src/lib"],
  "src/plugin": ["src/core", "src/lib"],
  "src/git": ["src/core", "src/lib", "src/remote"],
  "src/artifacts": ["src/core", "src/lib", "src/remote"],
  "src/remote": ["src/core", "src/lib"],
  "src/scm": ["src/core", "src/lib", "src/remote"],
  "src/cluster": ["src/core", "src/lib"],
  "src/homes/cluster": ["src/core", "src/lib"],
  // It serves as the sandbox does, and holds what it serves as a cluster holds it.
  "src/homes/served": [
    "src/core",
    "src/lib",
    "src/sandbox",
    "src/cluster/observe.ts",
    "src/cluster/unusable-cluster.ts",
    "src/cluster/live-index.ts",
  ],
  "src/registry": ["src/core", "src/lib"],
  "src/store": ["src/core", "src/lib"],
  "src/auth": ["src/core", "src/lib"],
  "src/sso": ["src/core", "src/lib", "src/remote"],
  "src/metrics": ["src/core", "src/lib"],
  "src/traces": ["src/core", "src/lib"],
  "src/checks": ["src/core", "src/lib", "src/plugin"],
  "src/sandbox": ["src/core/model", "src/lib"],
  "src/render": ["src/core", "src/lib", "src/plugin"],
  "src/notify": ["src/core", "src/lib", "src/plugin", "src/remote"],
  "src/replicas": ["src/core", "src/lib"],
  "src/engine": ["src/core", "src/lib"],
  "src/sets": ["src/core", "src/lib"],
  "src/images": ["src/core", "src/lib"],
  "src/config": [
    "src/core/access",
    "src/core/accounts",
    "src/core/images",
    "src/core/argocd",
    "src/core/model",
    "src/core/manifest",
    "src/core/webhooks",
    "src/lib",
    "src/plugin",
  ],
  "src/api": [
    "src/core",
    "src/lib",
    "src/auth",
    "src/engine/control.ts",
    "src/images/control.ts",
    "src/sets/control.ts",
  ],
  "src/ui": ["src/core/model", "src/lib"],
  "src/cli": ["src/core/model", "src/lib"],
  // Argo CD's command line on our own one's functions.
  "src/cli/argocd": ["src/cli", "src/core/model", "src/lib"],
  "src/daemon": ["src", "plugins"],
  "src/verbs": ["src", "plugins"],
  "src/main.ts": ["src", "plugins"],
  plugins: ["src/plugin", "src/core/model", "src/core/ports/source-tree.ts", "src/lib"],
};

/** Folder -> the one file by which everybody outside it comes in. */
const frontDoors: Record<string, string> = {
  "src/core/compare": "src/core/compare/index.ts",
  "src/lib/yaml": "src/lib/yaml.ts",
  "src/cli/argocd": "src/cli/argocd/run-argocd.ts",
};

/** Package -> the only places that import it. */
const doors: Record<string, string[]> = {
  hono: ["src/api"],
  "openid-client": ["src/sso/oidc"],
  ldapts: ["src/sso/ldap"],
  nodemailer: ["src/notify/mail.ts"],
  "isomorphic-git": ["src/git"],
  "@kubernetes/client-node": ["src/cluster"],
  croner: ["src/engine/wake/schedule.ts"],
  "prom-client": ["src/metrics"],
  yaml: ["src/lib/yaml.ts", "src/lib/yaml"],
  commander: ["src/cli"],
  "bun:sqlite": ["src/store"],
  "bun:ffi": ["src/lib/posix.ts"],
  wasmoon: ["src/checks"],
  "@marcbachmann/cel-js": ["src/checks"],
  "jq-wasm": ["src/checks"],
  re2js: ["src/lib/go-regexp.ts"],
  "age-encryption": ["plugins/decryptors/sops"],
  openpgp: ["plugins/decryptors/sops", "src/git/sign-commit.ts"],
  preact: ["src/ui"],
  "@preact/signals": ["src/ui"],
  "@xterm/xterm": ["src/ui/terminal"],
  "@xterm/addon-fit": ["src/ui/terminal"],
};

/** Exports that no file of ours imports, and why they are there. */
const outsideUse: Record<string, string> = {
  "src/main.ts#main": "the entry that .ci/build.ts writes for the full build calls it",
  "src/plugin/contract.ts#defineHealthCheck": "the contract of operators' plugins, plugins/README.md",
  "src/daemon/share-work.ts#shareWork": "no daemon shares its work yet",
  "src/core/argocd/settings-page.ts#settingsPage": "UPDATE_GOLDEN=1 prints docs/argocd-settings.md with it",
  "src/config/config-reference.ts#configReference": "UPDATE_GOLDEN=1 prints docs/configuration.md with it",
  "src/config/config-schema.ts#configSchema": "UPDATE_GOLDEN=1 prints config/holdfast.schema.json with it",
  "src/config/sample-config.ts#sampleConfig": "UPDATE_GOLDEN=1 prints config/holdfast.yaml with it",
};
/** Built-in modules that reach the outside world: never in the core. */
const effects = /^(bun:|node:(fs|net|http|https|child_process|os|dns|tls|worker_threads|process)|bun$)/;

interface Arrow {
  file: string;
  to: string;
}

const files = [...new Glob("{src,plugins}/**/*.{ts,tsx,mjs}").scanSync({ cwd: root })]
  .filter((file) => !file.includes("/testdata/"))
  .sort();
const texts = new Map(
  await Promise.all(files.map(async (file) => [file, await Bun.file(join(root, file)).text()] as const)),
);
const product = files.filter((file) => !file.endsWith(".test.ts"));

function arrows(): Arrow[] {
  return product.flatMap((file) => {
    const text = texts.get(file) ?? "";
    const specifiers = [
      ...text.matchAll(
        /^\s*(?:import|export)\b[^"';]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"|import\("([^"]+)"\)/gm,
      ),
    ];
    return specifiers.map((match) => ({ file, to: match[1] ?? match[2] ?? match[3] ?? "" }));
  });
}

function inside(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function placeOf(file: string): string | undefined {
  return Object.keys(mayImport)
    .filter((place) => inside(file, place))
    .sort((a, b) => b.length - a.length)[0];
}

/** `null` where the arrow is allowed, else the rule that it breaks. */
function brokenRule({ file, to }: Arrow): string | null {
  if (!to.startsWith(".")) {
    const name = to.startsWith("@")
      ? to.split("/").slice(0, 2).join("/")
      : to.startsWith("node:") || to.startsWith("bun:")
        ? to
        : (to.split("/")[0] ?? to);
    const door = doors[name];
    if (door !== undefined && !door.some((place) => inside(file, place)))
      return `${name} is imported in ${door.join(", ")} only`;
    if (inside(file, "src/core") && effects.test(to)) return "src/core is pure";
    return null;
  }
  const target = normalize(join(dirname(file), to));
  if (target === "package.json") return null;
  const place = placeOf(file);
  if (place === undefined) return "this folder has no row in the import table";
  const passed = Object.entries(frontDoors).find(
    ([folder, door]) => inside(target, folder) && !inside(file, folder) && target !== door && file !== door,
  );
  if (passed !== undefined) return `${passed[0]} is entered by its door, ${passed[1]}`;
  if (inside(target, place)) return null;
  const allowed = mayImport[place] ?? [];
  return allowed.some((other) => inside(target, other))
    ? null
    : `${place} may import ${allowed.join(", ") || "nothing of ours"}`;
}

describe("the house", () => {
  test("every import arrow is allowed", () => {
    const wrong = arrows().flatMap((arrow) => {
      const rule = brokenRule(arrow);
      return rule === null ? [] : [`${arrow.file} -> ${arrow.to}: ${rule}`];
    });
    expect(wrong).toEqual([]);
  });

  /** Types too: two files that need each other's are one, or a third one is missing. */
  test("no files import each other in a circle", () => {
    const paths = arrows().flatMap(({ file, to }) =>
      to.startsWith(".") ? [{ from: file, to: normalize(join(dirname(file), to)) }] : [],
    );
    let left = paths;
    for (let before = -1; left.length !== before; ) {
      before = left.length;
      const importing = new Set(left.map(({ from }) => from));
      const imported = new Set(left.map(({ to }) => to));
      left = left.filter(({ from, to }) => imported.has(from) && importing.has(to));
    }
    expect(left.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("every export is needed by product code", async () => {
    const others = [...new Glob("{test,bench,.ci}/**/*.ts").scanSync({ cwd: root, dot: true })];
    const read = async (paths: readonly string[]) =>
      new Map(
        await Promise.all(
          paths.map(async (path) => [path, await Bun.file(join(root, path)).text()] as const),
        ),
      );
    const isBuild = (path: string): boolean => path.startsWith(".ci/");
    const unused = unusedExports({
      product: await read([...product, ...others.filter(isBuild)]),
      tests: await read([
        ...files.filter((file) => !product.includes(file)),
        ...others.filter((path) => !isBuild(path)),
      ]),
    });
    const wrong = [...unused].flatMap(([id, why]) => (id in outsideUse ? [] : [`${id}: ${why}`]));
    expect(wrong).toEqual([]);
    // An exception that is needed no more would hide the next one.
    expect(Object.keys(outsideUse).filter((id) => !unused.has(id))).toEqual([]);
  });

  const forbidden: { rule: string; pattern: RegExp; except?: RegExp }[] = [
    {
      rule: "process.env is read in src/config, main.ts and bin.mjs only",
      pattern: /process\.env|Bun\.env/,
      except: /^src\/(config\/|main\.ts|bin\.mjs)/,
    },
    {
      rule: "process.exit is called in main.ts only",
      pattern: /process\.exit\(/,
      except: /^src\/(main\.ts|bin\.mjs)/,
    },
    {
      rule: "the core has no clock and no chance",
      pattern: /Date\.now\(|new Date\(\)|Math\.random|performance\.now|setTimeout|console\./,
      except: /^(?!src\/core\/)/,
    },
    {
      rule: "fields that may be absent are written by defined() of src/lib",
      pattern: /\.\.\.\(([\w.?]+) === undefined \? \{\} : \{ (?:\w+: )?\1 \}\)/,
      // The status page is served file by file and imports no other folder's code; the other is done for every object of a watch.
      except: /^src\/(ui\/|cluster\/reduce\.ts)/,
    },
    {
      rule: "what a caught value says is asked of messageOf() and codeOf() of src/lib",
      pattern: /(\w+) instanceof Error \? \1\.message : String\(\1\)|instanceof Error && "code" in (\w+) \?/,
      except: /^src\/(ui\/|lib\/caught\.ts|store\/store-failure\.ts)/,
    },
    {
      rule: "whether a value is a mapping is asked of isMapping() of src/lib",
      pattern: /typeof (\w+) [!=]== "object" (&&|\|\|) \1 [!=]== null (&&|\|\|) !?Array\.isArray\(\1\)/,
      except: /^src\/(ui\/|lib\/is-mapping\.ts)/,
    },
    {
      rule: "pauses grow by backoffMs() of src/lib",
      pattern: /\b2 \*\* [^\d]/,
      except: /^src\/ui\//,
    },
    { rule: "no empty catch", pattern: /catch\s*(\([^)]*\))?\s*\{\s*\}/ },
    { rule: "types are not silenced", pattern: /@ts-ignore|@ts-nocheck|\bas any\b|eslint-disable/ },
    { rule: "no shell", pattern: /shell:\s*true|Bun\.\$/ },
    { rule: "nothing left to do", pattern: /\b(TODO|FIXME|XXX)\b/ },
  ];
  test.each(forbidden)("$rule", ({ pattern, except }) => {
    const wrong = product
      .filter((file) => !(except?.test(file) ?? false))
      .flatMap((file) =>
        (texts.get(file) ?? "")
          .split("\n")
          .flatMap((line, at) => (pattern.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
      );
    expect(wrong).toEqual([]);
  });

  /** Part of a ManagedApplication -> the one file that replaces it; whoever else wants that asks this file. */
  const writers: Record<string, string> = {
    spec: "src/engine/home/specs.ts",
    snapshot: "src/engine/engine.ts",
    target: "src/engine/target/find-target.ts",
    seen: "src/engine/compare/compare-now.ts",
    operation: "src/engine/sync/operations.ts",
    beside: "src/engine/hold/look-beside-hold.ts",
    removal: "src/engine/remove/removal-record.ts",
    status: "src/engine/show/publisher.ts",
  };
  test.each(Object.entries(writers))("managed.%s is written in %s only", (part, writer) => {
    const writes = new RegExp(`\\bmanaged\\.${part}\\s*=[^=]`);
    const found = product.filter((file) => writes.test(texts.get(file) ?? ""));
    expect(found).toEqual([writer]);
  });

  // Of one that is not held whole a spread would leave out what is made when it is asked for: `withObject`.
  test("no live object is spread", () => {
    const spread = /\{\s*\.\.\.(?:\w+\.)*live\b(?!\.)/;
    // Of the sandbox, and of ApplicationSets, something else is called so.
    const found = product.filter(
      (file) => !/^src\/(?:sandbox|core\/sets)\//.test(file) && spread.test(texts.get(file) ?? ""),
    );
    expect(found).toEqual([]);
  });

  /** README: a machine with Node, npm and git runs the tests. What starts more is for suites that `.ci/run` alone runs. */
  test("no file of npm test starts a program that has to be installed", () => {
    const starters =
      /^test\/lib\/(container|dex|exim|postgres|prometheus|registry|slapd|ssh-server|systemd|vault)\.ts$/;
    const read = (file: string): string =>
      texts.get(file) ?? require("node:fs").readFileSync(join(root, file), "utf8");
    const reached = (file: string, seen: Set<string>): Set<string> => {
      if (seen.has(file)) return seen;
      seen.add(file);
      // What an `import type` names is not run.
      for (const [, to = ""] of read(file).matchAll(
        /^(?:import|export) (?!type\b)[^"';]*?from "(\.[^"]+\.ts)"/gm,
      )) {
        const target = normalize(join(dirname(file), to));
        if (target.startsWith("test/")) reached(target, seen);
      }
      return seen;
    };
    const run = [...new Glob("{src,plugins,test}/**/*.test.{ts,tsx}").scanSync({ cwd: root })].filter(
      (file) => /^(src|plugins|test\/(fast|guards|policies|model))\//.test(file),
    );
    expect(run.length).toBeGreaterThan(500);
    const found = run.flatMap((file) =>
      [...reached(file, new Set())].filter((each) => starters.test(each)).map((each) => `${file} -> ${each}`),
    );
    expect(found).toEqual([]);
  });

  test("no merge was left half done", () => {
    const files = [
      ...new Glob("{src,plugins,test,docs,bench,config,.ci}/**/*.{ts,tsx,md,css,json,yaml,sh,mjs}").scanSync({
        ...{ cwd: root, dot: true },
      }),
      ...["README.md", "package.json"],
    ];
    expect(files.length).toBeGreaterThan(1_000);
    const found = files.filter((file) =>
      /^(?:<{7} |>{7} )/m.test(require("node:fs").readFileSync(join(root, file), "utf8")),
    );
    expect(found).toEqual([]);
  });

  const inTests: { rule: string; pattern: RegExp; except?: RegExp }[] = [
    { rule: "no test is skipped or left alone", pattern: /\b(test|it|describe)\.(skip|todo|only)\b/ },
    {
      // Bun runs the event loop for them inside the turn that asks, and both may wait for each other.
      rule: "how a promise ends is asked of endingOf() and rejectionOf() of test/lib",
      pattern: /\)\s*\.(rejects|resolves)\b|\bexpect\(\s*async\b/,
    },
    {
      // A module that several files import is evaluated for the first one, and only that one's tests have its hooks.
      rule: "what files of tests share registers its hooks in a function that each of them calls",
      pattern: /^(before|after)(All|Each)\(/m,
      except: /\.test\.tsx?$/,
    },
  ];
  test.each(inTests)("$rule", ({ pattern, except }) => {
    const read = (file: string): string =>
      texts.get(file) ?? require("node:fs").readFileSync(join(root, file), "utf8");
    const found = [...new Glob("{src,plugins,test}/**/*.{ts,tsx}").scanSync({ cwd: root })].filter(
      (file) => file !== "test/house.test.ts" && except?.test(file) !== true && pattern.test(read(file)),
    );
    expect(found).toEqual([]);
  });
});
