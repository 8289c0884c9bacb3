import { describe, expect, test } from "bun:test";
import { Counter, Histogram, Registry } from "prom-client";
import { expose } from "./exposition.ts";
import { Families, type Sample } from "./families.ts";
import { LeftOut } from "./series-bound.ts";

function exposed(): { families: Families; registries: Registry[]; leftOut: LeftOut; registers: Registry[] } {
  const registry = new Registry();
  return { families: new Families(), registries: [registry], leftOut: new LeftOut(), registers: [registry] };
}

describe("expose()", () => {
  test("names counters as each format does, and ends OpenMetrics", async () => {
    const { registers, ...what } = exposed();
    new Counter({ name: "kept_total", help: "K.", labelNames: ["of"], registers }).inc({ of: "x" }, 2);
    what.families.counter("read_total", "R.", () => [[{}, 3]]);
    expect(await expose(what, "text")).toBe(
      '# HELP kept_total K.\n# TYPE kept_total counter\nkept_total{of="x"} 2\n# HELP read_total R.\n# TYPE read_total counter\nread_total 3\n',
    );
    expect(await expose(what, "openmetrics")).toBe(
      '# HELP kept K.\n# TYPE kept counter\nkept_total{of="x"} 2\n# HELP read R.\n# TYPE read counter\nread_total 3\n# EOF\n',
    );
  });

  test("writes histograms, whose bounds are floats in OpenMetrics", async () => {
    const { registers, ...what } = exposed();
    const options = { name: "took", help: "T.", labelNames: ["of"], buckets: [0.5, 1], registers };
    new Histogram(options).observe({ of: "x" }, 0.7);
    const bounds = async (format: "text" | "openmetrics") =>
      [...(await expose(what, format)).matchAll(/^took_bucket\{le="([^"]+)",of="x"\} (\d)$/gm)].map(
        ([, le, count]) => `${le}=${count}`,
      );
    expect(await bounds("text")).toEqual(["0.5=0", "1=1", "+Inf=1"]);
    expect(await bounds("openmetrics")).toEqual(["0.5=0", "1.0=1", "+Inf=1"]);
    expect(await expose(what, "text")).toEndWith('took_sum{of="x"} 0.7\ntook_count{of="x"} 1\n');
  });

  test.each([
    ["quotes, backslashes and new lines", 'a"b\\c\nd', 'a\\"b\\\\c\\nd'],
    ["nothing", "", ""],
    ["what is too long", "x".repeat(10_000), `${"x".repeat(249)}…`],
  ])("escapes %s in a label", async (_, value, written) => {
    const { registers: __, ...what } = exposed();
    what.families.gauge("of", "O.", () => [[{ of: value }, 1]]);
    expect(await expose(what, "text")).toEndWith(`of{of="${written}"} 1\n`);
  });

  test.each([
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
    [1e21, "1e+21"],
  ])("writes %p as Prometheus reads it", async (value, written) => {
    const { registers: _, ...what } = exposed();
    what.families.gauge("of", "A help of two\nlines.", (): Sample[] => [[{}, value]]);
    expect(await expose(what, "text")).toBe(
      `# HELP of A help of two\\nlines.\n# TYPE of gauge\nof ${written}\n`,
    );
  });
});
