/**
 * Writes src/sandbox/schema/builtin.json: what the sandbox knows of the built-in kinds.
 *
 * Facts come from a running kube-apiserver (discovery, /openapi/v3) and from the Go types of the modules that
 * test/controlplane builds (which fields are pointers, which are left out when empty: OpenAPI does not say).
 *
 *   bun test/controlplane/generate-schema.ts KUBECONFIG "$(go env GOMODCACHE)/k8s.io" 0.36.3
 *
 * The language of the types is described in src/sandbox/schema/type.ts.
 */
import { readdirSync, readFileSync } from "node:fs";

const groupVersions = [
  "v1",
  "apps/v1",
  "batch/v1",
  "autoscaling/v1",
  "autoscaling/v2",
  "networking.k8s.io/v1",
  "policy/v1",
  "rbac.authorization.k8s.io/v1",
  "storage.k8s.io/v1",
  "scheduling.k8s.io/v1",
  "coordination.k8s.io/v1",
  "discovery.k8s.io/v1",
  "apiextensions.k8s.io/v1",
  "apiregistration.k8s.io/v1",
  "admissionregistration.k8s.io/v1",
  "authorization.k8s.io/v1",
  "authentication.k8s.io/v1",
];
const unserved = new Set([
  "bindings",
  "componentstatuses",
  "podtemplates",
  "csinodes",
  "csidrivers",
  "csistoragecapacities",
  "volumeattachments",
  "volumeattributesclasses",
  "ipaddresses",
  "servicecidrs",
  "tokenreviews",
  "selfsubjectrulesreviews",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
]);
const servedSubresources = new Set(["status", "scale"]);

interface OpenApiSchema {
  type?: string;
  format?: string;
  $ref?: string;
  allOf?: OpenApiSchema[];
  oneOf?: OpenApiSchema[];
  properties?: Record<string, OpenApiSchema>;
  additionalProperties?: OpenApiSchema;
  items?: OpenApiSchema;
  default?: unknown;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-map-type"?: string;
  "x-kubernetes-patch-merge-key"?: string;
  "x-kubernetes-patch-strategy"?: string;
}

const [kubeconfig = "", modules = "", release = ""] = process.argv.slice(2);

async function get<T>(path: string): Promise<T> {
  const child = Bun.spawn(["kubectl", "--kubeconfig", kubeconfig, "get", "--raw", path], { stdout: "pipe" });
  return (await new Response(child.stdout).json()) as T;
}

// ---- Go: field -> how it is written

/** `wire`: number in protobuf; `2.1` is field 1 of what is inline at 2. */
type GoStruct = Map<string, { go: string; tag: string; wire: string }>;
const goCache = new Map<string, Map<string, GoStruct>>();

