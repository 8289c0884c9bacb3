import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showProblem } from "../core/model/problem.ts";
import { ApplicationFolders, HALF_WRITTEN_MS, readApplications } from "./application-folders.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-apps-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const app = (name: string, extra = "") =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${name}}\nspec:\n  source: {repoURL: x, path: p}\n  destination: {name: in-cluster}\n${extra}`;
const PROJECT = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: team}\nspec: {}\n";

function write(path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}
function read(...paths: string[]) {
  return readApplications(
    paths.map((path) => join(root, path)),
    { homeNamespace: "argocd", from: root },
  );
}

describe("readApplications()", () => {
  test("reads files and folders below folders, several documents and lists, in a stable order", () => {
    write("apps/b.yaml", `${app("b1")}---\n${app("b2")}---\n${PROJECT}`);
    write(
      "apps/a/deep.yml",
      `apiVersion: v1\nkind: List\nitems:\n- ${app("a").trimEnd().replaceAll("\n", "\n  ")}\n`,
    );
    write(
      "apps/c.json",
      JSON.stringify({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { name: "c" },
        spec: { source: { repoURL: "x", path: "p" }, destination: { name: "in-cluster" } },
      }),
    );
    write("one.yaml", app("one"));
    write("apps/README.md", "kind: Application");
    write("apps/.hidden/x.yaml", app("hidden"));
    const { applications, projects, problems, folders } = read("apps", "one.yaml");
    expect(problems).toEqual([]);
    expect(applications.map(({ app, file, line }) => `${app.metadata.name} ${file}:${line}`)).toEqual([
      "a apps/a/deep.yml:4",
      "b1 apps/b.yaml:1",
      "b2 apps/b.yaml:8",
      "c apps/c.json:1",
      "one one.yaml:1",
    ]);
    expect(projects.map(({ project, line }) => `${project.metadata.name}:${line}`)).toEqual(["team:15"]);
    expect(folders).toEqual([
      { path: join(root, "apps"), state: "read", files: 3 },
      { path: join(root, "one.yaml"), state: "read", files: 1 },
    ]);
  });

  test("tells missing from empty", () => {
    mkdirSync(join(root, "empty"));
    const { folders, problems } = read("empty", "gone");
    expect(folders).toEqual([
      { path: join(root, "empty"), state: "read", files: 0 },
      { path: join(root, "gone"), state: "unreadable", files: 0 },
    ]);
    expect(problems.map(showProblem)).toEqual([
      "gone: cannot be read: no such file. What was read from it before is kept",
    ]);
  });

  test("a link that leads nowhere makes its folder unreadable", () => {
    write("apps/a.yaml", app("a"));
    symlinkSync("nowhere.yaml", join(root, "apps/b.yaml"));
    const { folders, applications } = read("apps");
    expect(folders).toMatchObject([{ state: "unreadable", files: 2 }]);
    expect(applications).toHaveLength(1);
  });

  test("files are read through links, folders are not", () => {
    write("data/a.yaml", app("a"));
    mkdirSync(join(root, "apps"));
    symlinkSync("../data/a.yaml", join(root, "apps/a.yaml"));
    symlinkSync("../apps", join(root, "apps/round"));
    expect(read("apps").applications).toHaveLength(1);
  });

  const faulty: [name: string, text: string, want: string][] = [
    [
      "no YAML",
      "kind: Application\na: [\n",
      "apps/x.yaml:3: flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    [
      "a wrong field",
      app("x").replace("path: p", "path: 7"),
      "apps/x.yaml:5: Application argocd/x: spec.source.path: must be a string, not the number 7. Put it in quotes",
    ],
    [
      "a project that is not enforced",
      `${PROJECT.replace("{}", "")}\n  signatureKeys: [{keyID: x}]\n`,
      "apps/x.yaml:6: AppProject argocd/team: spec.signatureKeys: is not enforced yet, so a project that sets it is refused. Remove it, if you can do without that limit",
    ],
  ];
  test.each(faulty)("%s is a fault of its folder, and the other files are read", (_, text, want) => {
    write("apps/x.yaml", text);
    write("apps/good.yaml", app("good"));
    const { applications, problems, folders } = read("apps");
    expect(problems.map(showProblem)).toEqual([want]);
    expect(folders).toMatchObject([{ state: "read" }]);
    expect(applications.map(({ app }) => app.metadata.name)).toEqual(["good"]);
  });

  const others: [name: string, text: string, problems: string[], doubt: string | undefined][] = [
    [
      "a whole manifest of another API",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
      [],
      undefined,
    ],
    [
      "the same in JSON",
      '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}',
      [],
      undefined,
    ],
    ["other text", "just: text\n", [], "the file holds no manifest"],
    ["half a manifest", "apiVersion: v1\nkind: Conf", [], "the file holds no manifest"],
    ["broken text", "a: [\n", [], "the file holds no manifest"],
    ["nothing", "\n", [], "the file is empty"],
    [
      "another document beside an Application",
      `${app("a")}---\njust: text\n`,
      [],
      "a document in line 8 is no manifest that is known here",
    ],
    [
      "a kind that Argo CD has not",
      "apiVersion: argoproj.io/v1alpha1\nkind: Aplication\nmetadata: {name: x}\n",
      ["warning 1 Aplication is no Application, AppProject or ApplicationSet and is left out"],
      "Aplication in line 1 is no manifest that is known here",
    ],
    [
      "a group that is nearly Argo CD's",
      app("a").replace("argoproj.io", "argopro.io"),
      ["error 1 must be argoproj.io/v1alpha1"],
      undefined,
    ],
    ["an Application of others", app("a").replace("argoproj.io", "app.k8s.io"), [], undefined],
    [
      "a template",
      app("a").replace("{name: a}", "\n  name: {{ .Release.Name }}"),
      ["warning 4 this is a template and is left out: a key has to be a string, not a collection"],
      "the file is a template",
    ],
  ];
  test.each(others)(
    "%s: what it says, and whether what the file held before may go",
    (_, text, says, doubt) => {
      write("apps/x.yaml", text);
      const { problems, doubts } = read("apps");
      expect(problems.map(({ severity, line, text: said }) => `${severity} ${line} ${said}`)).toEqual(says);
      expect(doubts).toEqual(doubt === undefined ? [] : [{ file: "apps/x.yaml", why: doubt }]);
    },
  );

  test("a file in UTF-16 is read for what it names", () => {
    mkdirSync(join(root, "apps"));
    writeFileSync(join(root, "apps/x.yaml"), Buffer.from(`\ufeff${app("wide")}`, "utf16le"));
    expect(read("apps").applications.map(({ app: { metadata } }) => metadata.name)).toEqual(["wide"]);
  });

  test("of a key that stands twice the last one counts, with a warning", () => {
    write(
      "apps/x.yaml",
      app("first", "spec:\n  source: {repoURL: z, path: q}\n  destination: {name: in-cluster}\n"),
    );
    const { applications, problems } = read("apps");
    expect(applications.map(({ app: { spec } }) => spec.source?.repoURL)).toEqual(["z"]);
    expect(problems.map(showProblem)).toEqual([
      "apps/x.yaml:7: the key spec stands twice in one mapping: the last one counts. Remove the other one",
    ]);
  });

  test("one name in two places is an error that names both, and both are read: whose it is depends on who had it", () => {
    write("apps/a.yaml", app("shop"));
    write("other/b.yaml", `${app("shop")}---\n${app("else")}`);
    const { applications, problems } = read("apps", "other");
    expect(problems.map(showProblem)).toEqual([
      "other/b.yaml:1: Application argocd/shop: this name is taken in apps/a.yaml:1. Rename one of them, or remove it",
    ]);
    expect(applications.map(({ app, file }) => `${app.metadata.name} ${file}`)).toEqual([
      "shop apps/a.yaml",
      "shop other/b.yaml",
      "else other/b.yaml",
    ]);
  });

  test("names of two namespaces are two names, and a file in two configured folders is read once", () => {
    write(
      "apps/a/x.yaml",
      `${app("shop")}---\n${app("shop").replace("{name: shop}", "{name: shop, namespace: team}")}`,
    );
    const { applications, problems } = read("apps", "apps/a");
    expect(problems).toEqual([]);
    expect(applications).toHaveLength(2);
  });

  test("warnings of an application bear file and line", () => {
    write("apps/x.yaml", app("x", "  sorce: {}\n"));
    expect(read("apps").problems).toEqual([
      {
        severity: "warning",
        file: "apps/x.yaml",
        line: 7,
        path: "spec.sorce",
        object: "Application argocd/x",
        text: "this field is not known and has no effect",
        fix: "Did you mean source?",
      },
    ]);
  });
});

