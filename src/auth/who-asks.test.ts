import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ADMIN, ANN, AuthRig } from "../../test/lib/auth-rig.ts";
import type { AskingAs } from "../core/model/credential-owner.ts";
import { PLAIN_SESSION_COOKIE, SESSION_COOKIE } from "./who-asks.ts";

let rig: AuthRig;
beforeEach(async () => {
  rig = new AuthRig();
  await rig.with(ADMIN, ANN);
});
afterEach(() => rig.remove());

const asks = (headers: Record<string, string>, transport: "tls" | "plain" = "tls") =>
  rig.who.ask(new Headers(headers), transport);

function session(owner: AskingAs, carried: "cookie" | "bearer" = "bearer"): string {
  return rig.sessions.begin({ owner, carried, source: "", agent: "" }).secret.reveal();
}
function token(owner: Parameters<typeof rig.tokens.make>[0]["owner"]): string {
  const made = rig.tokens.make({ owner, name: "t", scopes: "all", by: "ann" });
  if (made.is === "refused") throw new Error(made.why);
  return made.secret.reveal();
}
const ann: AskingAs = { kind: "account", name: "ann" };
const sso = (subject: string, groups: string[] = []): AskingAs => ({
  kind: "sso",
  issuer: "https://id.example.com",
  subject,
  name: subject,
  groups,
});

describe("WhoAsks.ask()", () => {
  test("knows sessions, tokens, and the server's own token", () => {
    rig.roles.add("shop/ci");
    const bearer = (text: string) => asks({ authorization: `Bearer ${text}` });
    expect(bearer(session(ann))).toMatchObject({ is: "session", subject: { name: "ann", groups: [] } });
    expect(bearer(token({ kind: "account", name: "ann" }))).toMatchObject({
      is: "token",
      subject: { name: "ann" },
    });
    expect(bearer(token({ kind: "project-role", project: "shop", role: "ci" }))).toMatchObject({
      is: "token",
      subject: { name: "proj:shop:ci", groups: [] },
    });
    expect(bearer("the-server-token")).toEqual({ is: "server-token" });
    expect(asks({ cookie: `a=b; ${SESSION_COOKIE}=${session(ann, "cookie")}` })).toMatchObject({
      is: "session",
    });
  });

  test("nobody is who shows nothing; what is shown and opens nothing is refused, never nobody", () => {
    expect([asks({}), asks({ cookie: "theme=dark" })]).toEqual([{ is: "nobody" }, { is: "nobody" }]);
    const bad = [
      "",
      "Bearer",
      "Bearer ",
      "Bearer wrong",
      "Basic YWRtaW46YWRtaW4=",
      `Basic ${session(ann)}`,
      session(ann),
      "Bearer the-server-token x",
      "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
      `Bearer ${session(ann, "cookie")}`,
    ];
    for (const authorization of bad)
      expect([authorization, asks({ authorization })]).toEqual([authorization, { is: "refused" }]);
    expect(asks({ cookie: `${SESSION_COOKIE}=` })).toEqual({ is: "refused" });
    expect(asks({ cookie: `${SESSION_COOKIE}=x` })).toEqual({ is: "refused" });
  });

  test("a header that fails is not made good by a cookie", () => {
    const cookie = `${SESSION_COOKIE}=${session(ann, "cookie")}`;
    expect(asks({ authorization: "Bearer wrong", cookie })).toEqual({ is: "refused" });
  });

  test("a cookie that stands twice, or came over plain HTTP to a TLS listener's name, is not believed", () => {
    const mine = session(ann, "cookie");
    expect(
      asks({ cookie: `${SESSION_COOKIE}=${session(ann, "cookie")}; ${SESSION_COOKIE}=${mine}` }),
    ).toEqual({
      is: "refused",
    });
    expect(asks({ cookie: `${PLAIN_SESSION_COOKIE}=${mine}` })).toEqual({ is: "nobody" });
    expect(asks({ cookie: `${SESSION_COOKIE}=${mine}` }, "plain")).toEqual({ is: "nobody" });
    expect(asks({ cookie: `${PLAIN_SESSION_COOKIE}=${mine}` }, "plain")).toMatchObject({ is: "session" });
  });

  test("a new secret is handed out with a cookie, and never with a header", () => {
    const [cookie, bearer] = [session(ann, "cookie"), session(ann)];
    rig.now += 16 * 60_000;
    const byCookie = asks({ cookie: `${SESSION_COOKIE}=${cookie}` });
    expect(byCookie.is === "session" && byCookie.handOut?.reveal()).toStartWith("hf_session_");
    expect(asks({ authorization: `bearer ${bearer}` })).not.toHaveProperty("handOut");
  });

  test.each(["admin", "ann", "role:admin", "proj:shop:ci", ""])(
    "whom a provider calls %j is nobody of ours",
    (subject) => {
      expect(asks({ authorization: `Bearer ${session(sso(subject))}` })).toEqual({ is: "refused" });
    },
  );

  test("no group of a provider is an account, a role or a project's token", () => {
    const shown = session(sso("248289761001", ["admin", "role:admin", "proj:shop:ci", "", "my-org:team"]));
    expect(asks({ authorization: `Bearer ${shown}` })).toMatchObject({
      is: "session",
      subject: { name: "248289761001", groups: ["my-org:team"] },
    });
  });

  test("any header is answered", () => {
    let seed = 7;
    const chance = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const parts = [
      "Bearer",
      " ",
      "hf_token_",
      "hf_session_",
      "0",
      "é",
      "=",
      ";",
      ",",
      '"',
      "\t",
      "a".repeat(50),
    ];
    for (let round = 0; round < 20_000; round++) {
      const authorization = Array.from({ length: chance(6) }, () => parts[chance(parts.length)]).join("");
      const { is } = asks({ authorization, cookie: `${SESSION_COOKIE}=${authorization}` });
      if (is !== "refused") throw new Error(`${JSON.stringify(authorization)} is ${is}`);
    }
  });
});
