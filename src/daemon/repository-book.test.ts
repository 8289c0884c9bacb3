import { afterEach, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endingOf, rejectionOf } from "../../test/lib/ending-of.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { RepositoryFolder } from "../config/repository-folder.ts";
import type { HeldRepository } from "../core/argocd/held.ts";
import { NO_TRUST } from "../core/argocd/host-trust.ts";
import { newKept } from "../core/argocd/kept-repository.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { Secret } from "../core/model/secret.ts";
import type { AuditEntry } from "../core/ports/journal.ts";
import type { RepositoryUse, WantedRepository } from "../core/ports/repository-desk.ts";
import { RepositoryBook } from "./repository-book.ts";
import type { RepositoryLooks } from "./repository-looks.ts";
import { RepositoryShelf } from "./repository-shelf.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const KEY = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs1",
  format: "pem",
}) as string;
const LENT = "canary-2c90";
const TEAM = "https://git.example.com/team";

/** Every repository answers, and with what it was asked is kept. */
function open(config: RepositoryAccess[] = [], secrets?: ConstructorParameters<typeof RepositoryShelf>[1]) {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-book-"));
  stops.push(() => rmSync(folder, { recursive: true, force: true }));
  const asked: RepositoryAccess[] = [];
  const audits: AuditEntry[] = [];
  let second = 0;
  const looks: Pick<RepositoryLooks, "prove" | "look" | "refs"> = {
    prove: async (access) => {
      asked.push(access);
      return "main@0123456";
    },
    look: async () => ({ is: "unheard" }),
    refs: async () => ({ head: undefined, branches: [], tags: [] }),
  };
  const book = new RepositoryBook({
    shelf: new RepositoryShelf(
      new RepositoryFolder(join(folder, "repositories"), "repositories"),
      secrets,
      1,
    ),
    looks: looks as RepositoryLooks,
    // Each one is younger than the one before.
    clock: {
      now: () => Date.parse("2026-11-29T10:00:00Z") + 1_000 * second++,
      monotonic: () => 0,
      sleep: async () => undefined,
    },
    log: recordingLog(),
    store: { condition: () => ({ is: "sound" }), audit: (entry) => audits.push(entry) },
  });
  book.configure({ repositories: config, git: { implementation: "auto" } });
  book.read();
  const put = (use: RepositoryUse, data: Record<string, string>) => book.put(wanted(use, data), "add", "dev");
  /** Whoever is asked with what was lent by another way than its own, in use or to be proven. */
  const diverted = (): string[] =>
    [...book.entries(), ...asked]
      .filter(
        ({ password, proxy, tlsCheck }) =>
          password?.reveal() === LENT && (proxy !== undefined || tlsCheck !== undefined),
      )
      .map(({ url }) => url);
  return { book, put, diverted, audits };
}
const wanted = (use: RepositoryUse, data: Record<string, string>): WantedRepository => ({
  use,
  data: new Secret(data),
});
const lender = (url: string): RepositoryAccess => ({ url, username: "ci", password: new Secret(LENT) });
const OWN_WAY = { url: `${TEAM}/x`, proxy: "http://proxy.example.net:3128", insecure: "true" };

