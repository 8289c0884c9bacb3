/** ApplicationSets through the HTTP API, with sets in memory behind it. */
import { describe, expect, test } from "bun:test";
import { setKey } from "../../src/core/model/application-set.ts";
import { applicationSetsApiConformance } from "../conformance/application-sets-api.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { fakeSets, shopsSet } from "../fakes/fake-sets.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const spec = {
  project: "default",
  source: { repoURL: "https://git.example.com/shop.git", path: "made" },
  destination: { server: "https://kubernetes.default.svc", namespace: "made" },
};

function stage() {
  const control = fakeControl();
  return { control, sets: fakeSets(control) };
}

applicationSetsApiConformance("on sets in memory", "files", async (token) => {
  const { control, sets } = stage();
  await sets.add(shopsSet(["given"], { name: "given" }), { from: "file", file: "sets/given.yaml", line: 1 });
  const regions = ["a", "b", "c"];
  await sets.add(shopsSet(regions, { name: "shrunk" }));
  await sets.add(shopsSet([], { name: "shrunk" }));
  const api = startFakeApi(control, { sets, ...(token === undefined ? {} : { token }) });
  return {
    url: api.url,
    namespace: "argocd",
    app: "shop-given",
    gone: regions.map((region) => `argocd/shop-${region}`),
    spec,
    stop: api.stop,
  };
});

describe("where nothing is made of ApplicationSets", () => {
  test.each([
    "GET /api/v1/applicationsets",
    "GET /api/v1/applicationsets/web",
    "GET /api/v1/stream/applicationsets",
    "POST /api/v1/applicationsets",
    "DELETE /api/v1/applicationsets/web",
    "GET /api/v1/applicationsets/web/resource-tree",
    "GET /api/holdfast/v1/applicationsets",
    "POST /api/holdfast/v1/applicationsets/preview",
  ])("%s says so, and what to do instead", async (ask) => {
    const api = startFakeApi(fakeControl());
    const [method = "", path] = ask.split(" ");
    const reply = await fetch(`${api.url}${path}`, {
      method,
      headers: { "content-type": "application/json" },
    });
    expect([reply.status, await reply.json()]).toEqual([
      501,
      expect.objectContaining({ code: 12, message: expect.stringContaining("holdfast appset generate") }),
    ]);
    const { applicationSets } = (await (await fetch(`${api.url}/api/holdfast/v1/status`)).json()) as {
      applicationSets: unknown;
    };
    expect(applicationSets).toBeUndefined();
    await api.stop();
  });
});

test("the stream of sets tells all there are, then each that comes, changes or goes, as Argo CD writes it", async () => {
  const { control, sets } = stage();
  await sets.add(shopsSet(["eu"]));
  await sets.add(shopsSet(["us"], { name: "other" }));
  const api = startFakeApi(control, { sets });
  const reply = await fetch(
    `${api.url}/api/v1/stream/applicationsets?name=shops&fields=result.type,result.applicationSet.metadata.name,result.applicationSet.status.resourcesCount`,
  );
  const lines = (async function* () {
    let text = "";
    for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n")) {
        const line = text.slice(0, at);
        text = text.slice(at + 1);
        if (line !== "") yield JSON.parse(line);
      }
    }
  })();
  const event = (type: string, resourcesCount: number) => ({
    result: { type, applicationSet: { metadata: { name: "shops" }, status: { resourcesCount } } },
  });
  const next = async () => (await lines.next()).value;
  expect(await next()).toEqual(event("ADDED", 1));
  await sets.add(shopsSet(["us", "jp"], { name: "other" }));
  await sets.add(shopsSet(["eu", "fr"]));
  expect(await next()).toEqual(event("MODIFIED", 2));
  await sets.remove(setKey("argocd", "shops"), "me");
  expect(await next()).toEqual(event("DELETED", 2));
  await lines.return(undefined);
  await api.stop();
});

