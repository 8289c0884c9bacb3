/** `holdfast cert` and `argocd cert` against a whole daemon. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { addedClusters, type Given } from "../lib/added-clusters.ts";
import { type CliSetting, cli } from "../lib/cli.ts";

const { start } = addedClusters();

setDefaultTimeout(60_000);

const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIMaRq1eGya0zYfiRBzY82jDW1erAfen4C+kn4T5Bf10g";
const PRINT = "SHA256:nyvy9T/7JJ63WszX/U+/INyJhzJtFsB9RAeF44dSqlM";
const issue = (commonName: string) =>
  issueCertificate({ commonName, uses: ["authority"], nowMs: Date.now(), days: 2 });
const [one, two] = [issue("ca"), issue("another")];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-cli-certs-"));
  for (const [name, text] of Object.entries({
    "ca.pem": `${one.certificate}${two.certificate}`,
    "other.pem": two.certificate,
    "key.pem": one.key,
    known_hosts: `# of the team\ngit.example.com,[git.example.com]:2222 ssh-ed25519 ${KEY} here\n`,
    revoked: `@revoked git.example.com ssh-ed25519 ${KEY}\n`,
    hashed: `|1|c2FsdA==|aGFzaA== ssh-ed25519 ${KEY}\n`,
    empty: "",
  }))
    writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const begin = (): Promise<Given> => start({ clusters: [] });
async function run({ daemon, log }: Given, line: string, setting: CliSetting = {}) {
  const words = line.replaceAll("FOLDER", folder).split(" ");
  const ran = await cli(words, { server: daemon.url, ...setting });
  expect(JSON.stringify([ran, log])).not.toContain(one.key.split("\n")[1] ?? "no key");
  const plain = (text: string): string => text.replaceAll(folder, "FOLDER");
  return { code: ran.code, stdout: plain(ran.stdout), stderr: plain(ran.stderr) };
}

describe("holdfast cert", () => {
  test("add, list and rm: what is kept is said, the same again is no error, and another one needs --upsert", async () => {
    const given = await begin();
    const add = "cert add-tls git.example.com --from FOLDER/ca.pem";
    const said = {
      code: 0,
      stdout: "✓ 2 certificates of git.example.com are kept in the daemon's data folder.\n",
      stderr: "",
    };
    expect(await run(given, add)).toEqual(said);
    expect(await run(given, add)).toEqual(said);
    const other = "cert add-tls git.example.com --from FOLDER/other.pem";
    expect(await run(given, other)).toMatchObject({ code: 7, stderr: expect.stringContaining("--upsert") });
    expect(await run(given, `${other} --upsert`)).toMatchObject({ code: 0 });
    expect(await run(given, "cert add-ssh --batch --from FOLDER/known_hosts")).toEqual({
      code: 0,
      stdout: "✓ 2 keys of git.example.com, [git.example.com]:2222 are kept in the daemon's data folder.\n",
      stderr: "",
    });
    expect((await run(given, "cert list -o wide")).stdout).toBe(
      [
        "  HOST                     TYPE    KEY           KEPT IN   WHAT",
        `  [git.example.com]:2222   ssh     ssh-ed25519   data      ${PRINT}`,
        "  git.example.com          https   ec            data      CN=another",
        `  git.example.com          ssh     ssh-ed25519   data      ${PRINT}`,
        "",
      ].join("\n"),
    );
    const asks = await run(given, "cert rm git.example.com");
    expect([asks.code, asks.stderr]).toEqual([2, expect.stringContaining("--yes")]);
    const removed = await run(given, "cert rm git.example.com --cert-type ssh --yes");
    expect([removed.code, removed.stdout]).toEqual([
      0,
      "✓ 1 certificate or key of git.example.com is removed.\n",
    ]);
    expect(await run(given, "cert rm none.example.com --yes")).toEqual({
      code: 0,
      stdout: "",
      stderr: "Nothing is kept for none.example.com.\n",
    });
    expect(JSON.parse((await run(given, "cert list -o json --cert-type ssh")).stdout).items).toHaveLength(1);
  });

  test("reads standard input, and refuses what is none before it is sent", async () => {
    const given = await begin();
    const stdin = (text: string) => ({ stdin: { text } });
    expect(await run(given, "cert add-tls a.example.com", stdin(two.certificate))).toMatchObject({
      code: 0,
      stdout: "✓ 1 certificate of a.example.com is kept in the daemon's data folder.\n",
    });
    for (const [line, why] of [
      ["cert add-tls a.example.com --from FOLDER/key.pem", "holds a private key, which was not sent"],
      ["cert add-tls a.example.com --from FOLDER/known_hosts", "holds no certificate in PEM"],
      ["cert add-tls a.example.com:8443 --from FOLDER/other.pem", "without a scheme and a port"],
      ["cert add-ssh --from FOLDER/revoked", "a line with a mark, @revoked"],
      ["cert add-ssh --from FOLDER/hashed", "hidden by a hash"],
      ["cert add-ssh --from FOLDER/empty", "holds no key of a host"],
    ] as const)
      expect([line, await run(given, line)]).toEqual([
        line,
        { code: 8, stdout: "", stderr: expect.stringContaining(why) },
      ]);
    expect(await run(given, "cert add-tls a.example.com --from FOLDER/none")).toMatchObject({ code: 2 });
  });
});

describe("argocd cert", () => {
  test("has Argo CD's words, columns and exit codes", async () => {
    const given = await begin();
    const argocd = (line: string, setting: CliSetting = {}) =>
      run(given, `argocd ${line} --server ${given.daemon.url}`, { env: { HOME: folder }, ...setting });
    expect(await argocd("cert add-tls git.example.com --from FOLDER/ca.pem")).toEqual({
      code: 0,
      stdout:
        "Reading TLS certificate data in PEM format from 'FOLDER/ca.pem'\nCreated entry with 2 PEM certificates for repository server git.example.com\n",
      stderr: "",
    });
    const known = `git.example.com ssh-ed25519 ${KEY}\n`;
    expect(await argocd("cert add-ssh --batch", { stdin: { text: known } })).toEqual({
      code: 0,
      stdout:
        "Enter SSH known hosts entries, one per line. Press CTRL-D when finished.\nSuccessfully created 1 SSH known host entries\n",
      stderr: "",
    });
    expect(await argocd("cert add-ssh --from FOLDER/known_hosts")).toMatchObject({
      code: 20,
      stderr: expect.stringContaining("You need to specify --batch"),
    });
    expect(await argocd("cert add-tls git.example.com --from FOLDER/other.pem")).toMatchObject({ code: 20 });
    expect(await argocd("cert list --cert-type ssh")).toEqual({
      code: 0,
      stdout: `HOSTNAME         TYPE  SUBTYPE      INFO\ngit.example.com  ssh   ssh-ed25519  ${PRINT}\n`,
      stderr: "",
    });
    expect((await argocd("cert list --sort type --hostname-pattern git.*")).stdout.split("\n")).toHaveLength(
      5,
    );
    expect(JSON.parse((await argocd("cert list -o json")).stdout)).toHaveLength(3);
    expect(await argocd("cert list --cert-type x")).toMatchObject({
      code: 20,
      stderr: expect.stringContaining("cert-type must be either ssh or https"),
    });
    expect(await argocd("cert rm *")).toMatchObject({
      code: 20,
      stderr: expect.stringContaining("single wildcard"),
    });
    expect((await argocd("cert rm git.example.com --cert-type ssh")).stdout).toBe(
      "Removed cert for 'git.example.com' of type 'ssh' (subtype 'ssh-ed25519')\n",
    );
    expect((await argocd("cert rm none.example.com")).stdout).toBe(
      "No certificates were removed (none matched the given pattern)\n",
    );
  });
});
