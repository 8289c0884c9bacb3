/** What bench/render.ts renders: the same objects as a kustomization with a base and an overlay, and as a Helm chart. */

/** Deployment, Service and ConfigMap: objects come in threes. */
const GROUP = 3;

/** Files of `overlay/` and `base/`, for `kustomize build overlay`. */
export function kustomization(objects: number): Record<string, string> {
  const names = groupNames(objects);
  return {
    ...Object.fromEntries(
      names.map((name) => [
        `base/${name}.yaml`,
        group(name, { size: "small", image: "registry.example.com/web" }),
      ]),
    ),
    "base/kustomization.yaml": `resources:\n${names.map((name) => `- ${name}.yaml\n`).join("")}`,
    "overlay/kustomization.yaml": overlay(1),
  };
}

/** The one file that each commit of the bench changes. */
export function overlay(turn: number): string {
  return [
    "resources: [../base]",
    "namespace: shop",
    "namePrefix: prod-",
    "labels: [{ pairs: { stage: prod }, includeSelectors: true }]",
    `images: [{ name: registry.example.com/web, newTag: "1.${turn}" }]`,
    "patches:",
    "- target: { kind: Deployment, name: app-0000 }",
    "  patch: |",
    "    - { op: replace, path: /spec/replicas, value: 5 }",
    "",
  ].join("\n");
}

/** Files of `chart/`, for `helm template chart`. */
export function chart(objects: number): Record<string, string> {
  return {
    ...Object.fromEntries(
      groupNames(objects).map((name) => [
        `chart/templates/${name}.yaml`,
        group(name, { size: "{{ .Values.size }}", image: `{{ include "bench.image" . }}` }),
      ]),
    ),
    "chart/templates/_helpers.tpl": `{{- define "bench.image" -}}\n{{ .Values.image.name }}:{{ .Values.image.tag }}\n{{- end }}\n`,
    "chart/Chart.yaml": "apiVersion: v2\nname: bench\nversion: 1.0.0\n",
    "chart/values.yaml": chartValues(1),
  };
}

/** The same for charts. */
export function chartValues(turn: number): string {
  return `size: small\nimage: { name: registry.example.com/web, tag: "1.${turn}" }\n`;
}

function groupNames(objects: number): string[] {
  return Array.from({ length: objects / GROUP }, (_, at) => `app-${String(at).padStart(4, "0")}`);
}

function group(name: string, { size, image }: { size: string; image: string }): string {
  const metadata = (indent: string): string =>
    `metadata:\n${indent}name: ${name}\n${indent}labels:\n${indent}  app: ${name}\n`;
  return [
    `apiVersion: apps/v1\nkind: Deployment\n${metadata("  ")}spec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: ${name}\n  template:\n    metadata:\n      labels:\n        app: ${name}\n    spec:\n      containers:\n      - name: web\n        image: ${image}\n        ports:\n        - containerPort: 8080\n        envFrom:\n        - configMapRef:\n            name: ${name}\n        resources:\n          requests:\n            cpu: 100m\n            memory: 64Mi\n`,
    `apiVersion: v1\nkind: Service\n${metadata("  ")}spec:\n  selector:\n    app: ${name}\n  ports:\n  - port: 80\n    targetPort: 8080\n`,
    `apiVersion: v1\nkind: ConfigMap\n${metadata("  ")}data:\n  size: "${size}"\n  mode: production\n`,
  ].join("---\n");
}