function goPackage(folder: string): Map<string, GoStruct> {
  const known = goCache.get(folder);
  if (known !== undefined) return known;
  const structs = new Map<string, GoStruct>();
  for (const file of readdirSync(folder).filter(
    (name) => name.endsWith(".go") && !name.includes("zz_generated") && !name.includes("_test"),
  )) {
    const text = readFileSync(`${folder}/${file}`, "utf8");
    for (const match of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
      const fields: GoStruct = new Map();
      for (const line of (match[2] ?? "").split("\n")) {
        const field = /^\t(?:(\w+)\s+)?(\S+)\s+`.*?json:"([^"]*)"/.exec(line);
        if (field === null) continue;
        const [name = "", ...tag] = (field[3] ?? "").split(",");
        const wire = /protobuf:"\w+,(\d+),/.exec(line)?.[1] ?? "";
        if (name === "" && tag.includes("inline"))
          fields.set(`inline:${field[2]}`, { go: field[2] ?? "", tag: "", wire });
        else if (name !== "") fields.set(name, { go: field[2] ?? "", tag: tag.join(","), wire });
      }
      structs.set(match[1] ?? "", fields);
    }
  }
  goCache.set(folder, structs);
  return structs;
}

function goStruct(schemaName: string): GoStruct | undefined {
  const parts = schemaName.split(".");
  const name = parts.pop() ?? "";
  const path = parts.join("/");
  const folder = path
    .replace("io/k8s/api/", `${modules}/api@v${release}/`)
    .replace("io/k8s/apimachinery/", `${modules}/apimachinery@v${release}/`)
    .replace("io/k8s/apiextensions-apiserver/", `${modules}/apiextensions-apiserver@v${release}/`)
    .replace("io/k8s/kube-aggregator/", `${modules}/kube-aggregator@v${release}/`);
  const structs = goPackage(folder);
  const own = structs.get(name);
  if (own === undefined) return undefined;
  const all: GoStruct = new Map();
  for (const [key, value] of own) {
    if (!key.startsWith("inline:")) all.set(key, value);
    else
      for (const [inner, innerValue] of structs.get(value.go.replace(/^.*\./, "")) ?? [])
        all.set(inner, { ...innerValue, wire: value.wire === "" ? "" : `${value.wire}.${innerValue.wire}` });
  }
  return all;
}

// ---- OpenAPI -> the small language

const definitions: Record<string, Record<string, string>> = {};
const schemas = new Map<string, OpenApiSchema>();
const shortNames = new Map<string, string>();
const special: Record<string, string> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "q",
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "x",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "t",
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "u",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "A*",
  "io.k8s.apimachinery.pkg.runtime.RawExtension": "A*",
};

function shortName(full: string): string {
  const known = shortNames.get(full);
  if (known !== undefined) return known;
  const last = full.split(".").at(-1) ?? full;
  const group = full.split(".").slice(-3, -1).join(".");
  const name = [...shortNames.values()].includes(last) ? `${last}.${group}` : last;
  shortNames.set(full, name);
  define(full, name);
  return name;
}

function typeOf(schema: OpenApiSchema): string {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref !== undefined) {
    const name = ref.replace("#/components/schemas/", "");
    const fixed = special[name];
    if (fixed !== undefined) return fixed;
    const target = schemas.get(name);
    if (target === undefined) throw new Error(`no schema ${name}`);
    if (target.properties === undefined)
      return target.type === "object" ? "*" : target.type === undefined ? "?" : typeOf(target);
    const atomic = (schema["x-kubernetes-map-type"] ?? target["x-kubernetes-map-type"]) === "atomic";
    return `${atomic ? "!" : ""}@${shortName(name)}`;
  }
  switch (schema.type) {
    case "string":
      return schema.format === "byte" ? "y" : "s";
    case "integer":
      return schema.format === "int64" ? "l" : "i";
    case "number":
      return "n";
    case "boolean":
      return "b";
    case "array": {
      const item = typeOf(schema.items ?? {});
      const listType = schema["x-kubernetes-list-type"];
      if (listType === "map") return `K(${(schema["x-kubernetes-list-map-keys"] ?? []).join(",")})${item}`;
      return listType === "set" ? `S${item}` : `L${item}`;
    }
    case "object":
      if (schema.additionalProperties === undefined) return "*";
      return `${schema["x-kubernetes-map-type"] === "atomic" ? "A" : "D"}${typeOf(schema.additionalProperties)}`;
    default:
      return "?";
  }
}

/** `p` pointer: kept as given; `o`: left out when empty; `z`: always written. */
function writing(field: { go: string; tag: string } | undefined, where: string): string {
  if (field === undefined) throw new Error(`no Go field for ${where}`);
  if (field.go.startsWith("*")) return "p";
  return field.tag.includes("omitzero") || field.tag.includes("omitempty") ? "o" : "z";
}

function define(full: string, name: string): void {
  const schema = schemas.get(full);
  const go = goStruct(full);
  if (schema?.properties === undefined) throw new Error(`${full} is no struct`);
  const fields: Record<string, string> = {};
  definitions[name] = fields;
  for (const [field, of] of Object.entries(schema.properties)) {
    const isKindField =
      schema["x-kubernetes-group-version-kind"] !== undefined && (field === "kind" || field === "apiVersion");
    const listed = go?.get(field);
    const flag = isKindField ? "p" : writing(listed, `${full}.${field}`);
    const omitzero = listed?.tag.includes("omitzero") === true ? "e" : "";
    const strategy = of["x-kubernetes-patch-strategy"];
    const mergeKey = of["x-kubernetes-patch-merge-key"];
    const patch =
      strategy === undefined
        ? ""
        : `;${strategy.includes("retainKeys") ? "r" : ""}${strategy.includes("merge") ? `m${mergeKey ?? ""}` : ""}`;
    const preset = typeof of.default === "string" && of.default !== "" ? `=${of.default}` : "";
    fields[field] = `${flag}${omitzero}${listed?.wire ?? ""}:${typeOf(of)}${preset}${patch}`;
  }
}

const resources: unknown[][] = [];
const kinds: Record<string, string> = {};
for (const groupVersion of groupVersions) {
  const prefix = groupVersion.includes("/") ? `apis/${groupVersion}` : `api/${groupVersion}`;
  const document = await get<{ components: { schemas: Record<string, OpenApiSchema> } }>(
    `/openapi/v3/${prefix}`,
  );
  for (const [name, schema] of Object.entries(document.components.schemas))
    if (!schemas.has(name)) schemas.set(name, schema);
  const [group, version] = groupVersion.includes("/") ? groupVersion.split("/") : ["", groupVersion];
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    for (const gvk of schema["x-kubernetes-group-version-kind"] ?? []) {
      if (
        gvk.group === group &&
        gvk.version === version &&
        !gvk.kind.endsWith("List") &&
        !gvk.kind.endsWith("Options") &&
        gvk.kind !== "WatchEvent"
      )
        kinds[`${groupVersion}/${gvk.kind}`] = name;
    }
  }
  const list = await get<{
    resources: {
      name: string;
      singularName: string;
      namespaced: boolean;
      kind: string;
      verbs: string[];
      shortNames?: string[];
      categories?: string[];
    }[];
  }>(`/${prefix}`);
  const usable = list.resources.filter((one) => !unserved.has(one.name.split("/")[0] ?? ""));
  for (const one of usable.filter((each) => !each.name.includes("/"))) {
    const subresources = usable
      .filter((each) => each.name.startsWith(`${one.name}/`))
      .map((each) => each.name.slice(one.name.length + 1))
      .filter((each) => servedSubresources.has(each));
    resources.push([
      groupVersion,
      one.name,
      one.kind,
      one.namespaced ? "namespaced" : "cluster",
      one.singularName,
      (one.shortNames ?? []).join(","),
      (one.categories ?? []).join(","),
      subresources.join(","),
      one.verbs.length === 1 ? "create-only" : "full",
    ]);
  }
}

const rootTypes: Record<string, string> = {};
for (const [groupVersion, , kind] of resources)
  rootTypes[`${groupVersion}/${kind}`] = shortName(kinds[`${groupVersion}/${kind}`] ?? "");
rootTypes["v1/DeleteOptions"] = shortName("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions");
rootTypes["autoscaling/v1/Scale"] = shortName("io.k8s.api.autoscaling.v1.Scale");

const lines = [
  `{"resources":[`,
  resources.map((row) => JSON.stringify(row)).join(",\n"),
  `],"kinds":${JSON.stringify(rootTypes)},"types":{`,
  Object.entries(definitions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, fields]) => `${JSON.stringify(name)}:${JSON.stringify(fields)}`)
    .join(",\n"),
  "}}",
];
console.log(lines.join("\n"));
