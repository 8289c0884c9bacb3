import { expect, test } from "bun:test";
import { metricsFormat } from "./metrics-format.ts";

test.each([
  ["nobody says what they want", null, "text"],
  ["a person with curl", "*/*", "text"],
  ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text"],
  [
    "Prometheus 2.42",
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "openmetrics",
  ],
  [
    "Prometheus 3 with its escaping",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
    "openmetrics",
  ],
  ["text that is wanted more", "application/openmetrics-text;q=0.2, text/plain;q=0.9", "text"],
  ["a version that is not spoken", "application/openmetrics-text;version=2.0.0", "text"],
  ["what is refused", "application/openmetrics-text;q=0", "text"],
  ["a weight that is none", "application/openmetrics-text;q=best", "text"],
  ["signs and quotes", ' Application/OpenMetrics-Text ; Version="1.0.0" ', "openmetrics"],
  ["nothing but commas", ",,;;,q=,", "text"],
] as const)("%s", (_, accept, want) => expect(metricsFormat(accept)).toBe(want));
