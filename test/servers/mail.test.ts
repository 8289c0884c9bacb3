/**
 * Mails of the compiled binary at a real mail server: over TLS and with a login, or not at all; read back as whoever gets
 * them reads them; what waited for the server arrives once, through a kill of the daemon.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { commitFiles } from "../../src/git/commit-files.ts";
import { createDemoRepository } from "../../src/sandbox/demo/demo-repository.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type Exim, startExim } from "../lib/exim.ts";
import { partsOf } from "../lib/mail-parts.ts";

const PASSWORD = "canary-of-the-mailbox";
let exim: Exim;
let sandbox: Sandbox;
let daemon: Daemon;
let bare: SMTPServer;
const heard: string[] = [];

const app = (name: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: argocd }
spec:
  project: default
  source: { repoURL: DIR/repository, path: apps/guestbook, targetRevision: main }
  destination: { server: "https://kubernetes.default.svc", namespace: ${name} }
  syncPolicy: { automated: {}, syncOptions: [CreateNamespace=true] }
`;

beforeAll(async () => {
  exim = await startExim({ user: "cd", password: PASSWORD });
  // Somebody between us and the server takes STARTTLS out of what it offers.
  bare = new SMTPServer({
    ...{ disabledCommands: ["STARTTLS"], authOptional: true, logger: false },
    onAuth(_auth, _session, done) {
      heard.push("a login");
      done(null, { user: "cd" });
    },
    onMailFrom(_address, _session, done) {
      heard.push("a sender");
      done();
    },
  });
  await new Promise<void>((resolve) => bare.listen(0, "127.0.0.1", () => resolve()));
  const address = bare.server.address();
  const barePort = typeof address === "object" && address !== null ? address.port : 0;
  sandbox = await startSandbox({ listen: "127.0.0.1:0" });
  const login = "username: cd, passwordFile: ./password";
  const service = (name: string, more: string): string =>
    `    - { name: ${name}, type: email, settings: { from: "Holdfast <cd@example.com>", ${more} } }\n`;
  daemon = await startDaemon(
    `poll: 1s
pollSpread: 0s
clusters: [{ name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ./kubeconfig }]
applications: [./apps]
notifications:
  services:
${[
  service("mail", `host: localhost, port: "${exim.port}", ${login}`),
  service("implicit", `host: localhost, port: "${exim.tlsPort}", tls: implicit, ${login}`),
  service("other-name", `host: 127.0.0.1, port: "${exim.port}", ${login}`),
  service("wrong-password", `host: localhost, port: "${exim.port}", username: cd, password: canary-wrong`),
  service("no-login", `host: localhost, port: "${exim.port}"`),
  service("bare", `host: localhost, port: "${barePort}", ${login}`),
].join("")}  subscriptions: [{ service: mail, recipients: [ops@example.com], events: [deployed] }]
`,
    { kubeconfig: sandbox.kubeconfig, password: PASSWORD },
    { env: { NODE_EXTRA_CA_CERTS: exim.ca } },
  );
  await createDemoRepository(join(daemon.dir, "repository"), commitFiles(), { is: "fleet", apps: 1 });
}, 120_000);
afterAll(async () => {
  await daemon?.stop();
  await sandbox?.stop();
  await exim?.stop();
  await new Promise<void>((resolve) => (bare === undefined ? resolve() : bare.close(() => resolve())));
});

const send = async (service: string, recipient = "ana@example.com"): Promise<string> => {
  const { code, stdout, stderr } = await daemon.cli("notify", "test", service, recipient);
  return `${code} ${stdout}${stderr}`;
};

test("STARTTLS and TLS from the first byte both bring a mail, with a login that nobody else hears", async () => {
  for (const service of ["mail", "implicit"]) expect(await send(service)).toStartWith("0 ");
  await eventually("both mails are there", () => Promise.resolve(exim.mails().length === 2));
  // `a` is signed in, `s` by TLS.
  for (const mail of exim.mails()) expect(partsOf(mail).headers["received"]).toContain("with esmtpsa");
}, 60_000);

test.each([
  ["other-name", "certificate is not trusted"],
  ["bare", "offers no TLS that can be trusted"],
  ["wrong-password", "refuses the user name and password"],
  ["no-login", "550"],
])(
  "%s: nothing is sent, and it is said why",
  async (service, why) => {
    const before = exim.mails().length;
    const said = await send(service);
    expect(said).not.toStartWith("0 ");
    expect(said).toContain(why);
    expect(said).not.toContain("canary");
    expect(exim.mails().length).toBe(before);
    expect(heard).toEqual([]);
  },
  60_000,
);

test("whom the server refuses is told with its words, for now or for ever", async () => {
  expect(await send("mail", "nobody-here@example.com")).toContain("there is nobody of that name");
  expect(await send("mail", "later@example.com")).toContain("come again");
}, 60_000);

test("a mail that waited for the server arrives once, through a kill of the daemon, and reads well", async () => {
  const before = exim.mails().length;
  await exim.halt();
  await Bun.write(join(daemon.dir, "apps", "shop.yaml"), app("shop").replaceAll("DIR", daemon.dir));
  const counts = async (): Promise<Record<string, number>> =>
    (await daemon.api<{ counts: Record<string, number> }>("/api/holdfast/v1/notifications")).body.counts;
  await eventually("it waits", async () => (await counts())["waiting"] === 1);
  await daemon.kill("SIGKILL");
  await exim.start();
  await daemon.restart();
  await eventually("it is taken", async () => (await counts())["delivered"] === 1);
  await daemon.restart();
  expect(await counts()).toMatchObject({ waiting: 0, delivered: 1, dead: 0 });
  await eventually("it is in the mailbox", () => Promise.resolve(exim.mails().length > before));
  expect(exim.mails().length).toBe(before + 1);
  const { headers, parts } = partsOf(exim.mails().at(-1) ?? "");
  expect(headers).toMatchObject({
    ...{ from: "Holdfast <cd@example.com>", to: "ops@example.com" },
    ...{ subject: "shop: deployed and healthy", "auto-submitted": "auto-generated", "mime-version": "1.0" },
    "message-id": expect.stringMatching(/^<[0-9a-f]{32}@example\.com>$/),
    "content-type": expect.stringMatching(/^multipart\/alternative;/),
  });
  expect(Date.parse(headers["date"] ?? "")).not.toBeNaN();
  // Programs that show HTML take the last part that they know.
  expect(parts.map(({ type }) => type)).toEqual(["text/plain", "text/html"]);
  const [plain, html] = parts;
  expect(plain?.text).toMatch(/^shop: deployed and healthy\n/);
  expect(plain?.text).toMatch(/^Where: in-cluster, namespace shop$/m);
  expect(plain?.text).toMatch(/^Commit: [0-9a-f]{7} .+ \(.+\)$/m);
  expect(html?.text).toMatch(/^<!doctype html>.*<h1[^>]*>shop: deployed and healthy<\/h1>/s);
  expect(html?.text).not.toMatch(/<(?:script|img|link|style)\b/i);
  expect(await daemon.log()).not.toContain("canary");
}, 120_000);

test("a daemon that does not know the authority of the server's certificate sends nothing", async () => {
  const before = exim.mails().length;
  const stranger = await startDaemon(
    `notifications: { services: [{ name: mail, type: email, settings: { from: cd@example.com, host: localhost, port: "${exim.port}", username: cd, password: ${PASSWORD} } }] }`,
  );
  try {
    const { code, stderr, stdout } = await stranger.cli("notify", "test", "mail", "ana@example.com");
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).toContain("NODE_EXTRA_CA_CERTS");
    expect(`${stdout}${stderr}`).not.toContain("canary");
    expect(exim.mails().length).toBe(before);
  } finally {
    await stranger.stop();
    rmSync(stranger.dir, { recursive: true, force: true });
  }
}, 60_000);
