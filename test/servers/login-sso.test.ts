/**
 * `holdfast login` as its own process, against a daemon with accounts, by providers that others wrote: oidc-provider and a
 * stand-in of GitHub in Chromium, a directory by name and password. What goes wrong leaves a sentence and no session.
 */
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type AccountsDaemon, PASSWORD, startAccountsDaemon } from "../lib/accounts-daemon.ts";
import { startBrowser } from "../lib/browser.ts";
import { freePort } from "../lib/daemon.ts";
import { githubLogins } from "../lib/github-logins.ts";
import { HandBrowser, requestIn } from "../lib/hand-browser.ts";
import { type OidcPeer, startOidcPeer } from "../lib/oidc-peer.ts";
import type { ProviderStand } from "../lib/provider-stand.ts";
import { type Slapd, startSlapd } from "../lib/slapd.ts";

setDefaultTimeout(90_000);
const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts");
const BASE = "dc=example,dc=org";
/** As a policy names them: by what never changes there, in the provider's own part of all names. */
const [ADA, OCTO] = ["sso:Peer:ada", "sso:GitHub:4711"];
/** Long enough for a browser to have gone wrong, short enough to wait for. */
const SHORT = ["--timeout", "20s"];

let browser: Browser;
let peer: OidcPeer;
let slapd: Slapd;
let github: ProviderStand;
let daemon: AccountsDaemon;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  github = githubLogins();
  [browser, slapd] = await Promise.all([
    startBrowser(),
    startSlapd(
      [
        `dn: ou=people,${BASE}\nobjectClass: organizationalUnit\nou: people\n`,
        `dn: cn=ops,${BASE}\nobjectClass: groupOfNames\ncn: ops\nmember: uid=lin,ou=people,${BASE}\n`,
        `dn: cn=searcher,${BASE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: searcher\nuserPassword: searcher-canary\n`,
        `dn: uid=lin,ou=people,${BASE}\nobjectClass: inetOrgPerson\nuid: lin\ncn: lin\nsn: L\nuserPassword: lin-canary\n`,
      ].join("\n"),
    ),
  ]);
  const peerPort = await freePort();
  daemon = await startAccountsDaemon(
    () =>
      JSON.stringify({
        oidc: [
          {
            name: "Peer",
            issuer: `http://127.0.0.1:${peerPort}`,
            clientId: "holdfast",
            clientSecret: "secret-canary",
          },
        ],
        github: [
          {
            name: "GitHub",
            url: github.origin,
            clientId: "holdfast",
            clientSecret: "secret-canary",
            organizations: ["acme:platform"],
          },
        ],
        ldap: [
          {
            name: "Directory",
            url: slapd.plain,
            accountDn: `cn=searcher,${BASE}`,
            accountPassword: "searcher-canary",
            users: { base: `ou=people,${BASE}` },
            groups: { base: BASE },
            ca: slapd.ca,
          },
        ],
      }).replace(/^/, "signOn: "),
    "",
    {
      // Another name than the providers', so that browsers take them for other sites.
      host: "localhost",
      policy: [
        "g, sso:Peer:dev, role:dev",
        "g, sso:GitHub:acme:platform, role:dev",
        "g, sso:Directory:ops, role:dev",
      ],
    },
  );
  peer = await startOidcPeer({
    ...{ port: peerPort, kid: "first" },
    redirectUri: `${daemon.url}/auth/callback`,
    logoutUri: `${daemon.url}/`,
  });
  const root = await daemon.as("root", ["login", daemon.url, "--username", "root", "--password-stdin"], {
    stdin: { text: PASSWORD },
  });
  if (root.code !== 0) throw new Error(root.stderr);
}, 120_000);
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([daemon?.stop(), peer?.stop(), slapd?.stop(), github?.[Symbol.asyncDispose]()]);
});

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** The program, as a process with this person's home folder. `seen`: called once with what matches in its errors. */
async function program(
  person: string,
  argv: readonly string[],
  {
    stdin = "",
    until = /$^/,
    seen = async () => undefined,
  }: {
    stdin?: string;
    until?: RegExp;
    seen?: (what: string) => Promise<unknown>;
  } = {},
): Promise<Ran> {
  const child = Bun.spawn([process.execPath, MAIN, ...argv], {
    ...{ stdin: new Blob([stdin]), stdout: "pipe", stderr: "pipe" },
    env: { PATH: process.env["PATH"] ?? "", HOME: daemon.home(person), LANG: "C.UTF-8" },
  });
  let stderr = "";
  let meeting: Promise<unknown> | undefined;
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const part of child.stderr) {
      stderr += decoder.decode(part, { stream: true });
      const what = until.exec(stderr)?.[1];
      // Whoever fails is not waited for.
      if (what !== undefined && meeting === undefined) {
        meeting = seen(what);
        meeting.catch(() => child.kill());
      }
    }
  })();
  const [stdout, code] = await Promise.all([new Response(child.stdout).text(), child.exited, reading]);
  await meeting;
  return { code, stdout, stderr };
}

