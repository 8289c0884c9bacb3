import { resolve } from "node:path";
import { defineHealthCheck, type HealthCheck } from "../../src/plugin/contract.ts";
import { loadPlugins } from "../../src/plugin/load.ts";
import { readObjects } from "../../src/verbs/health.ts";
import { healthCheckConformance } from "../conformance/health-check.ts";

const { HOLDFAST_HEALTH_CHECK: place, HOLDFAST_HEALTH_CHECK_CASE: file } = process.env;
if (place === undefined) {
  const check: HealthCheck = defineHealthCheck({
    name: "lamps",
    kinds: ["*.example.org/Lamp"],
    judge: ({ status }) => (status === undefined ? undefined : { status: "Healthy", message: "it is lit" }),
  });
  healthCheckConformance(check, {
    apiVersion: "home.example.org/v1",
    kind: "Lamp",
    metadata: { name: "hall" },
    status: { lit: true },
  });
} else {
  const { healthChecks, problems } = await loadPlugins({
    builtIns: [],
    version: "conformance",
    places: [resolve(place)],
  });
  if (problems.length > 0) throw new Error(problems.map(({ text }) => text).join("\n"));
  if (file === undefined)
    throw new Error("set HOLDFAST_HEALTH_CHECK_CASE to a file that holds an object of its kind");
  const [example] = readObjects(await Bun.file(resolve(file)).text(), file);
  if (example === undefined) throw new Error(`${file} holds no object`);
  for (const check of healthChecks) healthCheckConformance(check, example);
}