describe("a way of its own has nobody else's credentials,", () => {
  test("not once those before them are taken away", async () => {
    const { book, put, diverted } = open([lender("https://git.example.com/")]);
    await put("repo-creds", { url: TEAM, username: "x", password: "x" });
    await put("repository", OWN_WAY);
    await book.remove({ use: "repo-creds", url: TEAM, project: "" }, "dev");
    expect(book.entries().map(({ url }) => url)).toContain(OWN_WAY.url);
    expect(diverted()).toEqual([]);
  });

  test("not where a project has an entry of the same address as the one that lends", async () => {
    const { book, put, diverted } = open();
    await put("repo-creds", { url: TEAM, username: "ci", password: LENT });
    await put("repo-creds", { url: TEAM, project: "p", username: "x", password: "x" });
    await put("repository", { ...OWN_WAY, project: "p" });
    await book.test(wanted("repository", { ...OWN_WAY, url: `${TEAM}/y`, project: "p" }));
    expect(diverted()).toEqual([]);
  });

  test("not of the config's entry around it", async () => {
    const { put, diverted } = open([lender("https://git.example.com/")]);
    await put("repository", OWN_WAY);
    expect(diverted()).toEqual([]);
  });

  test.each<[string, Record<string, string>, "git" | "helm"]>([
    ["nothing but a proxy", {}, "git"],
    ["what opens no charts", { githubAppID: "1", githubAppPrivateKey: KEY }, "helm"],
  ])("not through the proxy of repo-creds that hold %s", async (_, creds, type) => {
    const { book, put, diverted } = open([{ ...lender(`${TEAM}/`), type }]);
    const proxy = "http://proxy.example.net:3128";
    await put("repo-creds", { url: "https://git.example.com", project: "p", proxy, ...creds });
    await put("repository", { url: `${TEAM}/x`, project: "p", type });
    expect(
      book
        .entries()
        .find(({ url, type: of }) => url === `${TEAM}/x` && of === type)
        ?.proxy?.reveal(),
    ).toBe(proxy);
    expect(diverted()).toEqual([]);
  });

  test("and has its own", async () => {
    const { put, diverted } = open();
    await put("repository", { ...OWN_WAY, username: "ci", password: LENT });
    expect(diverted()).toEqual([OWN_WAY.url, OWN_WAY.url]);
  });
});

describe("what was made", () => {
  test("is in the activity although it cannot be taken into use, once for each", async () => {
    const { book, put, audits } = open();
    book.onChange(async () => {
      throw new Error("no use");
    });
    expect(await endingOf(put("repository", { url: `${TEAM}/x` }))).toThrow("no use");
    expect(audits.map(({ action, actor }) => [action, actor])).toEqual([["repository-add", "dev"]]);
    const removed = book.remove({ use: "repository", url: `${TEAM}/x`, project: "" }, "dev");
    expect(await endingOf(removed)).toThrow("no use");
    expect(audits.map(({ action }) => action)).toEqual(["repository-add", "repository-rm"]);
  });

  test("as a Secret that the cluster does not show yet is written, and said to be", async () => {
    const { put, audits } = open([], {
      write: async () => ({ uid: "u" }),
      remove: async () => undefined,
    });
    expect(await rejectionOf(put("repository", { url: `${TEAM}/x` }))).toMatchObject({
      code: "cluster-unreachable",
      retry: "backoff",
      message: expect.stringContaining("its Secret is written"),
    });
    expect(audits.map(({ action }) => action)).toEqual(["repository-add"]);
  });

  test("of nothing is not in the activity", async () => {
    const { put, audits } = open([], {
      write: async () => {
        throw new Error("refused");
      },
      remove: async () => undefined,
    });
    expect(await endingOf(put("repository", { url: `${TEAM}/x` }))).toThrow("refused");
    expect(audits).toEqual([]);
  });
});

describe("of several Secrets for one address", () => {
  const url = `${TEAM}/x`;
  const held = (secret: string, at: string, project = ""): HeldRepository => {
    const kept = newKept("repository", { url, password: secret, project }, { shown: secret, at });
    if (!kept.ok) throw new Error("it is sound");
    return { secret, uid: secret, version: "1", kept: kept.value };
  };
  const younger = held("younger", "2026-11-29T09:00:00Z"),
    older = held("older", "2026-11-29T08:00:00Z"),
    another = held("another", "2026-11-29T07:00:00Z", "p");

  test("the older one is written and removed, and a project's own is another one", async () => {
    const touched: (string | undefined)[] = [];
    const { book, diverted } = open([], {
      write: async (_, instead) => {
        touched.push(instead?.uid);
        return { uid: "u" };
      },
      remove: async ({ uid }) => void touched.push(uid),
    });
    book.inSecrets([younger, another, older], NO_TRUST);
    await book
      .put(wanted("repository", { ...OWN_WAY, url, password: LENT }), "upsert", "dev")
      .catch(() => undefined);
    // It was asked with what is given.
    expect(diverted()).toEqual([url]);
    await book.remove({ use: "repository", url, project: "" }, "dev");
    await book.remove({ use: "repository", url, project: "p" }, "dev");
    expect(touched).toEqual(["older", "older", "another"]);
  });
});
