/** A release as .ci/release.ts makes it, for this kind of machine: from a commit of what is here, in a folder of its own. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

setDefaultTimeout(120_000);

interface Component {
  name: string;
  version: string;
  purl: string;
  "bom-ref": string;
  hashes?: { alg: string; content: string }[];
}

const root = join(import.meta.dir, "..", "..");
const dir = mkdtempSync(join(tmpdir(), "holdfast-a-release-"));
const tree = join(dir, "tree");
const out = join(tree, "dist", "release");
const here = `${process.platform}-${process.arch}`;

async function ran(cwd: string, argv: readonly string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([...argv], {
    ...{ cwd, stdout: "pipe", stderr: "pipe" },
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", ...env },
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, stdout, stderr };
}
async function must(cwd: string, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await ran(cwd, argv);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${code}\n${stdout}${stderr}`);
  return stdout;
}
const commit = (what: string): Promise<string> =>
  must(tree, "git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--all", "-m", what);
const release = (args: readonly string[], env: Record<string, string> = {}) =>
  ran(tree, [process.execPath, ".ci/release.ts", ...args], env);

beforeAll(async () => {
  mkdirSync(tree);
  // What is edited and not committed counts too.
  await must(
    root,
    ...["bash", "-o", "pipefail", "-c"],
    `git ls-files -co --exclude-standard -z | xargs -0 ls -d 2>/dev/null | tar -cf - -T - | tar -xf - -C '${tree}'`,
  );
  await must(root, "cp", "-a", "node_modules", tree);
  await must(tree, "git", "init", "--quiet");
  await must(tree, "git", "add", ".");
  await commit("A release");
  const made = await release(["--target", here, "--verify"]);
  expect({ code: made.code, said: made.code === 0 ? "" : made.stdout + made.stderr }).toEqual({
    code: 0,
    said: "",
  });
  expect(made.stdout).toContain(`${here}: twice the same, `);
}, 900_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("each file is in SHA256SUMS with its hash, and the program is of that commit", async () => {
  const lines = readFileSync(join(out, "SHA256SUMS"), "utf8").trimEnd().split("\n");
  expect([...lines.map((line) => line.slice(66)), "SHA256SUMS"].sort()).toEqual(readdirSync(out).sort());
  await must(out, "sha256sum", "--check", "--strict", "SHA256SUMS");
  const program = readdirSync(out).find((name) => name.endsWith(`-${here}`)) ?? "";
  const head = await must(tree, "git", "rev-parse", "--short=12", "HEAD");
  expect(await must(out, `./${program}`, "version")).toContain(head.trim());
});

/** By their path in the lock: the program has the names of the files that it was made of, for what it says of mistakes. */
async function namedIn(program: string, lock: Record<string, { dev?: boolean }>): Promise<string[]> {
  const text = Buffer.from(await Bun.file(program).bytes()).toString("latin1");
  const name = /(?:@[\w.-]+\/)?[\w.-]+/.source;
  const paths = text.matchAll(new RegExp(`node_modules/(?:${name}/node_modules/)?${name}(?=/)`, "g"));
  return [...new Set([...paths].map(([path]) => path))].filter(
    (path) => lock[path] !== undefined && lock[path].dev !== true,
  );
}

/** Of the page there are no such names. */
async function readForPage(): Promise<string[]> {
  const read = new Set<string>();
  const noting = {
    name: "notes what is read",
    setup(build: Bun.PluginBuilder) {
      build.onLoad({ filter: /node_modules/ }, ({ path }) => {
        const [found = ""] = /node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.slice(tree.length)) ?? [];
        read.add(found);
        return undefined;
      });
    },
  };
  await Bun.build({
    entrypoints: [join(tree, "src/ui/app/main.tsx")],
    target: "browser",
    plugins: [noting],
  });
  return [...read];
}