describe("ApplicationFolders", () => {
  let clock = 0;
  const following = () => new ApplicationFolders({ homeNamespace: "argocd", from: root }, () => clock);
  const names = ({ applications }: ReturnType<typeof readApplications>): string[] =>
    applications.map(({ app }) => app.metadata.name);

  test.each<{ what: string; text: string; why: string }>([
    { what: "an empty file", text: "", why: "the file is empty" },
    { what: "nothing but white space", text: " \n\n", why: "the file is empty" },
    { what: "nothing but comments", text: "# later\n# more\n", why: "the file holds no manifest" },
    { what: "nothing but the mark of a document", text: "---\n---\n", why: "the file holds no manifest" },
    {
      what: "an Application in comments alone",
      text: app("x").replace(/^/gm, "# "),
      why: "the file holds no document",
    },
    { what: "a null", text: "null\n", why: "the file holds no manifest" },
    {
      what: "a kind that is misspelt",
      text: app("x").replace("kind: Application", "kind: Aplication"),
      why: "Aplication in line 1 is no manifest that is known here",
    },
    {
      what: "a kind that is left out",
      text: app("x").replace("kind: Application\n", ""),
      why: "a document in line 1 is no manifest that is known here",
    },
    {
      what: "a kind without a word",
      text: app("x").replace("kind: Application", "kind:"),
      why: "a document in line 1 is no manifest that is known here",
    },
    {
      what: "an apiVersion that is cut off",
      text: "apiVersion: argo\n",
      why: "the file holds no manifest",
    },
    { what: "a text", text: "just this\n", why: "the file holds no manifest" },
  ])("$what says nothing of what its file held", ({ text, why }) => {
    write("apps/x.yaml", text);
    const { doubts, folders, applications } = read("apps");
    expect(doubts).toEqual([{ file: "apps/x.yaml", why }]);
    expect([folders[0]?.state, applications]).toEqual(["read", []]);
  });

  test.each<{ what: string; text: string }>([
    { what: "another API's manifest", text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n" },
    {
      what: "another kind of Argo's",
      text: "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: x}\n",
    },
    { what: "applications", text: `${app("a")}---\n# nothing\n---\n${app("b")}` },
  ])("$what says what it says", ({ text }) => {
    write("apps/x.yaml", text);
    expect(read("apps").doubts).toEqual([]);
  });

  test.each<{ what: string; cut: (text: string) => string }>([
    { what: "after a document", cut: (text) => text.slice(0, text.indexOf("---")) },
    { what: "after a line", cut: (text) => text.slice(0, text.lastIndexOf("destination") - 2) },
    { what: "in a word", cut: (text) => text.slice(0, text.lastIndexOf("path: p") + "path: p".length) },
    {
      what: "in a word of a changed text",
      cut: (text) => text.replaceAll("path: p", "path: changed").slice(0, -3),
    },
  ])("a file that is cut $what stays as it was for a while, and is taken then", ({ cut }) => {
    const folders = following();
    const text = `${app("a")}---\n${app("b")}`;
    write("apps/x.yaml", text);
    const before = folders.read([join(root, "apps")]);
    expect([names(before), before.againInMs]).toEqual([["a", "b"], undefined]);
    write("apps/x.yaml", cut(text));
    const during = folders.read([join(root, "apps")]);
    expect(during.applications).toEqual(before.applications);
    expect([during.problems, during.againInMs]).toEqual([[], HALF_WRITTEN_MS]);
    expect(during.doubts).toEqual([{ file: "apps/x.yaml", why: "the file looks half written" }]);
    clock += HALF_WRITTEN_MS - 1;
    expect(folders.read([join(root, "apps")]).againInMs).toBe(1);
    clock += 1;
    const after = folders.read([join(root, "apps")]);
    expect(after.applications).not.toEqual(before.applications);
    expect(after.againInMs).toBeUndefined();
    write("apps/x.yaml", text);
    expect(folders.read([join(root, "apps")]).applications).toEqual(before.applications);
  });

  test("a file that goes on growing is waited for anew; one that is whole is taken at once", () => {
    const folders = following();
    const text = `${app("a")}---\n${app("b")}---\n${app("c")}`;
    const next = text.replaceAll("path: p", "path: changed");
    write("apps/x.yaml", text);
    folders.read([join(root, "apps")]);
    write("apps/x.yaml", text.slice(0, 60));
    folders.read([join(root, "apps")]);
    clock += HALF_WRITTEN_MS - 10;
    write("apps/x.yaml", text.slice(0, 120));
    expect(folders.read([join(root, "apps")]).againInMs).toBe(HALF_WRITTEN_MS);
    write("apps/x.yaml", next);
    const { applications, doubts } = folders.read([join(root, "apps")]);
    expect(applications.map(({ app }) => app.spec.source?.path)).toEqual(["changed", "changed", "changed"]);
    expect(doubts).toEqual([]);
  });

  test("names that stand twice are all given: whose they are depends on who had them", () => {
    write("apps/a.yaml", app("shop"));
    write("apps/b.yaml", app("shop"));
    const { applications, problems } = following().read([join(root, "apps")]);
    expect([applications.length, problems]).toEqual([2, []]);
  });

  test("a folder is read through a link, and files through links of links, as a mounted ConfigMap has them", () => {
    write("releases/1/a.yaml", app("a"));
    write("releases/2/a.yaml", app("b"));
    symlinkSync("releases/1", join(root, "current"));
    mkdirSync(join(root, "mounted/..one"), { recursive: true });
    writeFileSync(join(root, "mounted/..one/c.yaml"), app("c"));
    symlinkSync("..one", join(root, "mounted/..data"));
    symlinkSync("..data/c.yaml", join(root, "mounted/c.yaml"));
    const folders = following();
    const paths = [join(root, "current"), join(root, "mounted")];
    expect(names(folders.read(paths))).toEqual(["a", "c"]);
    symlinkSync("releases/2", join(root, "next"));
    renameSync(join(root, "next"), join(root, "current"));
    expect(names(folders.read(paths))).toEqual(["b", "c"]);
  });

  test("a folder that is swapped while it is read is read as one of the two, or not at all", async () => {
    for (const release of ["1", "2"]) {
      for (let at = 0; at < 30; at++) write(`releases/${release}/${at}.yaml`, app(`app-${at}-${release}`));
    }
    symlinkSync("releases/1", join(root, "current"));
    const swapping = Bun.spawn([
      process.execPath,
      "-e",
      `const { renameSync, symlinkSync } = require("node:fs");
       process.chdir(${JSON.stringify(root)});
       for (let at = 0; ; at++) {
         symlinkSync("releases/" + (1 + (at % 2)), "next");
         renameSync("next", "current");
         for (const until = performance.now() + Math.random() * 3; performance.now() < until; );
       }`,
    ]);
    try {
      const seen = { whole: 0, torn: 0 };
      const folders = following();
      for (let at = 0; at < 400 && (at < 100 || seen.whole === 0); at++) {
        const found = folders.read([join(root, "current")]);
        if (found.folders[0]?.state === "unreadable") seen.torn++;
        else {
          seen.whole++;
          expect(new Set(names(found).map((name) => name.slice(-1))).size).toBe(1);
          expect(found.applications.length).toBe(30);
        }
        await Bun.sleep(1);
      }
      expect(seen.whole).toBeGreaterThan(0);
    } finally {
      swapping.kill("SIGKILL");
      await swapping.exited;
    }
  });

  test("a FIFO, a device or a circle in the folder is told, the other files are read, and nothing hangs", () => {
    write("apps/a.yaml", app("a"));
    write("apps/z.yaml", app("z"));
    expect(Bun.spawnSync(["/usr/bin/mkfifo", join(root, "fifo"), join(root, "apps/own.yaml")]).exitCode).toBe(
      0,
    );
    symlinkSync("../fifo", join(root, "apps/fifo.yaml"));
    symlinkSync("/dev/zero", join(root, "apps/zero.yaml"));
    symlinkSync("round.yaml", join(root, "apps/round.yaml"));
    const found = following().read([join(root, "apps")]);
    expect([names(found), found.folders[0]?.state]).toEqual([["a", "z"], "unreadable"]);
    expect(found.problems.map(({ file, text }) => `${file} ${text}`)).toEqual([
      "apps/fifo.yaml cannot be read: it is a FIFO, not a file",
      "apps/own.yaml cannot be read: it is a FIFO, not a file",
      "apps/round.yaml cannot be read: ELOOP",
      "apps/zero.yaml cannot be read: it is a device, not a file",
    ]);
    expect(
      following()
        .read([join(root, "fifo")])
        .problems.map(({ text }) => text),
    ).toEqual(["cannot be read: it is a FIFO, not a file"]);
  });
});