let people = 0;
const ADDRESS = /^ {2}(http\S+)$/m;
const CODE = /^ {2}([A-Z]{4}-[A-Z]{4})$/m;

async function login(flags: readonly string[], seen: (what: string) => Promise<unknown>) {
  const person = `person-${people++}`;
  const until = flags.includes("--device") ? CODE : ADDRESS;
  const ran = await program(person, ["login", daemon.url, ...flags], { until, seen });
  return { ...ran, person };
}

/** Another browser each time. */
async function newPage(): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  // The provider's own pages ask for fonts elsewhere.
  await context.route(
    (url) => !["127.0.0.1", "localhost"].includes(url.hostname),
    (route) => route.abort(),
  );
  return await context.newPage();
}

async function signInAtPeer(page: Page, person: string): Promise<void> {
  await page.fill('input[name="login"]', person);
  await page.fill('input[name="password"]', "any");
  await page.click('button[type="submit"]');
  await page.waitForSelector('input[name="prompt"][value="consent"]', { state: "attached" });
  await page.click('button[type="submit"]');
}
const allow = (page: Page): Promise<void> => page.click('button[value="allow"]');
const words = async (page: Page): Promise<string> => (await page.textContent("body")) ?? "";

/** What programs hold, as an administrator sees it. */
async function programsOf(account: string): Promise<{ id: string; carried: string }[]> {
  const { stdout, stderr } = await daemon.as("root", ["account", "session", "list", "-o", "json"]);
  if (stdout === "") throw new Error(stderr);
  const { items } = JSON.parse(stdout) as { items: { id: string; account: string; carried: string }[] };
  return items.filter((one) => one.account === account && one.carried === "bearer");
}
const whoami = async (person: string) =>
  JSON.parse((await program(person, ["whoami", "-o", "json"])).stdout) as Record<string, unknown>;

/** The role of the provider's group, and nothing beyond it. */
async function expectTeamA(person: string): Promise<void> {
  const [list, mine, theirs, sync] = await Promise.all([
    program(person, ["app", "list", "-o", "name"]),
    program(person, ["app", "get", "mine", "-o", "json"]),
    program(person, ["app", "get", "theirs"]),
    program(person, ["app", "sync", "theirs"]),
  ]);
  expect([list.code, list.stdout]).toEqual([0, "argocd/mine\n"]);
  expect([mine.code, JSON.parse(mine.stdout).metadata.name]).toEqual([0, "mine"]);
  for (const ran of [theirs, sync]) {
    expect([ran.code, ran.stderr]).toEqual([4, expect.stringContaining("Permission denied: applications, ")]);
  }
}

/** A program that got nothing: it says so, holds no context, and the daemon holds no session of it. */
async function expectNothing(ran: Ran & { person: string }, account: string, before: number): Promise<void> {
  expect(ran.stdout).toBe("");
  expect((await programsOf(account)).length).toBe(before);
  // Of that daemon: at the address that is asked by itself another one may listen.
  const { stdout } = await program(ran.person, ["whoami", "-o", "json", "--server", daemon.url]);
  expect(JSON.parse(stdout)).toMatchObject({ loggedIn: false });
  expect(() => readFileSync(join(daemon.home(ran.person), ".config", "holdfast", "contexts.yaml"))).toThrow();
}
const LATE = [6, expect.stringContaining("No browser came back within 20 s")];

test("--sso: the provider is chosen on our page, and who it is there is who the program is", async () => {
  let answered = "";
  const ran = await login(["--sso", "--no-browser"], async (address) => {
    const page = await newPage();
    page.on("request", (request) => {
      if (request.url().startsWith("http://127.0.0.1") && request.url().includes("state="))
        if (request.url().includes("code=")) answered = request.url();
    });
    await page.goto(address);
    await page.click('a:text-is("Peer")');
    await signInAtPeer(page, "ada");
    await page.waitForSelector('button[value="allow"]');
    const asked = await words(page);
    for (const said of ["holdfast on ", "ada", peer.issuer]) expect(asked).toContain(said);
    await allow(page);
    await page.waitForSelector('text="Done. Go back to the terminal; you may close this page."');
  });
  expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
  expect(ran.stdout).toContain(`Logged in to ${daemon.url} as ${ADA}.`);
  expect(await whoami(ran.person)).toMatchObject({
    loggedIn: true,
    username: ADA,
    issuer: peer.issuer,
    groups: ["sso:Peer:dev", "sso:Peer:ops"],
  });
  await expectTeamA(ran.person);
  expect(await programsOf("ada")).toHaveLength(1);
  // What the browser brought is worth nothing a second time: neither to a program that is gone, nor to the daemon.
  expect(answered).not.toBe("");
  expect(await fetch(answered).catch(() => "nobody listens")).toBe("nobody listens");
  expect(await programsOf("ada")).toHaveLength(1);
  expect((await program(ran.person, ["logout"])).code).toBe(0);
  expect(await programsOf("ada")).toHaveLength(0);
});

