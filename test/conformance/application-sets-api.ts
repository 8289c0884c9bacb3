/**
 * The HTTP paths of ApplicationSets as rows: what is sent, which status, which shape comes back. In their order, because
 * the later ones work on what the earlier ones made.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import { TOKEN } from "./api.ts";

/**
 * A running API. Its sets: `given`, from a file where files are the home, which makes `app`; and `shrunk` of the API,
 * whose applications `gone` wait for a person before they go.
 */
export interface SetsApiUnderTest {
  url: string;
  namespace: string;
  app: string;
  gone: string[];
  /** What applications of a set may be made from; nothing syncs them by itself. */
  spec: Record<string, unknown>;
  stop(): Promise<void>;
}

interface Row {
  does: string;
  ask: string;
  body?: unknown;
  status: number;
  /** Part of the JSON body, matchers allowed. */
  shape?: unknown;
  /** It follows from what was asked before, soon. */
  comes?: "soon";
}

const text = expect.any(String);
const error = (code: number, message: unknown = text): unknown => ({ error: message, code, message });
const one = (fields: object): unknown => expect.arrayContaining([expect.objectContaining(fields)]);
const OURS = "/api/holdfast/v1/applicationsets";

const made = (spec: Record<string, unknown>, elements: readonly string[], revision = "main") => {
  const source = { ...(spec["source"] as object), targetRevision: revision };
  return {
    metadata: { name: "made", labels: { team: "web" } },
    spec: {
      generators: [{ list: { elements: elements.map((name) => ({ name })) } }],
      template: { metadata: { name: "made-{{name}}" }, spec: { ...spec, source } },
    },
  };
};

/** Of whoever writes sets: with a cluster as the home the API changes all of them. */
type Home = "files" | "cluster";

