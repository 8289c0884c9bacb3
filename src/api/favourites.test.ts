import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { memoryStore } from "../../test/fakes/memory-store.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import { AccessPolicy } from "../core/access/access-policy.ts";
import { askerOf } from "../core/access/asker.ts";
import { parsePolicy } from "../core/access/policy-text.ts";
import type { Actor } from "../core/model/activity.ts";
import { MOST_FAVOURITES } from "../core/ports/favourites.ts";
import { keptFavourites } from "../daemon/kept-favourites.ts";

const store = memoryStore();
let lines: string[];
let control: ReturnType<typeof fakeControl>;
let api: FakeApi;

beforeEach(() => {
  control = fakeControl();
  lines = ["p, ann, applications, get, */*, allow", "p, bob, applications, get, */*, allow"];
  for (const name of ["web", "db"]) control.put(fakeApp("argocd", name));
  control.put(fakeApp("team", "web"));
  api = startFakeApi(control, {
    favourites: keptFavourites(store),
    who: (request) => {
      const { name = "ann", ...who } = JSON.parse(request.headers.get("x-who") ?? "{}") as Partial<Actor>;
      const policy = new AccessPolicy({
        lines: parsePolicy(lines.join("\n"), "policy.csv").lines,
        ...{ projects: new Map(), matchMode: "glob", defaultRole: undefined },
      });
      const actor = { kind: "account" as const, via: "s1", ...who, name };
      return {
        ...{ is: "known", by: "header" },
        asker: askerOf({ actor: `user:${name}`, subject: { name, groups: [] }, who: actor }, () => policy),
      };
    },
  });
});
afterEach(() => api.stop());

async function ask(method: string, path: string, who: Partial<Actor> = {}) {
  const reply = await fetch(`${api.url}/api/holdfast/v1/${path}`, {
    method,
    headers: { "content-type": "application/json", "x-who": JSON.stringify(who) },
  });
  return { status: reply.status, text: await reply.text() };
}
const star = (key: string, who?: Partial<Actor>) => ask("PUT", `applications/${key}/favourite`, who);
const unstar = (key: string, who?: Partial<Actor>) => ask("DELETE", `applications/${key}/favourite`, who);
const of = async (who?: Partial<Actor>): Promise<string[]> =>
  (JSON.parse((await ask("GET", "favourites", who)).text) as { items: string[] }).items;

describe("favourites", () => {
  test("are of one person, whichever session or token of theirs asks, by namespace and name, and outlive the daemon", async () => {
    for (const key of ["argocd/web", "team/web", "argocd/web"]) expect((await star(key)).status).toBe(200);
    expect(await of()).toEqual(["argocd/web", "team/web"]);
    expect(await of({ via: "another" })).toEqual(["argocd/web", "team/web"]);
    expect(await of({ name: "bob" })).toEqual([]);
    // Somebody elsewhere who is called the same is somebody else.
    expect(await of({ kind: "sso", issuer: "https://id.example.com" })).toEqual([]);
    await unstar("argocd/web");
    expect(await of()).toEqual(["team/web"]);
    expect(keptFavourites(store).of(JSON.stringify(["account", "", "ann"]))).toEqual(["team/web" as never]);
    await unstar("team/web");
    expect(await of()).toEqual([]);
  });

  test("tell no name that is gone or hidden, and know it again when it is back", async () => {
    for (const key of ["argocd/web", "argocd/db"]) await star(key);
    control.drop("argocd/db" as never);
    expect(await of()).toEqual(["argocd/web"]);
    lines = ["p, ann, applications, get, default/db, allow"];
    expect(await of()).toEqual([]);
    const hidden = await star("team/web");
    const absent = await star("team/nowhere");
    expect([hidden.status, absent.status]).toEqual([403, 403]);
    expect(hidden.text).toBe(absent.text);
    expect((await unstar("argocd/web")).text).toBe((await unstar("argocd/nowhere")).text);
    lines = ["p, ann, applications, get, */*, allow"];
    control.put(fakeApp("argocd", "db"));
    expect(await of()).toEqual(["argocd/web", "argocd/db"]);
    for (const key of ["argocd/web", "argocd/db"]) await unstar(key);
  });

  test("are bounded: what nobody sees makes room, what is seen is refused with why", async () => {
    const names = Array.from({ length: MOST_FAVOURITES }, (_, at) => `app-${at}`);
    for (const name of names) control.put(fakeApp("argocd", name));
    keptFavourites(store).put(
      JSON.stringify(["account", "", "ann"]),
      names.map((name) => `argocd/${name}` as never),
    );
    const refused = await star("argocd/web");
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("that is the most")]);
    control.drop("argocd/app-3" as never);
    expect((await star("argocd/web")).status).toBe(200);
    const now = await of();
    expect([now.length, now.at(-1), now.includes("argocd/app-3")]).toEqual([
      MOST_FAVOURITES,
      "argocd/web",
      false,
    ]);
  });

  test.each(["argocd/..%2Fx", "Argo/web", `argocd/${"a".repeat(300)}`])("%p is no name", async (key) => {
    expect((await star(key)).status).toBeOneOf([400, 403, 404]);
  });
});
