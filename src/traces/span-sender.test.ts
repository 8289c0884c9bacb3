/** What is sent to a real server, what waits while it is away, and what is lost. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { eventually } from "../../test/lib/eventually.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { Secret } from "../core/model/secret.ts";
import type { Span } from "./span.ts";
import { SpanSender, type TraceTarget } from "./span-sender.ts";

let answer: (request: Request) => Response | Promise<Response>;
let got: string[];
let log: ReturnType<typeof recordingLog>;
let target: TraceTarget | undefined;
let counts: Record<string, number>;
let pauses: number[];
let sender: SpanSender;
let server: ReturnType<typeof Bun.serve>;
beforeEach(() => {
  got = [];
  counts = {};
  pauses = [];
  answer = () => Response.json({});
  log = recordingLog();
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const reply = await answer(request.clone());
      if (reply.ok) {
        const body = (await request.json()) as { resourceSpans: [{ scopeSpans: [{ spans: Span[] }] }] };
        got.push(...body.resourceSpans[0].scopeSpans[0].spans.map(({ name }: Span) => name));
      }
      return reply;
    },
  });
  target = { url: `http://127.0.0.1:${server.port}/v1/traces`, authorization: new Secret("Bearer s3cret") };
  sender = new SpanSender({
    target: () => target,
    resource: { version: "1", instance: "i" },
    clock: {
      // Pauses pass at once, and are looked at.
      async sleep(ms, signal) {
        pauses.push(ms);
        await Bun.sleep(1);
        signal?.throwIfAborted();
      },
    },
    log,
    count: (outcome, spans) => void (counts[outcome] = (counts[outcome] ?? 0) + spans),
  });
});
afterEach(async () => {
  await sender.stop();
  await server.stop(true);
});

const spans = (count: number, prefix = "s"): Span[] =>
  Array.from({ length: count }, (_, at) => ({
    traceId: "0".repeat(32),
    spanId: "0".repeat(16),
    name: `${prefix}${at}`,
    fromMs: 1_700_000_000_000.25,
    toMs: 1_700_000_000_001,
    attributes: { text: "a", whole: 3, part: 0.5, flag: true },
  }));

describe("SpanSender", () => {
  test("sends in the order in which they came, in pieces, with the credentials", async () => {
    const shown = new Set<string | null>();
    answer = (request) => {
      shown.add(request.headers.get("authorization"));
      return Response.json({});
    };
    sender.add(spans(1_200));
    // The last ones are counted when their answer is there.
    await eventually("all are counted", () => counts["sent"] === 1_200);
    expect(got).toEqual(spans(1_200).map(({ name }) => name));
    expect([...shown]).toEqual(["Bearer s3cret"]);
    expect(counts).toEqual({ sent: 1_200 });
  });

  test("writes times in nanoseconds and values by their kinds", async () => {
    let body: any;
    answer = async (request) => {
      body = await request.json();
      return Response.json({});
    };
    sender.add(spans(1));
    await eventually("it is there", () => got.length === 1);
    const [span] = body.resourceSpans[0].scopeSpans[0].spans;
    expect([span.startTimeUnixNano, span.endTimeUnixNano]).toEqual([
      "1700000000000250000",
      "1700000000001000000",
    ]);
    expect(span.attributes.map(({ value }: any) => value)).toEqual([
      { stringValue: "a" },
      { intValue: "3" },
      { doubleValue: 0.5 },
      { boolValue: true },
    ]);
  });

  test("sends again what a server that is busy did not take, after the pause that it asks for, and says so once", async () => {
    let refused = 0;
    answer = () =>
      ++refused <= 3 ? new Response("", { status: 429, headers: { "retry-after": "7" } }) : Response.json({});
    sender.add(spans(5));
    await eventually("all are there", () => got.length === 5);
    expect(pauses.filter((ms) => ms === 7_000)).toHaveLength(3);
    expect(log.lines.map(({ message }) => message)).toEqual([
      "traces cannot be sent; what has no room meanwhile is lost",
    ]);
  });

  test("gives up what is refused, and follows no redirect with its credentials", async () => {
    for (const reply of [
      new Response("", { status: 400 }),
      Response.redirect(`http://127.0.0.1:${server.port}/x`),
    ]) {
      const before = counts["refused"] ?? 0;
      let asked = 0;
      answer = () => {
        asked++;
        return reply;
      };
      sender.add(spans(2));
      await eventually("they are given up", () => counts["refused"] === before + 2);
      expect(asked).toBe(1);
    }
  });

  test("keeps the newest of what has no room while nobody is there, and never waits", async () => {
    answer = () => new Response("", { status: 503 });
    for (let at = 0; at < 20; at++) sender.add(spans(1_000, `${at}-`));
    await eventually("it was tried", () => pauses.length > 2);
    expect(counts["no room"]).toBeGreaterThanOrEqual(20_000 - 4_096);
    answer = () => Response.json({});
    await eventually(
      "what is left is sent",
      () => (counts["sent"] ?? 0) + (counts["no room"] ?? 0) === 20_000,
    );
    expect(got.at(-1)).toBe("19-999");
    expect(got.length).toBeLessThanOrEqual(4_096);
  });

  test("keeps nothing where nobody wants any, also from the moment on at which nobody does", async () => {
    target = undefined;
    sender.add(spans(3));
    expect(pauses).toEqual([]);
    target = { url: `http://127.0.0.1:${server.port}/v1/traces`, authorization: undefined };
    sender.add(spans(3));
    target = undefined;
    await eventually("it looked", () => pauses.length > 0);
    await sender.stop();
    expect(got).toEqual([]);
  });

  test("stops while a server is silent, and sends once more what is left", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    let asked = 0;
    answer = () => {
      asked++;
      return asked === 1 ? promise : Response.json({});
    };
    sender.add(spans(2));
    await eventually("it was asked", () => asked === 1);
    await sender.stop();
    resolve(new Response("", { status: 503 }));
    expect(got).toEqual(["s0", "s1"]);
    sender.add(spans(2, "late"));
    expect(got).toHaveLength(2);
  });
});