function rows(home: Home, { namespace: ns, app, gone, spec }: Omit<SetsApiUnderTest, "url" | "stop">): Row[] {
  const set = made(spec, ["a", "b"]);
  const { generators, ...withoutGenerators } = set.spec;
  const application = (name: string, more: object = {}) => ({
    kind: "Application",
    metadata: { name, namespace: ns },
    spec: expect.objectContaining({ destination: spec["destination"] }),
    ...more,
  });
  return [
    {
      does: "lists sets with their status",
      ask: "GET /api/v1/applicationsets",
      status: 200,
      shape: {
        metadata: {},
        items: one({
          kind: "ApplicationSet",
          status: expect.objectContaining({ conditions: expect.any(Array) }),
        }),
      },
    },
    {
      does: "lists nothing of another project",
      ask: "GET /api/v1/applicationsets?projects=nobody",
      status: 200,
      shape: { items: [] },
    },
    {
      does: "lists nothing of another namespace",
      ask: "GET /api/v1/applicationsets?appsetNamespace=nowhere",
      status: 200,
      shape: { items: [] },
    },
    {
      does: "refuses a selector that is none",
      ask: "GET /api/v1/applicationsets?selector=a%3D%3D%3Db",
      status: 400,
      shape: error(3, expect.stringContaining("is no requirement")),
    },
    {
      does: "gets one",
      ask: "GET /api/v1/applicationsets/given",
      status: 200,
      shape: {
        kind: "ApplicationSet",
        metadata: { name: "given", namespace: ns },
        status: { resources: expect.any(Array) },
      },
    },
    {
      does: "does not find what there is not",
      ask: "GET /api/v1/applicationsets/nobody",
      status: 404,
      shape: error(5, "ApplicationSet nobody not found"),
    },
    {
      does: "does not find it in another namespace",
      ask: "GET /api/v1/applicationsets/given?appsetNamespace=nowhere",
      status: 404,
      shape: error(5),
    },
    {
      does: "tells its applications as a tree",
      ask: "GET /api/v1/applicationsets/given/resource-tree",
      status: 200,
      shape: {
        nodes: one({
          group: "argoproj.io",
          kind: "Application",
          name: app,
          parentRefs: [expect.objectContaining({ kind: "ApplicationSet", name: "given" })],
        }),
      },
    },
    {
      does: "tells what its generators found and what became of it",
      ask: `GET ${OURS}/${ns}/given/elements`,
      status: 200,
      shape: {
        is: "current",
        at: text,
        parameters: "shown",
        generators: one({
          path: text,
          elements: one({
            is: "made",
            name: text,
            parameters: expect.any(Object),
            application: `${ns}/${app}`,
          }),
        }),
        unwanted: [],
      },
    },
    {
      does: "tells no elements of a set that there is not",
      ask: `GET ${OURS}/${ns}/nobody/elements`,
      status: 404,
      shape: error(5),
    },
    {
      does: "tells where it is written, its applications and what waits",
      ask: `GET ${OURS}/${ns}/given`,
      status: 200,
      shape: {
        origin: home === "files" ? { from: "file", file: text } : { from: "cluster" },
        applicationSet: { metadata: { name: "given" } },
        applications: [`${ns}/${app}`],
        blocked: [],
      },
    },
    {
      does: "lists them so, with what cannot be read",
      ask: `GET ${OURS}`,
      status: 200,
      shape: { items: one({ origin: expect.any(Object) }), problems: expect.any(Array) },
    },
    {
      does: "lists them so by the same filters",
      ask: `GET ${OURS}?projects=nobody`,
      status: 200,
      shape: { items: [] },
    },
    {
      does: "counts them in the status",
      ask: "GET /api/holdfast/v1/status",
      status: 200,
      shape: { applicationSets: { total: 2, waiting: gone, wrong: [] } },
    },
    {
      does: "generates without making anything",
      ask: "POST /api/v1/applicationsets/generate",
      body: { applicationSet: set },
      status: 200,
      shape: { applications: [application("made-a"), application("made-b")], problems: [] },
    },
    {
      does: "generates nothing of nothing",
      ask: "POST /api/v1/applicationsets/generate",
      body: {},
      status: 400,
      shape: error(3, "body: applicationSet: this field is required"),
    },
    {
      does: "previews a set that is not there",
      ask: `POST ${OURS}/preview`,
      body: set,
      status: 200,
      shape: {
        applicationSet: `${ns}/made`,
        is: "whole",
        problems: [],
        steps: [
          { do: "create", application: `${ns}/made-a`, difference: { change: "create" } },
          { do: "create", application: `${ns}/made-b`, difference: { change: "create" } },
        ],
      },
    },
    {
      does: "tries it without making anything",
      ask: "POST /api/v1/applicationsets?dryRun=true",
      body: set,
      status: 200,
      shape: {
        metadata: { name: "made" },
        status: { resourcesCount: 2, resources: [{ name: "made-a" }, { name: "made-b" }] },
      },
    },
    { does: "made nothing so far", ask: "GET /api/v1/applicationsets/made", status: 404, shape: error(5) },
    {
      does: "refuses a set without generators, by the path",
      ask: "POST /api/v1/applicationsets",
      body: { ...set, spec: withoutGenerators },
      status: 400,
      shape: {
        ...(error(3, expect.stringContaining("generators")) as object),
        details: { reason: "invalid" },
      },
    },
    {
      does: "refuses what is none",
      ask: "POST /api/v1/applicationsets",
      body: [],
      status: 400,
      shape: error(3),
    },
    {
      does: "makes it",
      ask: "POST /api/v1/applicationsets",
      body: set,
      status: 200,
      shape: { kind: "ApplicationSet", metadata: { name: "made", namespace: ns } },
    },
    {
      does: "takes the same set again",
      comes: "soon",
      ask: "POST /api/v1/applicationsets",
      body: set,
      status: 200,
      shape: { metadata: { name: "made" } },
    },
    {
      does: "does not replace it unasked",
      ask: "POST /api/v1/applicationsets",
      body: made(spec, ["a"]),
      status: 400,
      shape: error(9),
    },
    {
      does: "does not even try to",
      ask: "POST /api/v1/applicationsets?dryRun=true",
      body: made(spec, ["a"]),
      status: 400,
      shape: error(9, expect.stringContaining("upsert")),
    },
    {
      does: "finds it by its labels",
      ask: "GET /api/v1/applicationsets?selector=team%3Dweb",
      status: 200,
      shape: { items: [{ metadata: { name: "made" } }] },
    },
    {
      does: "finds its applications",
      comes: "soon",
      ask: "GET /api/v1/applications/made-a",
      status: 200,
      shape: { kind: "Application", metadata: { name: "made-a" } },
    },
    {
      does: "previews a change: what is created, changed field by field, and deleted",
      comes: "soon",
      ask: `POST ${OURS}/preview`,
      body: made(spec, ["a", "c"], "next"),
      status: 200,
      shape: {
        applicationSet: `${ns}/made`,
        origin: { from: home === "files" ? "api" : "cluster" },
        is: "whole",
        steps: [
          {
            do: "update",
            application: `${ns}/made-a`,
            changed: ["spec.source.targetRevision"],
            difference: {
              kind: "Application",
              change: "change",
              fields: [{ path: "spec.source.targetRevision", live: "main", desired: "next" }],
            },
          },
          { do: "create", application: `${ns}/made-c`, from: expect.stringContaining("list") },
          { do: "delete", application: `${ns}/made-b`, difference: { change: "prune" } },
        ],
      },
    },
    {
      does: "previews what would be held, with the reason",
      comes: "soon",
      ask: `POST ${OURS}/preview`,
      body: made(spec, []),
      status: 200,
      shape: { steps: one({ do: "held", wanted: "delete", why: expect.stringContaining("a person") }) },
    },
    {
      does: "changes it where that is asked for",
      ask: "POST /api/v1/applicationsets?upsert=true",
      body: made(spec, ["a"]),
      status: 200,
      shape: { metadata: { name: "made" } },
    },
    {
      does: "refreshes it",
      comes: "soon",
      ask: `POST ${OURS}/${ns}/made/refresh`,
      body: {},
      status: 200,
      shape: { applicationSet: { metadata: { name: "made" } }, applications: [`${ns}/made-a`] },
    },
    {
      does: "refreshes nobody",
      ask: `POST ${OURS}/${ns}/nobody/refresh`,
      body: {},
      status: 404,
      shape: error(5),
    },
    {
      does: "refuses an approval of nothing",
      ask: `POST ${OURS}/${ns}/shrunk/approve`,
      body: { applications: [] },
      status: 400,
      shape: error(3, expect.stringContaining("applications: expected a list of at least one")),
    },
    {
      does: "refuses an approval of a part",
      ask: `POST ${OURS}/${ns}/shrunk/approve`,
      body: { applications: gone.slice(1) },
      status: 400,
      shape: error(9),
    },
    {
      does: "refuses an approval of what does not wait",
      ask: `POST ${OURS}/${ns}/shrunk/approve`,
      body: { applications: [`${ns}/made-a`] },
      status: 400,
      shape: error(9),
    },
    {
      does: "finds nobody to approve for",
      ask: `POST ${OURS}/${ns}/nobody/approve`,
      body: { applications: gone },
      status: 404,
      shape: error(5),
    },
    {
      does: "approves",
      ask: `POST ${OURS}/${ns}/shrunk/approve`,
      body: { applications: gone },
      status: 200,
      shape: { approved: gone },
    },
    ...(home === "files" ? ofFiles(set) : []),
    {
      does: "deletes it",
      ask: `DELETE /api/v1/applicationsets/made?appsetNamespace=${ns}`,
      status: 200,
      shape: { project: "default", applicationset: { metadata: { name: "made" } } },
    },
    { does: "deletes nobody", ask: "DELETE /api/v1/applicationsets/nobody", status: 404, shape: error(5) },
    {
      does: "tells its events",
      ask: `GET /api/v1/applicationsets/given/events?appsetNamespace=${ns}`,
      status: 200,
      // Nobody writes any into a cluster that has it.
      shape: { metadata: {}, items: home === "files" ? expect.arrayContaining([eventOfGiven]) : [] },
    },
    {
      does: "tells no events of nobody",
      ask: "GET /api/v1/applicationsets/nobody/events",
      status: 404,
      shape: error(5),
    },
    {
      does: "knows nothing else there",
      ask: "PUT /api/v1/applicationsets/given",
      body: {},
      status: 404,
      shape: error(5),
    },
  ];
}

