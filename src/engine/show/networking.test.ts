import { describe, expect, test } from "bun:test";
import { networkingOf } from "./networking.ts";

const object = (apiVersion: string, kind: string, spec: unknown, labels?: Record<string, string>) => ({
  ...{ apiVersion, kind, spec },
  metadata: { name: "x", namespace: "shop", ...(labels === undefined ? {} : { labels }) },
});
const service = (name: string, namespace = "shop") => ({ group: "", kind: "Service", namespace, name });
const backend = (name: unknown) => ({ backend: { service: { name, port: { number: 80 } } } });

describe("networkingOf()", () => {
  test("says where people reach an object, by its rules and by its annotations", () => {
    const spec = { rules: [{ host: "shop.example.com", http: { paths: [{ path: "/", backend: {} }] } }] };
    expect(networkingOf(object("networking.k8s.io/v1", "Ingress", spec))).toEqual({
      externalURLs: ["http://shop.example.com/"],
    });
    const plain = object("v1", "ConfigMap", {});
    const annotations = {
      "link.argocd.argoproj.io/docs": "Docs|https://docs.example.com",
      "link.argocd.argoproj.io/bad": "javascript:alert(1)",
    };
    expect(networkingOf({ ...plain, metadata: { ...plain.metadata, annotations } })).toEqual({
      externalURLs: ["https://docs.example.com"],
    });
  });

  test("a Pod has its labels, a Service the ones it asks for", () => {
    expect(networkingOf(object("v1", "Pod", {}, { app: "web" }))).toEqual({ labels: { app: "web" } });
    expect(networkingOf(object("v1", "Service", { selector: { app: "web" } }))).toEqual({
      targetLabels: { app: "web" },
    });
  });

  test("an Ingress leads to the Services of its paths and its default, each once", () => {
    const spec = {
      defaultBackend: { service: { name: "fallback" } },
      rules: [{ http: { paths: [backend("web"), backend("api")] } }, { http: { paths: [backend("web")] } }],
    };
    expect(networkingOf(object("networking.k8s.io/v1", "Ingress", spec))).toEqual({
      targetRefs: [service("fallback"), service("web"), service("api")],
    });
  });

  test("a route hangs on Gateways and leads to backends, in other namespaces where it says so", () => {
    const spec = {
      parentRefs: [{ name: "public", namespace: "infra" }],
      rules: [{ backendRefs: [{ name: "web" }, { name: "api", namespace: "back", kind: "Service" }] }],
    };
    for (const kind of ["HTTPRoute", "GRPCRoute"])
      expect(networkingOf(object("gateway.networking.k8s.io/v1", kind, spec))).toEqual({
        targetRefs: [service("web"), service("api", "back")],
        sourceRefs: [
          { group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "infra", name: "public" },
        ],
      });
  });

  test.each([
    ["Service", "v1", { selector: null }],
    ["Service", "v1", { selector: ["app"] }],
    ["Service", "v1", "text"],
    ["Service", "serving.knative.dev/v1", { selector: { app: "web" } }],
    [
      "Ingress",
      "networking.k8s.io/v1",
      { rules: [null, 5, { http: [] }, { http: { paths: [backend(7)] } }] },
    ],
    ["HTTPRoute", "gateway.networking.k8s.io/v1", { rules: { backendRefs: 1 }, parentRefs: ["public"] }],
    ["ConfigMap", "v1", { selector: { app: "web" } }],
  ])("a %s of %s that says %p leads nowhere", (kind, apiVersion, spec) => {
    expect(networkingOf(object(apiVersion, kind, spec))).toBeUndefined();
  });

  test("labels that are no text are none, and of thousands the first are told", () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`l${at}`, "x"]));
    expect(networkingOf(object("v1", "Service", { selector: { app: 7, tier: "web" } }))).toEqual({
      targetLabels: { tier: "web" },
    });
    expect(Object.keys(networkingOf(object("v1", "Pod", {}, many))?.labels ?? {})).toHaveLength(64);
    const rules = Array.from({ length: 5_000 }, (_, at) => ({ backendRefs: [{ name: `s${at}` }] }));
    expect(
      networkingOf(object("gateway.networking.k8s.io/v1", "HTTPRoute", { rules }))?.targetRefs,
    ).toHaveLength(200);
  });
});