test("--sso --provider GitHub: the one that was named, its team, and its callback once", async () => {
  const ran = await login(["--sso", "--provider", "GitHub", "--no-browser"], async (address) => {
    const page = await newPage();
    await page.goto(address);
    const callback = (await page.getAttribute("#agree", "href")) ?? "";
    await page.click("#agree");
    await page.waitForSelector('button[value="allow"]');
    const second = await newPage();
    for (const again of [page, second]) {
      const reply = await again.goto(callback);
      expect([reply?.status(), await words(again)]).toEqual([403, expect.stringContaining("let nobody in")]);
    }
    // Where nobody came in, nobody is signed in.
    await second.goto(`${daemon.url}/cli-login`);
    expect(await words(second)).toContain("Sign in first");
    // And whoever was in before is that still.
    await page.goto(address);
    await allow(page);
    await page.waitForSelector('text="Done. Go back to the terminal; you may close this page."');
  });
  expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
  expect(await whoami(ran.person)).toMatchObject({
    username: OCTO,
    groups: ["sso:GitHub:acme", "sso:GitHub:acme:platform"],
  });
  await expectTeamA(ran.person);
  expect(await programsOf("octo")).toHaveLength(1);
});

test("--username: name and password of the directory, and its group's role", async () => {
  const argv = ["login", daemon.url, "--username", "lin", "--password-stdin"];
  const wrong = await program("mallory", argv, { stdin: "ada-canary\n" });
  expect([wrong.code, wrong.stderr]).toEqual([
    4,
    expect.stringContaining("does not take this name and this password"),
  ]);
  await expectNothing({ ...wrong, person: "mallory" }, "lin", 0);
  const ran = await program("lin", argv, { stdin: "lin-canary\n" });
  expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
  expect(await whoami("lin")).toMatchObject({
    username: expect.stringMatching(/^sso:Directory:[\da-f-]{36}$/),
    issuer: slapd.plain,
    groups: ["sso:Directory:ops"],
  });
  await expectTeamA("lin");
});

test("a browser that is closed, and one where the provider is told no", async () => {
  const before = (await programsOf("ada")).length;
  const [closed, denied] = await Promise.all([
    login(["--sso", "--provider", "Peer", "--no-browser", ...SHORT], async (address) => {
      const page = await newPage();
      await page.goto(address);
      await page.fill('input[name="login"]', "ada");
      await page.context().close();
    }),
    login(["--sso", "--provider", "Peer", "--no-browser", ...SHORT], async (address) => {
      const page = await newPage();
      await page.goto(address);
      await page.click('a[href$="/abort"]');
      await page.waitForSelector('text="Done. Go back to the terminal; you may close this page."');
      await page.goto(`${daemon.url}/cli-login`);
      expect(await words(page)).toContain("Sign in first");
    }),
  ]);
  expect([closed.code, closed.stderr]).toEqual(LATE);
  // Long before anybody would have given up.
  expect([denied.code, denied.stderr]).toEqual([4, expect.stringContaining("The provider let nobody in")]);
  for (const ran of [closed, denied]) await expectNothing(ran, "ada", before);
});

test("who chose a provider that the daemon does not know is told which there are, and no browser is asked", async () => {
  const ran = await login(["--sso", "--provider", "Pear", "--no-browser"], async () => {
    throw new Error("an address was printed");
  });
  expect([ran.code, ran.stderr]).toEqual([
    2,
    expect.stringContaining('sends browsers to no provider "Pear".'),
  ]);
  expect(ran.stderr).toContain("Did you mean Peer?");
  // Of the directory the daemon asks itself.
  expect(ran.stderr).toContain("There are: Peer, GitHub");
  await expectNothing(ran, "ada", 0);
  const page = await newPage();
  await page.goto(`${daemon.url}/cli-login?provider=Pear`);
  expect(await words(page)).toContain("There is no provider of that name.");
});

