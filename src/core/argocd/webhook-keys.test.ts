import { describe, expect, test } from "bun:test";
import { readArgoWebhooks } from "./webhook-keys.ts";

const read = (
  own: Record<string, string>,
  settings: Record<string, string> = {},
  others: [string, Record<string, string>][] = [],
) => readArgoWebhooks({ settings, access: {}, secrets: new Map([["argocd-secret", own], ...others]) });
const opened = ({ secrets = {} }: ReturnType<typeof read>) =>
  Object.fromEntries(
    Object.entries(secrets).map(([name, parts]) => [
      name,
      Object.fromEntries(Object.entries(parts).map(([part, secret]) => [part, secret.reveal()])),
    ]),
  );

describe("readArgoWebhooks()", () => {
  test("takes every key of argocd-secret to its provider", () => {
    const found = read({
      "webhook.github.secret": "a",
      "webhook.gitlab.secret": "b",
      "webhook.bitbucket.uuid": "c",
      "webhook.bitbucketserver.secret": "d",
      "webhook.azuredevops.username": "e",
      "webhook.azuredevops.password": "f",
      "webhook.gogs.secret": "g",
      "webhook.harbor.secret": "h\n",
      "admin.password": "i",
    });
    expect(opened(found)).toEqual({
      github: { secret: "a" },
      gitlab: { secret: "b" },
      bitbucket: { uuid: "c" },
      bitbucketServer: { secret: "d" },
      azureDevOps: { username: "e", password: "f" },
      gitea: { secret: "g" },
      harbor: { secret: "h" },
    });
    expect(found.problems).toEqual([]);
  });

  test("an empty one is none: nobody signs with nothing", () => {
    expect(opened(read({ "webhook.github.secret": " " }))).toEqual({});
  });

  test("what stands in another Secret is taken from there, and where it is lost nobody is let in", () => {
    const reference = { "webhook.github.secret": "$hooks:github" };
    expect(opened(read(reference, {}, [["hooks", { github: "deep" }]]))).toEqual({
      github: { secret: "deep" },
    });
    const lost = read(reference);
    expect(opened(lost)["github"]?.["secret"]).toBeDefined();
    expect(lost.problems.map(({ path, text }) => [path, text.includes("are refused")])).toEqual([
      ["webhook.github.secret", true],
    ]);
  });

  test("argocd-secret that was not seen yet says nothing, and a size that is none is told", () => {
    const unseen = readArgoWebhooks({
      settings: { "webhook.maxPayloadSizeMB": "3" },
      access: {},
      secrets: undefined,
    });
    expect([unseen.secrets, unseen.maxPayloadSizeMB, unseen.problems]).toEqual([undefined, 3, []]);
    for (const size of ["0", "-1", "1.5", "many", "1e3"]) {
      const { maxPayloadSizeMB, problems } = read({}, { "webhook.maxPayloadSizeMB": size });
      expect([maxPayloadSizeMB, problems.length]).toEqual([undefined, 1]);
    }
  });
});
