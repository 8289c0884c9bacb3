/** `holdfast repo` and `repocreds` against a whole daemon and real Git over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addedClusters, type Given } from "../lib/added-clusters.ts";
import { type CliSetting, cli } from "../lib/cli.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";

const { start } = addedClusters();

const USER = { username: "ci", password: "canary-5ec3-password" };
let git: GitServer, folder: string;
beforeAll(async () => {
  git = await startGitServer({ auth: { basic: USER } });
  await git.createRepo("shop", { "a.yaml": "{}" });
  folder = mkdtempSync(join(tmpdir(), "holdfast-cli-repos-"));
  writeFileSync(join(folder, "password"), `${USER.password}\n`);
  writeFileSync(join(folder, "empty"), "\n");
});
afterAll(async () => {
  await git?.close();
  rmSync(folder, { recursive: true, force: true });
});

const begin = (): Promise<Given> => start({}, undefined, { searchPath: process.env["PATH"] ?? "" });
async function run({ daemon, log }: Given, line: string, setting: CliSetting = {}) {
  const words = line
    .replaceAll("SHOP", git.urlOf("shop"))
    .replaceAll("GIT", git.url)
    .replaceAll("FOLDER", folder)
    .split(" ");
  const ran = await cli(words, { server: daemon.url, ...setting });
  expect(JSON.stringify([ran, log])).not.toContain(USER.password);
  const plain = (text: string): string =>
    text
      .replaceAll(git.urlOf("shop"), "SHOP")
      .replaceAll(git.url, "GIT")
      .replaceAll(folder, "FOLDER")
      .replace(/main@\w{7}/g, "main@COMMIT");
  return { code: ran.code, stdout: plain(ran.stdout), stderr: plain(ran.stderr) };
}

test("add, test, list, get and rm: what was seen is said, and a retry is no error", async () => {
  const given = await begin();
  const terminal = { columns: 200 };
  for (const [line, more] of [
    ["repo list", "There are no repositories yet that you may see."],
    ["repocreds list", "There are no credentials for several repositories that you may see."],
  ] as const) {
    expect(await run(given, line, { terminal })).toMatchObject({
      ...{ code: 0, stdout: "", stderr: expect.stringContaining(more) },
    });
    expect(await run(given, line)).toMatchObject({
      stdout: expect.stringMatching(/^ +[A-Z ]+\n$/),
      stderr: "",
    });
    expect(JSON.parse((await run(given, `${line} -o json`)).stdout).items).toEqual([]);
  }
  expect(await run(given, "repo add SHOP --use-azure-workload-identity")).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining("useAzureWorkloadIdentity: true") },
  });
  const add = "repo add SHOP --username ci --password-file FOLDER/password";
  const saw = "main@COMMIT, 1 branch, 0 tags";
  expect(await run(given, add)).toEqual({
    code: 0,
    stdout: `✓ Repository SHOP is added (kept in the daemon's data folder) and answers: ${saw}.\n`,
    stderr: "",
  });
  expect((await run(given, add)).stdout).toContain("was there already, just as it is");
  expect(await run(given, `${add} --name other`)).toMatchObject({
    code: 7,
    stderr: expect.stringContaining("it is there with other settings"),
  });
  expect((await run(given, `${add} --name other --upsert`)).stdout).toContain("is changed");
  expect((await run(given, "repo test SHOP")).stdout).toBe(`✓ Repository SHOP answers: ${saw}.\n`);
  expect((await run(given, "repo list -o url")).stdout).toBe("SHOP\n");
  expect((await run(given, "repo get SHOP")).stdout).toContain("username: ci");
  const { code, stderr } = await run(given, "repo rm SHOP");
  expect([code, stderr]).toEqual([2, expect.stringContaining("--yes")]);
  expect((await run(given, "repo rm SHOP --yes")).stdout).toBe("✓ Repository SHOP is removed.\n");
  expect((await run(given, "repo get SHOP")).code).toBe(3);
});

test("add of what is there already and does not answer any more is told, and stays", async () => {
  const given = await begin();
  const add = "repo add SHOP --type git --username ci --password-file FOLDER/password";
  expect((await run(given, add)).code).toBe(0);
  const release = git.fail({ do: "status", status: 401 });
  for (const flags of ["", " --upsert", " -o json"])
    expect(await run(given, add + flags)).toMatchObject({
      code: 5,
      stdout: flags === " -o json" ? expect.stringContaining('"status": "Failed"') : "",
      stderr: expect.stringMatching(
        /SHOP was there already, just as it is \(kept in the daemon's data folder\), and does not answer: it refused the credentials \(HTTP 401\)\./,
      ),
    });
  const address = given.daemon.url.replace("http://", "");
  const server = ["--server", address, "--plaintext", "--config", join(folder, "argocd")];
  const argocd = async (password: string) => {
    const who = ["--username", "ci", "--password", password, "--upsert"];
    const ran = await cli(["argocd", ...server, "repo", "add", git.urlOf("shop"), ...who]);
    return [ran.code, ran.stdout, ran.stderr];
  };
  expect(await argocd(USER.password)).toEqual([
    20,
    "",
    expect.stringContaining("was there already, and does not answer"),
  ]);
  release();
  expect(await argocd("wrong")).toEqual([20, "", expect.stringContaining("refused the credentials")]);
  // It is asked anew, though not within a second of its last failure.
  await eventually("it answers", async () => (await run(given, add)).stdout.includes("and answers:"));
});

describe("where a password comes from", () => {
  test.each<[string, string, CliSetting]>([
    ["standard input", "--password-stdin", { stdin: { text: USER.password } }],
    ["a file", "--password-file FOLDER/password", {}],
    ["standard input as a file", "--password-file -", { stdin: { text: USER.password } }],
    ["a variable", "", { env: { HOLDFAST_REPO_PASSWORD: USER.password } }],
  ])("%s", async (_, flags, setting) => {
    const given = await begin();
    const ran = await run(given, `repo add SHOP --username ci ${flags}`.trim(), setting);
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
  });

  test.each([
    ["repo add SHOP --username ci", 2, "HOLDFAST_REPO_PASSWORD"],
    ["repo add SHOP --username ci --password-stdin --password-file FOLDER/password", 2, "twice"],
    ["repo add SHOP --username ci --password-file FOLDER/none", 2, "it is not there"],
    ["repo add SHOP --username ci --password-file FOLDER/empty", 2, "is empty"],
    ["repo add git@h:x --ssh-private-key-path - --ca-path -", 2, "Standard input can be one thing"],
    ["repo add https://ci:canary@git.example.com/x", 2, "which is sent nowhere"],
    ["repo add SHOP --type svn", 2, "git, helm, oci"],
    [
      "repo test SHOP --username ci --password-file FOLDER/password --proxy http://127.0.0.1:1",
      5,
      "nothing listens",
    ],
    ["repo test http://127.0.0.1:1/x --type git", 5, "nothing listens"],
    ["repo rm https://git.example.com/none --yes", 3, "not found"],
  ])("%s ends with %i", async (line, code, says) => {
    const given = await begin();
    const ran = await run(given, line);
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(says)]);
    expect(ran.stderr).not.toContain("canary");
    expect((await run(given, "repo list -o url")).stdout).toBe("");
  });
});

test("credentials for several are kept, lent and removed; a password in the arguments is warned of", async () => {
  const given = await begin();
  expect((await run(given, "repo add SHOP")).code).toBe(4);
  const added = await run(given, "repocreds add GIT --username ci --password-file FOLDER/password");
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining("Credentials for GIT are kept") });
  expect((await run(given, "repo add SHOP")).code).toBe(0);
  expect((await run(given, "repo list")).stdout).toContain("inherited");
  expect((await run(given, "repocreds list -o url")).stdout).toBe("GIT\n");
  expect((await run(given, "repocreds rm GIT --yes")).stdout).toContain("are removed");
  const { code, stderr } = await run(given, "repo test SHOP");
  expect([code, stderr]).toEqual([5, expect.stringContaining("does not answer")]);
  const warned = await run(given, "repocreds add GIT --username ci --password wrong");
  expect([warned.code, warned.stderr]).toEqual([0, expect.stringContaining("can be read by everybody")]);
});