describe("ApplicationSets through the API", () => {
  const ask = async (url: string, body?: unknown, method = "POST"): Promise<unknown> =>
    (
      await fetch(url, {
        method: body === undefined ? "GET" : method,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    ).json();

  test("a name that two namespaces have is not enough", async () => {
    const { control, sets } = stage();
    await sets.add(shopsSet(["a"]));
    await sets.add(shopsSet(["b"], { namespace: "team" }));
    const api = startFakeApi(control, { sets });
    expect(await ask(`${api.url}/api/v1/applicationsets/shops`)).toMatchObject({
      code: 3,
      details: { reason: "ambiguous", names: ["argocd/shops", "team/shops"] },
    });
    expect(await ask(`${api.url}/api/v1/applicationsets/shops?appsetNamespace=team`)).toMatchObject({
      metadata: { namespace: "team" },
    });
    await api.stop();
  });

  test("projects are those of the template", async () => {
    const { control, sets } = stage();
    await sets.add(shopsSet(["a"]));
    await sets.add(shopsSet(["b"], { name: "team", project: "team" }));
    const api = startFakeApi(control, { sets });
    for (const query of ["projects=team", "project=team", "projects=nobody&projects=team"])
      expect(await ask(`${api.url}/api/v1/applicationsets?${query}`)).toMatchObject({
        items: [{ metadata: { name: "team" } }],
      });
    await api.stop();
  });

  test("what a client read it may send again: the server's fields and the status are not taken", async () => {
    const { control, sets } = stage();
    await sets.add(shopsSet(["a"]));
    const api = startFakeApi(control, { sets });
    const read = (await ask(`${api.url}/api/v1/applicationsets/shops`)) as { metadata: object };
    const sent = {
      ...read,
      metadata: { ...read.metadata, uid: "u", resourceVersion: "7", generation: 2, creationTimestamp: null },
    };
    expect(await ask(`${api.url}/api/v1/applicationsets`, sent)).toMatchObject({
      metadata: { name: "shops" },
    });
    expect(sets.calls).toEqual([]);
    await ask(`${api.url}/api/v1/applicationsets?upsert=true`, { ...sent, spec: shopsSet(["b"]).spec });
    expect(sets.set(setKey("argocd", "shops"))?.set).toEqual(shopsSet(["b"]));
    await api.stop();
  });

  test("a preview shows that a secret changes, and neither of its values", async () => {
    const { control, sets } = stage();
    await sets.add(shopsSet(["a"], { password: "0ld-s3cret" }));
    const api = startFakeApi(control, { sets });
    const next = shopsSet(["a", "b"], { password: "n3w-s3cret" });
    const told = JSON.stringify(await ask(`${api.url}/api/holdfast/v1/applicationsets/preview`, next));
    expect(told).toContain("++++++++ (changed)");
    expect(told).not.toContain("s3cret");
    const { steps } = JSON.parse(told) as { steps: { do: string; difference: object }[] };
    expect(steps.map((step) => [step.do, Object.keys(step.difference).sort().join(" ")])).toEqual([
      ["update", "change fields group hook kind name namespace version"],
      ["create", "change fields group hook kind name namespace predicted version"],
    ]);
    await api.stop();
  });

  test("a set that comes out in part is said so, and a dry run of it is refused with the reason", async () => {
    const { control, sets } = stage();
    await sets.add(shopsSet(["a", "b"]));
    const api = startFakeApi(control, { sets });
    const broken = shopsSet(["a"]);
    broken.spec.generators.push({ clusters: {} });
    expect(await ask(`${api.url}/api/holdfast/v1/applicationsets/preview`, broken)).toMatchObject({
      is: "part",
      problems: [{ severity: "error", text: expect.stringContaining("does not answer") }],
      steps: [
        { do: "nothing", application: "argocd/shop-a" },
        {
          do: "held",
          application: "argocd/shop-b",
          wanted: "delete",
          why: expect.stringContaining("in part"),
        },
      ],
    });
    expect(await ask(`${api.url}/api/v1/applicationsets?dryRun=true&upsert=true`, broken)).toMatchObject({
      code: 3,
      message: expect.stringContaining("does not answer"),
    });
    expect(await ask(`${api.url}/api/v1/applicationsets/generate`, { applicationSet: broken })).toMatchObject(
      {
        applications: [{ metadata: { name: "shop-a" } }],
        problems: [{ severity: "error" }],
      },
    );
    await sets.add(broken);
    expect(await ask(`${api.url}/api/holdfast/v1/status`)).toMatchObject({
      applicationSets: {
        wrong: [{ name: "argocd/shops", message: expect.stringContaining("does not answer") }],
      },
    });
    await api.stop();
  });

  test("what a parent renders is changed where it is rendered", async () => {
    const { control, sets } = stage();
    await sets.add(shopsSet(["a"]), { from: "parent" });
    const api = startFakeApi(control, { sets });
    const refusal = { code: 7, details: { reason: "managed-by-parent" } };
    for (const query of ["upsert=true", "upsert=true&dryRun=true"])
      expect(await ask(`${api.url}/api/v1/applicationsets?${query}`, shopsSet(["b"]))).toMatchObject(refusal);
    expect(await ask(`${api.url}/api/v1/applicationsets/shops`, {}, "DELETE")).toMatchObject(refusal);
    await api.stop();
  });

  test("files that cannot be read are among the problems", async () => {
    const { control, sets } = stage();
    sets.setProblems([{ severity: "error", file: "sets/web.yaml", line: 3, text: "is no ApplicationSet" }]);
    const api = startFakeApi(control, { sets });
    expect(await ask(`${api.url}/api/holdfast/v1/problems`)).toEqual({
      items: [{ severity: "error", file: "sets/web.yaml", line: 3, text: "is no ApplicationSet" }],
    });
    await api.stop();
  });
});
