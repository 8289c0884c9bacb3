/** `login --sso` and `login --device` against a real daemon, by a browser that knows our pages: what goes well, and who gets nothing. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type AccountsDaemon, PASSWORD, startAccountsDaemon } from "../lib/accounts-daemon.ts";
import { HandBrowser, requestIn, type Shown } from "../lib/hand-browser.ts";

let daemon: AccountsDaemon;
beforeAll(async () => {
  daemon = await startAccountsDaemon();
  for (const name of ["ann", "root", "leaver"]) {
    const browser = new HandBrowser(daemon.url);
    const { status, text } = await browser.signIn(name === "leaver" ? "root" : name, PASSWORD);
    if (status !== 200) throw new Error(text);
    browsers.set(name, browser);
  }
}, 60_000);
afterAll(() => daemon?.stop());

let people = 0;
/** Runs a login of somebody new; `meet` is the person, who is given what they see: the address, or the page and the code. */
async function login(flags: string, meet: (seen: string, person: string) => Promise<unknown>) {
  const person = `person-${people++}`;
  let meeting: Promise<unknown> | undefined;
  const failing = new AbortController();
  // A person who fails is not waited for.
  const met = (seen: string): void =>
    void (meeting ??= meet(seen, person).catch((cause: unknown) => {
      failing.abort(cause);
      throw cause;
    }));
  const ran = await daemon.as(person, ["login", daemon.url, ...flags.split(" ")], {
    signal: failing.signal,
    browse: async (address) => {
      met(address);
      return "opened";
    },
    onStderr: (soFar) => {
      const code = /^ {2}([A-Z]{4}-[A-Z]{4})$/m.exec(soFar)?.[1];
      const address = /^ {2}(http\S+)$/m.exec(soFar)?.[1];
      if (code !== undefined || address !== undefined) met(code ?? address ?? "");
    },
  });
  await meeting;
  return { ...ran, person };
}

/** Somebody's browser, where they signed in once: passwords are hashed one at a time, and slowly. */
const browsers = new Map<string, HandBrowser>();
function signedIn(name = "ann"): HandBrowser {
  const browser = browsers.get(name);
  if (browser === undefined) throw new Error(`${name} is not signed in`);
  return browser;
}
const answerOf = async (browser: HandBrowser, request: string, answer = "allow"): Promise<Shown> =>
  browser.send({ do: answer, request });
const sessionsOf = async (person: string) =>
  JSON.parse((await daemon.as(person, ["account", "session", "list", "-o", "json"])).stdout).items;
