/**
 * What a Kubernetes API answers, request by request, held against answers recorded from a real kube-apiserver
 * (test/golden/kube-api.json). Run on the sandbox it proves the fake; run on a real server it proves the recording.
 *
 *   UPDATE_GOLDEN=1 bun test test/cluster/kube-api.test.ts     records again
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { equalJson } from "../../src/lib/equal-json.ts";
import { isObject, itemsAt, type Json, type JsonObject, objectAt, textAt } from "../../src/sandbox/json.ts";
import { type Scenario, type Step, scenarioNamespace, scenarios } from "./kube-scenarios.ts";

export interface ApiUnderTest {
  /** Text of a kubeconfig. */
  kubeconfig: string;
  stop(): Promise<void>;
}

/** One answer, without what two servers may rightly do differently. */
export interface Answer extends JsonObject {
  status: number;
}

export type Recording = Record<string, Answer[]>;

export const goldenFile = join(import.meta.dir, "..", "golden", "kube-api.json");

const contentTypes: Record<NonNullable<Step["type"]>, string> = {
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  "json-patch": "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
  yaml: "application/yaml",
};

export function kubeApiConformance(
  name: string,
  start: () => Promise<ApiUnderTest>,
  compare: "with-golden" | "record" = "with-golden",
): void {
  describe(`the Kubernetes API of ${name}`, () => {
    let under: ApiUnderTest;
    let client: Client;
    const recorded: Recording = {};
    let golden: Recording = {};

    beforeAll(async () => {
      under = await start();
      client = connect(under.kubeconfig);
      golden = compare === "record" ? {} : ((await Bun.file(goldenFile).json()) as Recording);
      await client.send({
        method: "POST",
        path: "/api/v1/namespaces",
        body: { apiVersion: "v1", kind: "Namespace", metadata: { name: scenarioNamespace } },
      });
      await client.send({
        method: "GET",
        path: `/api/v1/namespaces/${scenarioNamespace}/serviceaccounts/default`,
        until: 200,
      });
    }, 120_000);
    afterAll(async () => {
      if (compare === "record") await Bun.write(goldenFile, print(recorded));
      await under.stop();
    }, 60_000);

    for (const scenario of scenarios()) {
      test(scenario.name, async () => {
        const answers = await runScenario(client, scenario);
        recorded[scenario.name] = answers;
        if (compare === "with-golden") expect(answers).toEqual(golden[scenario.name] ?? []);
      }, 60_000);
    }
  });
}

/** Every answer of a scenario, as it is compared. */
export async function runScenario(client: Client, { steps }: Scenario): Promise<Answer[]> {
  const seen = new Map<string, string>();
  const answers: Answer[] = [];
  let before: Json = null;
  for (const step of steps) {
    const answer = normal(await client.send(step), step, seen);
    answers.push(
      answer["body"] === undefined ? answer : { ...answer, body: abridged(answer["body"], before) },
    );
    before = answer["body"] ?? before;
  }
  return answers;
}

const same = "<as in the answer before>";

/** Parts that the answer before had too are named so: the recording stays small, and a change stands out. */
function abridged(body: Json, before: Json): Json {
  if (!isObject(body) || !isObject(before)) return body;
  const claims = itemsAt(before, "metadata", "managedFields");
  const metadata = objectAt(body, "metadata");
  const short = itemsAt(metadata, "managedFields").map((entry) =>
    claims.some((one) => equalJson(one, entry)) ? `${String(entry["manager"])}: ${same}` : entry,
  );
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => {
      if (key === "metadata")
        return [key, short.length === 0 ? metadata : { ...metadata, managedFields: short }];
      return [
        key,
        (isObject(value) || Array.isArray(value)) && equalJson(value, before[key]) ? same : (value ?? null),
      ];
    }),
  );
}

interface RawAnswer {
  status: number;
  body: Json;
  warnings: string[];
}

export interface Client {
  send(step: Step): Promise<RawAnswer>;
  /** The events of a watch, until it ends or `signal` ends it. */
  watch(path: string, signal: AbortSignal): AsyncGenerator<Json, void>;
}

