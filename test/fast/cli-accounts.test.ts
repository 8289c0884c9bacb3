/** `holdfast account` and `whoami` against a real daemon: what each prints, what it changes, and whom it refuses. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type AccountsDaemon, PASSWORD, startAccountsDaemon } from "../lib/accounts-daemon.ts";

let daemon: AccountsDaemon;
beforeAll(async () => {
  daemon = await startAccountsDaemon();
  for (const person of ["ann", "root"]) await logIn(person);
}, 60_000);
afterAll(() => daemon?.stop());

const words = (line: string): string[] => line.split(" ");
const as = (person: string, line: string, more: Parameters<AccountsDaemon["as"]>[2] = {}) =>
  daemon.as(person, words(line), more);
const json = async (person: string, line: string) => JSON.parse((await as(person, `${line} -o json`)).stdout);

async function logIn(person: string, password = PASSWORD): Promise<void> {
  const { code, stderr } = await as(person, `login ${daemon.url} --username ${person} --password-stdin`, {
    stdin: { text: password },
  });
  expect([code, stderr]).toEqual([0, ""]);
}

test("whoami says who, where and by whom, in every form", async () => {
  expect(await as("ann", "whoami")).toMatchObject({
    code: 0,
    stdout: `Server    ${daemon.url}\nContext   127.0.0.1:${daemon.port}\nUser      ann\n`,
  });
  expect((await as("ann", "whoami -o name")).stdout).toBe("ann\n");
  expect((await as("ann", "whoami -o yaml")).stdout).toContain("username: ann\n");
  expect(await json("ann", "whoami")).toMatchObject({ loggedIn: true, username: "ann", issuer: "argocd" });
  expect((await as("nobody", `--server ${daemon.url} whoami`)).code).toBe(4);
});

test("whoever has no line of the policy sees their own account alone", async () => {
  expect((await as("ann", "account list -o name")).stdout).toBe("ann\n");
  expect((await as("root", "account list -o name")).stdout.split("\n")).toEqual(
    expect.arrayContaining(["ann", "root", "ci"]),
  );
  expect((await as("ann", "account get")).stdout).toContain("May       login, apiKey\n");
  expect((await as("ann", "account get root")).code).toBe(4);
  expect(await as("root", "account get nobody-at-all")).toMatchObject({ code: 3 });
});

test("can-i ends with what it prints", async () => {
  expect(await as("ann", "account can-i sync applications team-a/mine")).toMatchObject({
    ...{ code: 0, stdout: "yes\n" },
  });
  expect(await as("ann", "account can-i delete applications team-a/mine")).toMatchObject({
    ...{ code: 1, stdout: "no\n" },
  });
  expect(await json("ann", "account can-i get applications")).toMatchObject({ allowed: false, object: "*" });
  expect((await as("ann", "account can-i fly applications")).code).toBe(2);
});

test("a token is made once, may what its scope says, is listed without what opens anything, and is revoked", async () => {
  const made = await as("root", "account token create --account ci --id nightly --expires-in 1h");
  expect([made.code, made.stderr]).toEqual([0, ""]);
  const token = made.stdout.trim();
  const env = { HOLDFAST_SERVER: daemon.url, HOLDFAST_TOKEN: token };
  expect((await as("robot", "app list -o name", { env })).stdout).toContain("/mine\n");
  const listed = await as("root", "account token list --account ci -o json");
  expect(listed.stdout).not.toContain(token);
  expect(JSON.parse(listed.stdout).items).toMatchObject([{ id: "nightly", createdBy: "root" }]);
  expect((await as("root", "account token list --account ci")).stdout).toContain("nightly");

  const narrow = await as("root", "account token create --account ci --scope applications:sync:team-a/*");
  expect(
    (await as("robot", "app list -o name", { env: { ...env, HOLDFAST_TOKEN: narrow.stdout.trim() } })).stdout,
  ).toBe("");
  expect((await as("root", "account token create --account ci --scope applications")).code).toBe(2);

  expect((await as("ann", "account token revoke nightly --account ci")).code).toBe(4);
  expect((await as("root", "account token revoke nightly --account ci --reason leaked")).code).toBe(0);
  expect((await as("robot", "app list", { env })).code).toBe(4);
  expect((await as("root", "account token revoke nightly --account ci")).code).toBe(3);
});

test("sessions are listed and ended; one's own ends by logout and another's not by whoever may not", async () => {
  await logIn("ann");
  const [own] = (await json("ann", "account session list")).items.filter(
    ({ own }: { own?: string }) => own === "yes",
  );
  expect(own).toMatchObject({ account: "ann", carried: "bearer", address: "127.0.0.1" });
  const all = (await json("root", "account session list")).items;
  const rootOne = all.find(({ account }: { account: string }) => account === "root");
  expect((await json("ann", "account session list --account root")).items).toEqual([]);
  expect((await as("ann", `account session revoke ${rootOne.id}`)).code).toBe(4);
  expect((await as("root", `account session revoke ${own.id} --reason lost`)).code).toBe(0);
  expect((await as("ann", "app list")).code).toBe(4);
  expect((await as("root", `account session revoke ${own.id}`)).code).toBe(3);
  await logIn("ann");
});

test("a password is changed by whoever knows it, and the session that it was changed by goes on", async () => {
  const next = "another battery staple";
  const change = (person: string, text: string, more = "") =>
    as(person, `account update-password --stdin${more}`, { stdin: { text } });
  expect((await change("ann", `wrong\n${next}\n`)).code).toBe(2);
  expect((await change("ann", `${PASSWORD}\n${next}\n`, " --account root")).code).toBe(4);
  expect((await change("ann", `${PASSWORD}\n`)).code).toBe(2);
  expect(await change("ann", `${PASSWORD}\n${next}\n`)).toMatchObject({ code: 0, stderr: "" });
  expect((await as("ann", "whoami -o name")).stdout).toBe("ann\n");
  await logIn("ann", next);
  expect((await change("root", `${PASSWORD}\n${PASSWORD} anew\n`, " --account ann")).code).toBe(0);
  await logIn("ann", `${PASSWORD} anew`);
});

test("two logins at once lose neither's context", async () => {
  const names = Array.from({ length: 12 }, (_, at) => `at-${at}`);
  const ends = await Promise.all(
    names.map((name) =>
      as("both", `context add ${name} ${daemon.url} --token-stdin`, { stdin: { text: `t-${name}` } }),
    ),
  );
  expect(ends.map(({ code }) => code)).toEqual(names.map(() => 0));
  expect((await as("both", "context list -o name")).stdout.trim().split("\n").sort()).toEqual(names.sort());
});
