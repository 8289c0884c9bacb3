/**
 * Prints deploy/ from the objects that `holdfast install` prints, so that plain YAML, Kustomize and Helm say the same.
 *
 *   bun .ci/deploy-files.ts            writes them
 *   bun .ci/deploy-files.ts --check    fails where one of them is not what it would write
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { version } from "../package.json";
import {
  installedConfig,
  installedDefinitions,
  installObjects,
} from "../src/core/install/install-objects.ts";
import {
  AROUND,
  type InstallPlan,
  NAME,
  NAMESPACE,
  PARTS,
  STORAGE,
  USUAL_KINDS,
} from "../src/core/install/install-plan.ts";
import { ITS_NAMESPACE } from "../src/core/install/rights.ts";
import { RESOURCES } from "../src/core/install/workload.ts";
import type { KubeObject } from "../src/core/model/kube-object.ts";
import { printYaml } from "../src/lib/yaml.ts";

const RIGHTS = ["all", "namespaces", "read"] as const;
/** The namespace of the overlay that is meant to be edited. */
const EXAMPLE = "apps";
const HEADER =
  "# Printed by bun .ci/deploy-files.ts from what `holdfast install` prints: edit that, or an overlay.\n";
const RBAC_KINDS = new Set(["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]);

export function planOf(rights: (typeof RIGHTS)[number], more: Partial<InstallPlan> = {}): InstallPlan {
  return {
    namespace: NAMESPACE,
    image: `holdfast:${version}`,
    rights:
      rights === "namespaces" ? { is: rights, namespaces: [EXAMPLE], kinds: USUAL_KINDS } : { is: rights },
    storage: { size: STORAGE },
    ...more,
  };
}

/** By path below deploy/. */
export function deployFiles(): Record<string, string> {
  return { ...kustomizeFiles(), ...chartFiles() };
}

function kustomizeFiles(): Record<string, string> {
  const files: Record<string, string> = {};
  const base = installObjects(planOf("all")).filter(({ kind }) => !RBAC_KINDS.has(kind));
  files["base/holdfast.yaml"] = HEADER + documents(base);
  files["base/kustomization.yaml"] =
    HEADER + kustomization({ resources: ["../helm/holdfast/crds", "holdfast.yaml"] });
  for (const rights of RIGHTS) {
    const objects = installObjects(planOf(rights));
    files[`${rights}/rights.yaml`] = HEADER + documents(objects.filter(({ kind }) => RBAC_KINDS.has(kind)));
    const config = objects.find(({ kind }) => kind === "ConfigMap") as KubeObject;
    const differs = printYaml(config) !== printYaml(base.find(({ kind }) => kind === "ConfigMap"));
    if (differs) files[`${rights}/config.yaml`] = HEADER + printYaml(config);
    files[`${rights}/kustomization.yaml`] =
      HEADER +
      kustomization({
        resources: ["../base", "rights.yaml"],
        ...(differs ? { patches: [{ path: "config.yaml" }] } : {}),
      });
  }
  return files;
}

function kustomization(more: object): string {
  return printYaml({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", ...more });
}

function documents(objects: readonly KubeObject[]): string {
  return objects.map((object) => printYaml(object)).join("---\n");
}

/** Where the chart mounts Secrets, a folder each. */
const SECRETS = "/secrets";
const CHART = "helm/holdfast";
/** Words that stand in the place of what a chart's user says, and that nothing else could be. */
const MARK = {
  namespace: "hf-namespace",
  image: "hf-image",
  storage: "1Ti",
  storageClass: "hf-storage-class",
  within: "hf-within",
};

function chartFiles(): Record<string, string> {
  const marked = (rights: (typeof RIGHTS)[number]): KubeObject[] =>
    installObjects(
      planOf(rights, {
        namespace: MARK.namespace,
        image: MARK.image,
        storage: { size: MARK.storage, class: MARK.storageClass },
        ...(rights === "namespaces"
          ? { rights: { is: "namespaces", namespaces: [MARK.within], kinds: USUAL_KINDS } }
          : {}),
      }),
    );
  const all = marked("all");
  const files: Record<string, string> = {};
  for (const object of all) {
    if (RBAC_KINDS.has(object.kind) || object.kind === "Namespace") continue;
    const text = object.kind === "ConfigMap" ? configTemplate(object) : filledIn(printYaml(object));
    files[`${CHART}/templates/${object.kind.toLowerCase()}.yaml`] =
      object.kind === "NetworkPolicy" ? `{{- if .Values.networkPolicy }}\n${text}{{- end }}\n` : text;
  }
  for (const rights of RIGHTS) {
    const parts = marked(rights)
      .filter(({ kind }) => RBAC_KINDS.has(kind))
      .map((object) => rightsTemplate(object));
    files[`${CHART}/templates/rights-${rights}.yaml`] =
      `{{- if eq .Values.rights "${rights}" }}\n${parts.join("---\n")}{{- end }}\n`;
  }
  files[`${CHART}/Chart.yaml`] = printYaml({
    apiVersion: "v2",
    name: "holdfast",
    type: "application",
    description: "GitOps continuous delivery for Kubernetes in one binary",
    version,
    appVersion: version,
    kubeVersion: ">=1.29.0-0",
  });
  files[`${CHART}/values.yaml`] = valuesFile();
  files[`${CHART}/values.schema.json`] = `${JSON.stringify(valuesSchema(), undefined, 2)}\n`;
  files[`${CHART}/.helmignore`] = "crds/kustomization.yaml\n";
  files[`${CHART}/crds/definitions.yaml`] = documents(installedDefinitions());
  files[`${CHART}/crds/kustomization.yaml`] = HEADER + kustomization({ resources: ["definitions.yaml"] });
  files[`${CHART}/templates/NOTES.txt`] = `${[
    "kubectl -n {{ .Release.Namespace }} wait --for=condition=available deploy -l app.kubernetes.io/name=argocd-server --timeout=5m",
    "kubectl -n {{ .Release.Namespace }} get secret argocd-initial-admin-secret -o jsonpath='{.data.password}' | base64 -d",
    "kubectl -n {{ .Release.Namespace }} port-forward svc/argocd-server 8080:443",
    "holdfast login https://localhost:8080 --username admin --insecure",
  ].join("\n")}\n`;
  return files;
}

/** Each begins where the key stands, or the first entry of its list. */
const SECRET_ENV = `{{- with $.Values.envFromSecrets }}
envFrom:
{{- range . }}
- secretRef:
    name: {{ . | quote }}
{{- end }}
{{- end }}
`;
const SECRET_MOUNTS = `        {{- range $at, $secret := $.Values.mountSecrets }}
        - name: secret-{{ $at }}
          mountPath: ${SECRETS}/{{ $secret }}
          readOnly: true
        {{- end }}
`;
const SECRET_VOLUMES = `      {{- range $at, $secret := $.Values.mountSecrets }}
      - name: secret-{{ $at }}
        secret:
          secretName: {{ $secret | quote }}
      {{- end }}
`;

/** Printed objects with the marks turned into what the chart's user says. */
function filledIn(text: string): string {
  return text
    .replaceAll(MARK.namespace, "{{ $.Release.Namespace }}")
    .replaceAll(MARK.image, "{{ $.Values.image | quote }}")
    .replaceAll(MARK.storage, "{{ $.Values.storage.size }}")
    .replace(
      new RegExp(`^( *)storageClassName: ${MARK.storageClass}\n`, "m"),
      "$1{{- with $.Values.storage.class }}\n$1storageClassName: {{ . }}\n$1{{- end }}\n",
    )
    .replace(
      /^( *)volumeMounts:\n/m,
      `$1${SECRET_ENV.replaceAll("\n", "\n$1")}volumeMounts:\n${SECRET_MOUNTS}`,
    )
    .replace(/^( *)volumes:\n/m, `$1volumes:\n${SECRET_VOLUMES}`)
    .replace(
      /^( *)resources:\n(?:\1 +(?:requests|limits):\n(?:\1 +(?:cpu|memory): .*\n)+)+/m,
      (_, indent: string) =>
        `${indent}resources:\n${indent}  {{- toYaml $.Values.resources | nindent ${indent.length + 2} }}\n`,
    );
}

function rightsTemplate(object: KubeObject): string {
  if (object.metadata.namespace === MARK.within)
    return `{{- range $namespace := .Values.namespaces }}\n---\n${filledIn(printYaml(object)).replaceAll(MARK.within, "{{ $namespace }}")}{{- end }}\n`;
  if (object.metadata.name.endsWith("-deliver") && object.kind === "ClusterRole") {
    const text = filledIn(printYaml({ ...object, rules: "hf-rules" }));
    // Beside what is chosen, as `rightsOf` has it, it reads whether its namespaces are there.
    const own = printYaml([ITS_NAMESPACE]).trimEnd().replaceAll("\n", "\n  ");
    return text.replace("rules: hf-rules", `rules:\n  {{- toYaml .Values.kinds | nindent 2 }}\n  ${own}`);
  }
  return filledIn(
    printYaml(object).replaceAll(
      new RegExp(`(name: ${NAME}-${MARK.namespace})$`, "gm"),
      `$1{{ if regexMatch "-(${PARTS.join("|")})$" $.Release.Namespace }}:all{{ end }}`,
    ),
  );
}

/** The config of the values, with what follows from where it is installed and what it may. */
function configTemplate(object: KubeObject): string {
  const text = filledIn(printYaml({ ...object, data: "hf-data" }));
  return `{{- $config := deepCopy .Values.config }}
{{- $_ := set $config "namespace" .Release.Namespace }}
{{- if eq .Values.rights "namespaces" }}
{{- $_ := set $config "clusters" (list (dict "name" "in-cluster" "server" "${AROUND}" "namespaces" .Values.namespaces)) }}
{{- end }}
${text.replace("data: hf-data\n", "data:\n  holdfast.yaml: |\n    {{- toYaml $config | nindent 4 }}\n")}`;
}

function valuesFile(): string {
  const { namespace: _, ...config } = installedConfig(planOf("all"));
  const part = (comment: string, value: object): string => `# ${comment}\n${printYaml(value)}`;
  return [
    "# Values of the chart, each with its default.\n",
    part("As your nodes have it.", { image: `holdfast:${version}` }),
    part(
      "What it may do. all: everything; namespaces: `kinds` in `namespaces`; read: it compares and writes nothing.",
      { rights: "all" },
    ),
    part("Of rights: namespaces. They must be there.", { namespaces: [] }),
    part("Of rights: namespaces: rules of RBAC.", { kinds: USUAL_KINDS }),
    part("The config: every key stands in config/holdfast.yaml. `namespace` is the release's.", { config }),
    part("Secrets of its namespace whose keys are environment variables: ${NAME} in the config.", {
      envFromSecrets: [],
    }),
    part(
      `Secrets of its namespace as folders of files: { file: ${SECRETS}/NAME/KEY } in the config, and certFile and keyFile of a certificate.`,
      { mountSecrets: [] },
    ),
    part("Of its store. Without a class the cluster's default one.", {
      storage: { size: STORAGE, class: "" },
    }),
    part("Of its one container.", { resources: RESOURCES }),
    part("Whether nothing but page and API may be reached from elsewhere.", { networkPolicy: true }),
  ].join("\n");
}

function valuesSchema(): object {
  const text = { type: "string" };
  const secret = { ...text, pattern: "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$" };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    additionalProperties: false,
    properties: {
      image: { ...text, minLength: 1 },
      rights: { enum: [...RIGHTS] },
      namespaces: { type: "array", items: { ...text, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" } },
      kinds: { type: "array", minItems: 1, items: { type: "object" } },
      config: { type: "object" },
      envFromSecrets: { type: "array", items: secret },
      mountSecrets: { type: "array", items: secret, uniqueItems: true },
      storage: {
        type: "object",
        additionalProperties: false,
        properties: { size: text, class: text },
      },
      resources: { type: "object" },
      networkPolicy: { type: "boolean" },
      global: { type: "object" },
    },
    // Bindings in no namespace would be an installation that may deliver nowhere, and says so only later.
    if: { properties: { rights: { const: "namespaces" } } },
    then: { properties: { namespaces: { minItems: 1 } } },
  };
}

if (import.meta.main) {
  const folder = join(import.meta.dir, "..", "deploy");
  const files = deployFiles();
  if (process.argv.includes("--check")) {
    const wrong = [];
    for (const [path, text] of Object.entries(files))
      if (
        (await Bun.file(join(folder, path))
          .text()
          .catch(() => "")) !== text
      )
        wrong.push(path);
    for (const path of wrong) console.error(`deploy/${path} is not what bun .ci/deploy-files.ts writes`);
    process.exit(wrong.length === 0 ? 0 : 1);
  }
  for (const entry of await readdir(folder).catch(() => []))
    if (["base", "helm", ...RIGHTS].includes(entry)) await rm(join(folder, entry), { recursive: true });
  for (const [path, text] of Object.entries(files)) await Bun.write(join(folder, path), text);
  console.log(`${Object.keys(files).length} files`);
}
