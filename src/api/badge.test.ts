import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type FakeControl, fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import type { Application } from "../core/model/application.ts";
import type { HealthStatus } from "../core/model/health.ts";
import type { SettingsFacts } from "./context.ts";

const COMMIT = "9f2e1aa4c5d69f2e1aa4c5d69f2e1aa4c5d60000";
const TOKEN = "a-token";

let control: FakeControl;
let badges: string[];
let api: FakeApi;
beforeEach(() => {
  control = fakeControl();
  control.put(app("web", "team", "Healthy", "Synced"));
  control.put(app("api", "team", "Degraded", "OutOfSync"));
  control.put(app("hidden", "other", "Healthy", "Synced"));
  control.put(app("web", "team", "Progressing", "Synced", "elsewhere"));
  badges = ["team/*"];
  const settings = (): SettingsFacts => ({
    ...{ installationID: "", namespaces: "home", impersonation: "off", plugins: [], trust: [] },
    ...{ kustomize: { buildOptions: [], versions: [] }, badges },
  });
  api = startFakeApi(control, { token: TOKEN, settings });
});
afterEach(() => api.stop());

function app(
  name: string,
  project: string,
  health: HealthStatus,
  sync: "Synced" | "OutOfSync",
  namespace = "argocd",
): Application {
  const { status: _, ...of } = fakeApp(namespace, name);
  return {
    ...of,
    spec: { ...of.spec, project },
    status: {
      sync: { status: sync, comparedTo: { destination: {} }, revision: COMMIT },
      health: { status: health },
      ...{ resources: [], history: [], reconciledAt: "2026-11-29T00:00:00Z" },
    },
  } as Application;
}

async function badge(query: string, headers: Record<string, string> = {}) {
  const reply = await fetch(`${api.url}/api/badge${query}`, { headers });
  const text = await reply.text();
  const said = /<title>(.*)<\/title>/.exec(text)?.[1];
  return { status: reply.status, text, said, headers: reply.headers };
}

describe("/api/badge", () => {
  test.each([
    ["?name=web", "Healthy, Synced"],
    ["?name=api", "Degraded, OutOfSync"],
    ["?name=web&revision=true", "Healthy, Synced, 9f2e1aa"],
    ["?name=web&revision=true&keepFullRevision=true", `Healthy, Synced, ${COMMIT}`],
    ["?name=web&showAppName=true", "web, Healthy, Synced"],
    ["?name=web&project=team", "Healthy, Synced"],
    ["?project=team", "Degraded, OutOfSync"],
    ["?project=other&project=team&showAppName=true&revision=true", "Degraded, OutOfSync"],
    ["?name=web&project=other", "Not Found"],
    ["?project=other", "Not Found"],
    ["?name=", "Not Found"],
    ["", "Not Found"],
  ])("%s says %s", async (query, said) => {
    expect(await badge(query)).toMatchObject({ status: 200, said });
  });

  test("what everybody may not see is as what is not there, byte by byte, whoever asks", async () => {
    for (const query of ["", "&showAppName=true&revision=true", "&project=other", "&namespace=argocd"])
      for (const headers of [{}, { authorization: `Bearer ${TOKEN}` }]) {
        const [hidden, absent] = [
          await badge(`?name=hidden${query}`, headers),
          await badge(`?name=nothing${query}`, headers),
        ];
        expect(hidden.text).toBe(absent.text);
        const told = ({ headers: of }: typeof hidden) => [...of].filter(([name]) => name !== "date");
        expect([hidden.status, told(hidden)]).toEqual([absent.status, told(absent)]);
      }
  });

  test("beside the home namespace one is named with its own, and so it is in the config", async () => {
    // As in policies, a * takes what is in it of any namespace.
    expect((await badge("?name=web&namespace=elsewhere")).said).toBe("Progressing, Synced");
    badges = ["team/web"];
    expect((await badge("?name=web&namespace=elsewhere")).said).toBe("Not Found");
    badges = ["team/elsewhere/*"];
    expect((await badge("?name=web&namespace=elsewhere")).said).toBe("Progressing, Synced");
    expect((await badge("?name=web")).said).toBe("Not Found");
  });

  test("a page elsewhere may show it, and nothing of it runs or is fetched", async () => {
    const { status, headers, text } = await badge("?name=web", {
      origin: "https://example.com",
      ...{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
    });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("image/svg+xml");
    expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(headers.get("cache-control")).toBe("no-cache");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(text.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/script|style=|href|url\(|http/);
    // Of everything else that stays forbidden.
    const other = await fetch(`${api.url}/api/version`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(other.headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });

  test("a revision that is markup is text, and a long one is cut", async () => {
    const evil = app("web", "team", "Healthy", "Synced");
    const revision = `<script>"&${"x".repeat(500)}`;
    control.put({ ...evil, status: { ...evil.status!, sync: { ...evil.status!.sync, revision } } });
    const { text } = await badge("?name=web&revision=true");
    expect(text).not.toContain("<script");
    expect(text).toContain("&#60;script&#62;&#34;&#38;x");
    expect(text).not.toContain("x".repeat(65));
  });

  test("is off until the config names something: then it is as closed as the rest", async () => {
    badges = [];
    expect((await badge("?name=web")).status).toBe(401);
    const { status, text } = await badge("?name=web", { authorization: `Bearer ${TOKEN}` });
    expect([status, text]).toEqual([404, expect.stringContaining("server.badges")]);
  });

  test("is read alone", async () => {
    const reply = await fetch(`${api.url}/api/badge`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(reply.status).toBe(401);
  });
});
