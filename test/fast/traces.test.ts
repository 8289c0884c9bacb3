/** One commit's way as traces: a real push, the daemon in a process of its own, and a server that receives what it sends. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import { isSettled, mapText, startWebhookStage, type WebhookStage } from "../webhooks/stage.ts";

interface SentSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status: { code: number; message?: string };
}

/** As OTLP has it in JSON. */
interface SentTraces {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: SentSpan[] }[];
  }[];
}

const SECRET = "Bearer the-receiver-s-own";
const spans: SentSpan[] = [];
const resources = new Set<string>();
let refusals = 2;
const receiver = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    if (new URL(request.url).pathname !== "/v1/traces" || request.headers.get("authorization") !== SECRET)
      return new Response("", { status: 403 });
    // Away for a while: what it did not take comes again.
    if (refusals-- > 0) return new Response("", { status: 503 });
    const body = (await request.json()) as SentTraces;
    for (const { resource, scopeSpans } of body.resourceSpans) {
      for (const { key, value } of resource.attributes) resources.add(`${key}=${value.stringValue}`);
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    return Response.json({});
  },
});
let stage: WebhookStage;
beforeAll(async () => {
  stage = await startWebhookStage(
    `webhooks: { gitea: { secret: the-secret-of-the-hook } }\ntracing: { endpoint: "http://127.0.0.1:${receiver.port}/", authorization: "${SECRET}" }\n`,
  );
}, 60_000);
afterAll(async () => {
  await stage?.stop();
  await receiver.stop(true);
});

const attributesOf = ({ attributes }: SentSpan): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

describe("a commit's way", () => {
  let root: SentSpan;

  test("is sent from the push to healthy, once the receiver is there again", async () => {
    const { sha } = await stage.push({ "app/a.yaml": mapText("second") });
    await stage.daemon.until("shop", (app) => app.status.sync.revision === sha && isSettled(app));
    await eventually(
      "the way is received",
      () => spans.some(({ parentSpanId }) => parentSpanId === undefined),
      30_000,
    );
    root = spans.find(({ parentSpanId }) => parentSpanId === undefined)!;
    expect(root.name).toBe("deliver argocd/shop");
    expect(attributesOf(root)).toMatchObject({
      "holdfast.application": "argocd/shop",
      "holdfast.project": "default",
      "vcs.ref.head.revision": sha,
      "holdfast.automated": true,
    });
    expect(root.status.code).toBe(1);
    const own = spans.filter(({ parentSpanId }) => parentSpanId === root.spanId);
    expect(own.map(({ name }) => name)).toEqual(["push", "look", "compare", "sync", "healthy"]);
    const render = spans.find(({ name }) => name === "render")!;
    expect(render.parentSpanId).toBe(own[1]!.spanId);
    expect(attributesOf(render)).toMatchObject({
      "holdfast.tools": "Directory",
      "holdfast.from": "renderer",
    });
    expect([...resources]).toContain("service.name=holdfast");
  }, 90_000);

  test("has ids, times and parents as OTLP wants them", () => {
    const ids = new Set(spans.map(({ spanId }) => spanId));
    expect(ids.size).toBe(spans.length);
    for (const span of spans) {
      expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
      expect(span.traceId).toBe(root.traceId);
      const [from, to] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)];
      expect(from <= to).toBe(true);
      expect(from >= BigInt(root.startTimeUnixNano) && to <= BigInt(root.endTimeUnixNano)).toBe(true);
    }
  });

  test("has its id in the log's lines and in an exemplar, where metrics are asked for as OpenMetrics", async () => {
    const lines = stage.daemon
      .log()
      .split("\n")
      .filter((line) => line.includes(root.traceId))
      .map((line) => JSON.parse(line));
    expect(lines.map(({ trace, app }) => [trace, app])).toContainEqual([root.traceId, "argocd/shop"]);
    const accept = "application/openmetrics-text;version=1.0.0";
    const reply = await stage.daemon.ask("GET", "/metrics", undefined, { accept });
    expect(reply.headers.get("content-type")).toStartWith("application/openmetrics-text; version=1.0.0");
    expect(reply.text).toMatch(
      new RegExp(
        `holdfast_delivery_seconds_bucket\\{le="[^"]+",reached="healthy"\\} 1 # \\{trace_id="${root.traceId}"\\}`,
      ),
    );
    const plain = (await stage.daemon.ask("GET", "/metrics")).text;
    expect(plain).toContain('holdfast_delivery_seconds_count{reached="healthy"} 1');
    expect(plain).not.toContain("trace_id");
    expect(plain).toContain(`holdfast_trace_spans_total{outcome="sent"} ${spans.length}`);
  }, 30_000);

  test("that changes nothing of an application is none", async () => {
    const before = spans.length;
    const { sha } = await stage.push({ "other.md": "nothing of it" });
    await stage.daemon.until("shop", (app) => app.status.sync.revision === sha);
    const next = await stage.push({ "app/a.yaml": mapText("third") });
    await stage.daemon.until("shop", (app) => app.status.sync.revision === next.sha && isSettled(app));
    await eventually(
      "the next one is received",
      () => spans.slice(before).some((span) => attributesOf(span)["vcs.ref.head.revision"] === next.sha),
      30_000,
    );
    const roots = spans.slice(before).filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.map((span) => attributesOf(span)["vcs.ref.head.revision"])).toEqual([next.sha]);
  }, 90_000);

  test("sends its credentials where they were given for, and shows them nowhere", () => {
    expect(stage.daemon.log()).not.toContain("the-receiver-s-own");
  });
});