test("after a no at the provider on the code's page, another try leads back to it", async () => {
  const page = await newPage();
  await page.goto(`${daemon.url}/cli-login?provider=Peer`);
  await page.click('a[href$="/abort"]');
  await page.click('a:text-is("Sign in again")');
  await page.click('a:text-is("Peer")');
  await signInAtPeer(page, "ada");
  await page.waitForSelector('input[name="code"]');
});

test("another site's link to a login leaves whoever is signed in alone until they click", async () => {
  const page = await newPage();
  await page.goto(`${daemon.url}/cli-login?provider=GitHub`);
  await page.click("#agree");
  await page.waitForSelector('input[name="code"]');
  const session = async () =>
    (await page.context().cookies(daemon.url)).find(({ name }) => name === "holdfast_s");
  const before = await session();
  expect(before?.value).toStartWith("hf_session_");
  // Another name for this machine is another site to a browser.
  await page.goto(`${peer.issuer}/nothing`);
  await page.evaluate(
    (to) => location.assign(to),
    `${daemon.url}/auth/login?provider=Peer&return_url=/cli-login`,
  );
  await page.waitForSelector("text=Another site's page led here");
  expect((await session())?.value).toBe(before?.value);
  await page.goto(`${daemon.url}/cli-login`);
  expect(await words(page)).toContain("signed in as octo");
  // As from a mail: no page led there.
  await page.goto(`${daemon.url}/auth/login?provider=Peer&return_url=/cli-login`);
  expect(await words(page)).toContain("Somebody is signed in in this browser");
  await page.click('a:text-is("Sign in")');
  await signInAtPeer(page, "ada");
  await page.waitForSelector('input[name="code"]');
  expect(await words(page)).toContain("signed in as ada");
});

test("a state that was altered, and a callback in another browser", async () => {
  const before = (await programsOf("octo")).length;
  const gitHub = ["--sso", "--provider", "GitHub", "--no-browser", ...SHORT];
  const callbackOf = async (page: Page, address: string): Promise<string> => {
    await page.goto(address);
    return (await page.getAttribute("#agree", "href")) ?? "";
  };
  const expectNobody = async (page: Page, callback: string): Promise<void> => {
    const reply = await page.goto(callback);
    expect([reply?.status(), await words(page)]).toEqual([403, expect.stringContaining("let nobody in")]);
    await page.goto(`${daemon.url}/cli-login`);
    expect(await words(page)).toContain("Sign in first");
  };
  const runs = await Promise.all([
    login(gitHub, async (address) => {
      const page = await newPage();
      const callback = await callbackOf(page, address);
      await expectNobody(page, callback.replace(/state=[^&]+/, `state=${"x".repeat(43)}`));
    }),
    login(gitHub, async (address) => {
      const callback = await callbackOf(await newPage(), address);
      const other = await newPage();
      await callbackOf(other, address);
      await expectNobody(other, callback);
    }),
    // Allowed, but on its way to the program something changed.
    login(["--sso", "--no-browser", ...SHORT], async (address) => {
      const hand = new HandBrowser(daemon.url);
      await hand.signIn("ann", PASSWORD);
      const { onward = "" } = await hand.send({ do: "allow", request: requestIn(address) });
      const page = await newPage();
      expect((await page.goto(onward.replace(/state=[^&]+/, `state=${"x".repeat(43)}`)))?.status()).toBe(400);
    }),
  ]);
  for (const [index, ran] of runs.entries()) {
    expect([ran.code, ran.stderr]).toEqual(LATE);
    await expectNothing(ran, index === 2 ? "ann" : "octo", index === 2 ? 0 : before);
  }
});

test("--device: signed in at the provider, the code is typed and allowed, and another one refused", async () => {
  const page = await newPage();
  await page.goto(`${daemon.url}/cli-login?provider=Peer`);
  await signInAtPeer(page, "ada");
  const type = async (code: string, button: "allow" | "refuse"): Promise<void> => {
    await page.goto(`${daemon.url}/cli-login`);
    await page.fill('input[name="code"]', code);
    await page.click('button[value="find"]');
    await page.waitForSelector('button[value="allow"]');
    expect(await words(page)).toContain(code);
    await page.click(`button[value="${button}"]`);
    await page.waitForSelector("text=You may close this page");
  };
  await page.waitForSelector('input[name="code"]');
  const refused = await login(["--device"], (code) => type(code, "refuse"));
  expect([refused.code, refused.stderr]).toEqual([
    4,
    expect.stringContaining("It was refused in the browser."),
  ]);
  await expectNothing(refused, "ada", 0);
  const ran = await login(["--device"], (code) => type(code, "allow"));
  expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
  expect(await whoami(ran.person)).toMatchObject({ username: ADA, issuer: peer.issuer });
  await expectTeamA(ran.person);
  expect(await programsOf("ada")).toHaveLength(1);
});
