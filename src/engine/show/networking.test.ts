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
      targetWords: [["all else"], ["/ :80"], ["/ :80"]],
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
        ...(kind === "HTTPRoute" ? { targetWords: [["/"], ["/"]] } : {}),
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

  test("what leads there is said: hosts, paths and ports, each once", () => {
    const path = (name: string, at: string) => ({ path: at, ...backend(name) });
    const named = { path: "/n", backend: { service: { name: "web", port: { name: "http" } } } };
    const rules = [
      {
        host: "shop.example.com",
        http: { paths: [path("web", "/"), path("web", "/"), path("api", "/api")] },
      },
      { host: 7, http: { paths: [named, { path: {}, backend: { service: { name: "odd", port: [] } } }] } },
    ];
    expect(networkingOf(object("networking.k8s.io/v1", "Ingress", { rules }))?.targetWords).toEqual([
      ["shop.example.com/ :80", "/n :http"],
      ["shop.example.com/api :80"],
      ["/"],
    ]);
    const route = {
      hostnames: ["shop.example.com", "other.example.com"],
      rules: [{ matches: [{ path: { value: "/v2" } }], backendRefs: [{ name: "web", port: 8080 }] }],
    };
    expect(networkingOf(object("gateway.networking.k8s.io/v1", "HTTPRoute", route))?.targetWords).toEqual([
      ["shop.example.com/v2 :8080"],
    ]);
    const many = Array.from({ length: 500 }, (_, at) => path("web", `/${at}${"x".repeat(5_000)}`));
    const [words = []] =
      networkingOf(object("networking.k8s.io/v1", "Ingress", { rules: [{ http: { paths: many } }] }))
        ?.targetWords ?? [];
    expect([words.length, Math.max(...words.map(({ length }) => length))]).toEqual([8, 200]);
  });

  test.each([
    ["LoadBalancer", "LoadBalancer" as const, ["443 (30443) to https", "53 to 53 UDP"]],
    ["NodePort", "NodePort" as const, ["443 (30443) to https", "53 to 53 UDP"]],
    ["ClusterIP", undefined, ["443 to https", "53 to 53 UDP"]],
    [{ toString: "x" }, undefined, ["443 to https", "53 to 53 UDP"]],
  ])("a Service of type %p opens %p, and says its ports", (type, opens, said) => {
    const ports = [
      { port: 443, nodePort: 30443, targetPort: "https", protocol: "TCP" },
      { port: 53, protocol: "UDP" },
      { port: "80" },
      null,
    ];
    const told = networkingOf(object("v1", "Service", { type, ports }));
    expect([told?.opens, told?.ports]).toEqual([opens, said]);
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