test("its bill has the packages that are in program and page, the runtime, and no other", async () => {
  const { components } = JSON.parse(readFileSync(join(out, "sbom.cdx.json"), "utf8")) as {
    components: Component[];
  };
  const { packages } = JSON.parse(readFileSync(join(tree, "package-lock.json"), "utf8"));
  const program = readdirSync(out).find((name) => name.endsWith(`-${here}`)) ?? "";
  const inProgram = await namedIn(join(out, program), packages);
  const inPage = await readForPage();
  expect([inProgram.length > 50, inPage.length > 2]).toEqual([true, true]);
  const runtime = `node_modules/@oven/bun-${here.replace("arm64", "aarch64")}`;
  const npm = components.filter(({ purl }) => purl.startsWith("pkg:npm/"));
  expect(npm.map((one) => one["bom-ref"]).sort()).toEqual(
    [...new Set([...inProgram, ...inPage, runtime])].sort(),
  );
  for (const one of npm) {
    const { version, integrity } = packages[one["bom-ref"]];
    expect([one.version, one.purl.endsWith(`@${version}`)]).toEqual([version, true]);
    expect(one.hashes).toEqual([
      { alg: "SHA-512", content: Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex") },
    ]);
  }
  // Of the programs inside that are written in Go.
  const modules = ["plugins/renderers/raw/jsonnet/evaluator", "src/render/go-templates/engine"].flatMap(
    (source) => {
      const text = readFileSync(join(tree, source, "go.mod"), "utf8");
      const [, toolchain = ""] = /^toolchain go(\S+)$/m.exec(text) ?? [];
      const required = [...text.matchAll(/^(?:require )?\t?(\S+\.\S+\/\S+) v(\S+)(?: \/\/ indirect)?$/gm)];
      return [`std@${toolchain}`, ...required.map(([, path, version]) => `${path}@v${version}`)];
    },
  );
  const go = components.filter(({ purl }) => purl.startsWith("pkg:golang/"));
  expect(go.map(({ name, version }) => `${name}@${version}`).sort()).toEqual([...new Set(modules)].sort());
});

test("a runtime that is not to be had, or is another than the lock names, is named, and there is no release", async () => {
  rmSync(out, { recursive: true });
  const offline = {
    npm_config_registry: "http://127.0.0.1:9/",
    npm_config_cache: join(dir, "npm-cache"),
    npm_config_fetch_retries: "0",
  };
  const none = await release(["--target", "linux-arm64", "--target", "darwin-arm64"], offline);
  expect([none.code === 0, none.stderr]).toEqual([false, expect.stringContaining("no release")]);
  for (const name of ["linux-arm64: npm pack", "darwin-arm64: npm pack"]) expect(none.stderr).toContain(name);
  const lock = readFileSync(join(tree, "package-lock.json"), "utf8");
  const { packages } = JSON.parse(lock);
  const named = packages[`node_modules/@oven/bun-${here.replace("arm64", "aarch64")}`].integrity as string;
  writeFileSync(
    join(tree, "package-lock.json"),
    lock.replace(named, `sha512-${Buffer.alloc(64).toString("base64")}`),
  );
  await commit("Another runtime");
  const other = await release(["--target", here]);
  expect([other.code === 0, other.stderr]).toEqual([
    false,
    expect.stringContaining("is not what the lock names"),
  ]);
  expect(readdirSync(join(tree, "dist"))).not.toContain("release");
});

test("what is no commit is no release, and a target that there is not is named", async () => {
  writeFileSync(join(tree, "new.txt"), "");
  const dirty = await release(["--target", here]);
  expect([dirty.code === 0, dirty.stderr]).toEqual([false, expect.stringContaining("new.txt")]);
  rmSync(join(tree, "new.txt"));
  const unknown = await release(["--target", "linux-x46"]);
  expect([unknown.code === 0, unknown.stderr]).toEqual([
    false,
    expect.stringContaining("there is no target linux-x46"),
  ]);
});