const eventOfGiven = expect.objectContaining({
  kind: "Event",
  involvedObject: expect.objectContaining({ kind: "ApplicationSet", name: "given" }),
  reason: expect.any(String),
  message: expect.any(String),
});

function ofFiles(set: object): Row[] {
  return [
    {
      does: "replaces nothing that a file has",
      ask: "POST /api/v1/applicationsets?upsert=true",
      body: { ...set, metadata: { name: "given" } },
      status: 403,
      shape: { ...(error(7) as object), details: { reason: "managed-by-file", file: text } },
    },
    {
      does: "does not try to replace it",
      ask: "POST /api/v1/applicationsets?upsert=true&dryRun=true",
      body: { ...set, metadata: { name: "given" } },
      status: 403,
      shape: error(7),
    },
    {
      does: "deletes nothing that a file has",
      ask: "DELETE /api/v1/applicationsets/given",
      status: 403,
      shape: error(7),
    },
  ];
}

export function applicationSetsApiConformance(
  name: string,
  home: Home,
  start: (token?: string) => Promise<SetsApiUnderTest>,
): void {
  const send = ({ url }: SetsApiUnderTest, { ask, body }: Pick<Row, "ask" | "body">, headers = {}) => {
    const [method = "GET", path = "/"] = ask.split(" ");
    return fetch(url + path, {
      method,
      headers: { ...(method === "GET" ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  /** Names alone: what they work on is known when it runs. */
  const titles = rows(home, { namespace: "", app: "", gone: [], spec: {} }).map(({ does }, index) => ({
    does,
    index,
  }));

  describe(`ApplicationSets through HTTP: ${name}`, () => {
    let api: SetsApiUnderTest;
    beforeAll(async () => void (api = await start()));
    afterAll(() => api.stop());
    test.each(titles)("$does", async ({ index }) => {
      const row = rows(home, api)[index] as Row;
      const check = async (): Promise<void> => {
        const reply = await send(api, row);
        const body = await reply.text();
        expect(reply.status, body).toBe(row.status);
        if (row.shape !== undefined) expect(JSON.parse(body)).toMatchObject(row.shape as object);
      };
      if (row.comes === undefined) return check();
      let last: unknown;
      await eventually(
        () => `${row.does}: ${last}`,
        () =>
          check().then(
            () => true,
            (cause: unknown) => {
              last = cause;
              return false;
            },
          ),
      );
    });
  });

  describe(`ApplicationSets through HTTP at once: ${name}`, () => {
    let api: SetsApiUnderTest;
    beforeAll(async () => void (api = await start()));
    afterAll(() => api.stop());

    test("of two that are made under one name one is there, and the other is told", async () => {
      const bodies = ["one", "two"].map((revision) => made(api.spec, ["a"], revision));
      const replies = await Promise.all(
        bodies.map(async (body) => {
          const reply = await send(api, { ask: "POST /api/v1/applicationsets", body });
          return { status: reply.status, told: (await reply.json()) as unknown };
        }),
      );
      expect(replies.map(({ status }) => status).sort()).toEqual([200, 400]);
      expect(replies.find(({ status }) => status === 400)?.told).toMatchObject(error(9) as object);
      const winner = bodies[replies.findIndex(({ status }) => status === 200)];
      await eventually("the one that was taken is there", async () => {
        const reply = await send(api, { ask: "GET /api/v1/applicationsets/made" });
        if (reply.status !== 200) return false;
        expect(await reply.json()).toMatchObject({ spec: winner?.spec });
        return true;
      });
    });
  });

  describe(`ApplicationSets through HTTP with a token: ${name}`, () => {
    let api: SetsApiUnderTest;
    beforeAll(async () => void (api = await start(TOKEN)));
    afterAll(() => api.stop());
    test("every path is refused alike without it, and answered with it", async () => {
      const bodies = new Set<string>();
      for (const row of rows(home, api)) {
        const reply = await send(api, row);
        expect(reply.status, row.ask).toBe(401);
        bodies.add(await reply.text());
      }
      expect([...bodies].map((body) => JSON.parse(body) as unknown)).toEqual([error(16)]);
      const told = await send(
        api,
        { ask: "GET /api/v1/applicationsets" },
        { authorization: `Bearer ${TOKEN}` },
      );
      expect(told.status).toBe(200);
    });
  });
}