export function connect(kubeconfig: string): Client {
  const config = Bun.YAML.parse(kubeconfig) as Json;
  const cluster = objectAt(itemsAt(config, "clusters")[0], "cluster");
  const user = objectAt(itemsAt(config, "users")[0], "user");
  const pem = (of: JsonObject, field: string) => Buffer.from(textAt(of, field) ?? "", "base64").toString();
  const token = textAt(user, "token");
  const tls = {
    ca: pem(cluster, "certificate-authority-data"),
    ...(token === undefined
      ? { cert: pem(user, "client-certificate-data"), key: pem(user, "client-key-data") }
      : {}),
  };
  const once = async (step: Step): Promise<RawAnswer> => {
    const answer = await fetch((textAt(cluster, "server") ?? "") + step.path, {
      method: step.method,
      tls,
      headers: {
        "Content-Type": step.type === undefined ? "application/json" : contentTypes[step.type],
        Accept: step.accept ?? "application/json",
        "User-Agent": "suite/1.0",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(step.body === undefined ? {} : { body: JSON.stringify(step.body) }),
    });
    const text = await answer.text();
    const warnings = [...(answer.headers.get("warning") ?? "").matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(
      (match) => JSON.parse(`"${match[1]}"`) as string,
    );
    return {
      status: answer.status,
      body: text.startsWith("{") ? (JSON.parse(text) as Json) : text,
      warnings,
    };
  };
  const carried = async (step: Step): Promise<Step> => {
    if (step.carry === undefined || !isObject(step.body)) return step;
    const { body: live } = await once({ method: "GET", path: step.path.split("?")[0] ?? step.path });
    if (step.carry.includes("all") && isObject(live)) return { ...step, body: live };
    const extra = Object.fromEntries(
      step.carry.map((field) => [field, textAt(live, "metadata", field) ?? ""]),
    );
    return { ...step, body: { ...step.body, metadata: { ...objectAt(step.body, "metadata"), ...extra } } };
  };
  return {
    async *watch(path, signal) {
      const answer = await fetch((textAt(cluster, "server") ?? "") + path, {
        tls,
        signal,
        headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      });
      let rest = "";
      for await (const chunk of answer.body ?? []) {
        const lines = (rest + Buffer.from(chunk).toString()).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) yield JSON.parse(line) as Json;
      }
    },
    async send(step) {
      const ready = await carried(step);
      for (let tries = 0; ; tries++) {
        const answer = await once(ready);
        if (step.until === undefined || answer.status === step.until || tries >= 300) return answer;
        await Bun.sleep(50);
      }
    },
  };
}

// ---- what is compared

/** Controllers write in their own time: their claims, and the status they fill, are not this suite's business. */
const controllers = new Set([
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kwok",
  "kube-apiserver",
  "clusterrole-aggregation-controller",
]);
const keepsStatus = new Set(["Widget", "Pod"]);

function normal({ status, body, warnings }: RawAnswer, step: Step, seen: Map<string, string>): Answer {
  const said = warnings.filter((warning) => !warning.includes("deprecated"));
  if (step.compare === "status") return { status };
  return {
    status,
    ...(said.length === 0 ? {} : { warnings: said.map(anonymous) }),
    body: shown(body, step.compare === "without-version" ? new Map() : seen),
  };
}

function shown(body: Json, seen: Map<string, string>): Json {
  if (!isObject(body)) return typeof body === "string" ? anonymous(body) : body;
  if (Array.isArray(body["items"])) {
    const metadata = { ...objectAt(body, "metadata") };
    delete metadata["resourceVersion"];
    if (metadata["continue"] !== undefined) metadata["continue"] = "token";
    const item = (one: JsonObject): JsonObject =>
      object({ apiVersion: "", kind: "", ...one }, new Map(), "listed");
    return sorted({ ...body, metadata, items: itemsAt(body, "items").map(item) });
  }
  const causes = itemsAt(body, "details", "causes");
  if (causes.length > 1) {
    // The server goes through maps in no order.
    const inOrder = [...causes].sort((a, b) =>
      String(a["field"]) + String(a["message"]) < String(b["field"]) + String(b["message"]) ? -1 : 1,
    );
    return sorted({
      ...body,
      message: String(body["message"]).replace(/\[[^]*\]$/, "[…]"),
      details: { ...objectAt(body, "details"), causes: inOrder },
    });
  }
  return sorted(
    isObject(body["metadata"]) && textAt(body, "metadata", "name") !== undefined
      ? object(body, seen, "read")
      : body,
  );
}

function object(body: JsonObject, seen: Map<string, string>, how: "read" | "listed"): JsonObject {
  const metadata = { ...objectAt(body, "metadata") };
  const key = `${String(body["kind"])} ${String(metadata["name"])}`;
  const version = metadata["resourceVersion"];
  // Whether a write was one, not its number.
  if (typeof version === "string")
    metadata["resourceVersion"] =
      how === "listed" ? "some" : seen.get(key) === version ? "unchanged" : "changed";
  if (typeof version === "string") seen.set(key, version);
  const notes = { ...objectAt(metadata, "annotations") };
  delete notes["deployment.kubernetes.io/revision"];
  if (metadata["annotations"] !== undefined) metadata["annotations"] = notes;
  if (Object.keys(notes).length === 0) delete metadata["annotations"];
  if (Array.isArray(metadata["managedFields"])) {
    metadata["managedFields"] = itemsAt(metadata, "managedFields")
      .filter((entry) => !controllers.has(String(entry["manager"])))
      .sort((a, b) => order(a, b));
  }
  const { status, ...rest } = body;
  const keeps = keepsStatus.has(String(body["kind"]));
  return { ...rest, metadata, ...(keeps && status !== undefined ? { status } : {}) };
}

function order(a: JsonObject, b: JsonObject): number {
  const name = (entry: JsonObject) =>
    `${String(entry["operation"])} ${String(entry["manager"])} ${String(entry["apiVersion"])} ${String(entry["subresource"])}`;
  return name(a) < name(b) ? -1 : 1;
}

function anonymous(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uid) =>
      uid.startsWith("00000000-") ? uid : "<uid>",
    )
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>")
    .replace(/kube-api-access-\w{5}/g, "kube-api-access-<suffix>")
    .replace(/ResourceVersion in record \(\d+\)/g, "ResourceVersion in record (<version>)")
    .replace(/\b10\.(0|96)\.\d+\.\d+\b/g, "<ip>");
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, inner]) => inner !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, sorted(inner ?? null)]),
    );
  return typeof value === "string" ? anonymous(value) : value;
}

/** One line an answer, so that a changed one is a changed line. */
function print(recording: Recording): string {
  const scenario = ([name, answers]: [string, Answer[]]) =>
    `${JSON.stringify(name)}: [\n${answers.map((answer) => `  ${JSON.stringify(answer)}`).join(",\n")}\n]`;
  return `{\n${Object.entries(recording).map(scenario).join(",\n")}\n}\n`;
}
