/** Spans as OTLP/HTTP has them in JSON. Source: opentelemetry-proto 1.x, trace service, and its mapping to JSON. */
import { defined } from "../lib/defined.ts";
import type { Span } from "./span.ts";

/** Who sends them. */
export interface TraceResource {
  version: string;
  /** Tells two daemons apart. */
  instance: string;
}

const INTERNAL = 1;
const [OK, ERROR] = [1, 2];

export function otlpRequest(spans: readonly Span[], { version, instance }: TraceResource): object {
  return {
    resourceSpans: [
      {
        resource: {
          attributes: attributesOf({
            "service.name": "holdfast",
            "service.version": version,
            "service.instance.id": instance,
          }),
        },
        scopeSpans: [{ scope: { name: "holdfast", version }, spans: spans.map(spanJson) }],
      },
    ],
  };
}

function spanJson({ traceId, spanId, parentId, name, fromMs, toMs, attributes, error }: Span): object {
  return {
    traceId,
    spanId,
    ...defined({ parentSpanId: parentId }),
    name,
    kind: INTERNAL,
    startTimeUnixNano: nanoseconds(fromMs),
    endTimeUnixNano: nanoseconds(toMs),
    attributes: attributesOf(attributes),
    status: error === undefined ? { code: OK } : { code: ERROR, message: error },
  };
}

/** A text: a number of JavaScript does not hold them all. */
function nanoseconds(ms: number): string {
  return (BigInt(Math.floor(ms)) * 1_000_000n + BigInt(Math.round((ms % 1) * 1e6))).toString();
}

function attributesOf(attributes: Span["attributes"]): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: string | number | boolean): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