const post = (path: string, body: unknown) =>
  fetch(`${daemon.url}/api/holdfast/v1/cli-logins${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("--sso: name and password on the daemon's page, a word of consent, and a session of one's own", async () => {
  const ran = await login("--sso", async (address) => {
    const browser = new HandBrowser(daemon.url);
    expect((await browser.open(address)).text).toContain("A program waits to be let in");
    expect((await browser.signIn("ann", "wrong wrong wrong", requestIn(address))).status).toBe(403);
    const asked = await browser.signIn("ann", PASSWORD, requestIn(address));
    expect(asked.text).toContain("holdfast on machine");
    expect(asked.text).toContain("127.0.0.1");
    expect(asked.text).toContain("<b>ann</b>");
    const { onward = "" } = await answerOf(browser, requestIn(address));
    expect(onward).toStartWith("http://127.0.0.1:");
    // A second word changes nothing of the first.
    expect((await answerOf(browser, requestIn(address), "refuse")).status).toBe(404);
    // Nothing else than the answer itself ends the waiting.
    expect((await fetch(onward.replace(/state=[^&]*/, "state=x"))).status).toBe(400);
    expect((await fetch(onward.replace("/?", "/else?"))).status).toBe(404);
    expect((await fetch(onward.replace(/code=[^&]*/, "code=%3Cb%3E"))).status).toBe(400);
    expect((await fetch(onward)).status).toBe(200);
    expect((await answerOf(browser, requestIn(address))).status).toBe(404);
  });
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stdout).toContain("as ann.");
  const file = join(daemon.home(ran.person), ".config", "holdfast", "contexts.yaml");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(ran.stdout + ran.stderr).not.toContain(
    /hf_session_\w+/.exec(readFileSync(file, "utf8"))?.[0] ?? "?",
  );
  expect((await daemon.as(ran.person, ["whoami", "-o", "name"])).stdout).toBe("ann\n");
  const own = (await sessionsOf(ran.person)).find(({ own }: { own?: string }) => own === "yes");
  expect(own).toMatchObject({ account: "ann", carried: "bearer", agent: "holdfast on machine" });
});

test("--no-browser prints the address, on which a person may say no", async () => {
  const ran = await login("--sso --no-browser", async (address) => {
    const browser = signedIn();
    const { onward = "" } = await answerOf(browser, requestIn(address), "refuse");
    await fetch(onward);
  });
  expect([ran.code, ran.stderr]).toEqual([4, expect.stringContaining("It was refused in the browser.")]);
});

test("another site's page cannot say yes, nor a browser where nobody is signed in", async () => {
  const ran = await login("--sso --timeout 1500ms", async (address) => {
    const browser = signedIn();
    expect(
      (await browser.send({ do: "allow", request: requestIn(address) }, "https://evil.example")).status,
    ).toBe(403);
    expect((await browser.send({ do: "allow", request: requestIn(address) }, "null")).status).toBe(403);
    // Nor does one sign anybody in here as somebody of its own.
    const planted = new HandBrowser(daemon.url);
    const signIn = { do: "sign-in", username: "ann", password: PASSWORD };
    expect((await planted.send(signIn, "https://evil.example")).status).toBe(403);
    expect((await planted.open(`${daemon.url}/cli-login`)).text).toContain("Sign in first");
    const nobody = await answerOf(new HandBrowser(daemon.url), requestIn(address));
    expect([nobody.status, nobody.onward]).toEqual([403, undefined]);
    // A link that opens the page gives nothing.
    expect((await browser.open(address)).onward).toBeUndefined();
  });
  expect([ran.code, ran.stderr]).toEqual([6, expect.stringContaining("No browser came back within 2 s")]);
});

test("who sees the answer on its way gets nothing, and neither does the program then", async () => {
  const ran = await login("--sso", async (address) => {
    const browser = signedIn();
    const request = requestIn(address);
    const { onward = "" } = await answerOf(browser, request);
    const code = new URL(onward).searchParams.get("code") ?? "";
    expect(await (await post("/token", { request, code, verifier: "guessed" })).json()).toEqual({
      is: "gone",
    });
    await fetch(onward);
  });
  expect([ran.code, ran.stderr]).toEqual([4, expect.stringContaining("This login is over")]);
});

test("two logins at once get each their own", async () => {
  const [ann, root] = await Promise.all(
    ["ann", "root"].map((name) =>
      login("--sso", async (address) => {
        const { onward = "" } = await answerOf(signedIn(name), requestIn(address));
        await fetch(onward);
      }),
    ),
  );
  for (const [ran, name] of [
    [ann, "ann"],
    [root, "root"],
  ] as const)
    expect((await daemon.as(ran?.person ?? "", ["whoami", "-o", "name"])).stdout).toBe(`${name}\n`);
});

test("--device: the code of the terminal, typed in any browser, and what asks and from where before it is allowed", async () => {
  const ran = await login("--device", async (code) => {
    const browser = signedIn();
    expect((await browser.open(`${daemon.url}/cli-login`)).text).toContain(
      "Type none that somebody sent you",
    );
    const asked = await browser.send({ do: "find", code: code.toLowerCase().replace("-", " ") });
    for (const words of ["holdfast on machine", "127.0.0.1", code, "<b>ann</b>"])
      expect(asked.text).toContain(words);
    const request = /name="request" value="([^"]+)"/.exec(asked.text)?.[1] ?? "";
    // Its page is no other way in.
    expect((await browser.open(`${daemon.url}/cli-login?request=${request}`)).status).toBe(404);
    expect((await answerOf(browser, request)).text).toContain("is let in");
    expect((await browser.send({ do: "find", code })).status).toBe(404);
  });
  expect(ran).toMatchObject({ code: 0 });
  expect((await daemon.as(ran.person, ["whoami", "-o", "name"])).stdout).toBe("ann\n");
});

test("a login that was allowed by a session that ended before it was fetched is over", async () => {
  const admin = await login("--sso", async (address) => {
    await fetch((await answerOf(signedIn("root"), requestIn(address))).onward ?? "");
  });
  const before = new Set((await sessionsOf(admin.person)).map(({ id }: { id: string }) => id));
  const ran = await login("--sso", async (address) => {
    const { onward = "" } = await answerOf(signedIn("leaver"), requestIn(address));
    const carried = (await sessionsOf(admin.person)).filter(
      (one: { id: string; carried: string; account: string }) =>
        one.carried === "cookie" && one.account === "root" && before.has(one.id),
    );
    expect(carried).toHaveLength(2);
    for (const { id } of carried) await daemon.as(admin.person, ["account", "session", "revoke", id]);
    await fetch(onward);
  });
  expect(ran.code).toBe(4);
});

test("a daemon that was started again between knows nothing of it, and says so", async () => {
  const ran = await login("--sso", async (address) => {
    const { onward = "" } = await answerOf(signedIn(), requestIn(address));
    await daemon.restart();
    await fetch(onward);
  });
  expect([ran.code, ran.stderr]).toEqual([4, expect.stringContaining("forgets it when it is started again")]);
});

test("flags that say two ways, and what a program may not ask for", async () => {
  for (const flags of ["--sso --token-stdin", "--device --sso", "--device --username ann"])
    expect((await daemon.as("x", ["login", daemon.url, ...flags.split(" ")])).code).toBe(2);
  const challenge = "a".repeat(43);
  for (const body of [
    { challenge: "short", agent: "x", way: "device" },
    { challenge, agent: "x", way: "browser", port: 80, state: "s".repeat(43) },
    { challenge, agent: "x", way: "browser", port: 8_080, state: "<script>" },
    { challenge, agent: "x", way: "else" },
    { challenge, way: "device" },
  ])
    expect((await post("", body)).status).toBe(400);
  const form = await fetch(`${daemon.url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", origin: daemon.url },
    body: "username=ann",
  });
  expect(form.status).toBe(415);
});

test("an address has twenty open logins, and no more", async () => {
  const body = { challenge: "b".repeat(43), agent: "<b>x</b>", way: "device" };
  const answers = await Promise.all(Array.from({ length: 25 }, () => post("", body)));
  expect(answers.some(({ status }) => status === 429)).toBe(true);
  const { code } = (await answers.find(({ ok }) => ok)?.json()) as { code: string };
  const browser = signedIn();
  expect((await browser.send({ do: "find", code })).text).toContain("&#60;b&#62;x&#60;/b&#62;");
  const wrong = [];
  for (let tries = 0; tries < 11; tries++)
    wrong.push((await browser.send({ do: "find", code: "BBBB-BBBB" })).status);
  expect([wrong[0], wrong.at(-1)]).toEqual([404, 429]);
  expect((await browser.send({ do: "find", code })).status).toBe(429);
});
