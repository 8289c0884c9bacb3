import { describe, expect, test } from "bun:test";
import { kubeObject } from "../../../test/lib/core-objects.ts";
import { urlsOf } from "./external-urls.ts";

type Rule = { host?: unknown; paths?: unknown[] };
const ingress = (
  rules: Rule[],
  more: { tls?: unknown; status?: unknown; annotations?: Record<string, string> } = {},
) =>
  kubeObject({
    ...{ apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "web" },
    annotations: more.annotations ?? {},
    fields: {
      spec: {
        rules: rules.map(({ host, paths = ["/"] }) => ({
          host,
          http: { paths: paths.map((path) => ({ path })) },
        })),
        tls: more.tls,
      },
      status: more.status,
    },
  });
const given = (...all: object[]) => ({ loadBalancer: { ingress: all } });

describe("urlsOf()", () => {
  test.each<[name: string, object: Parameters<typeof urlsOf>[0], expected: string[]]>([
    ["a rule by its host", ingress([{ host: "shop.example.com" }]), ["http://shop.example.com/"]],
    [
      "with TLS for that host, and not for another",
      ingress([{ host: "a.example.com" }, { host: "b.example.com" }], {
        tls: [{ hosts: ["a.example.com"], secretName: "a" }],
      }),
      ["https://a.example.com/", "http://b.example.com/"],
    ],
    [
      "with TLS for all",
      ingress([{ host: "a.example.com" }], { tls: [{ secretName: "a" }] }),
      ["https://a.example.com/"],
    ],
    [
      "without a host under what its load balancer has",
      ingress([{ paths: ["/api", undefined] }], { status: given({ ip: "203.0.113.7" }) }),
      ["http://203.0.113.7/api", "http://203.0.113.7"],
    ],
    [
      "an address of IPv6",
      ingress([{}], { status: given({ ip: "2001:db8::1" }) }),
      ["http://[2001:db8::1]/"],
    ],
    [
      "a pattern ends before it begins",
      ingress([{ host: "a.example.com", paths: ["/api(/|$)(.*)", "/x*"] }]),
      ["http://a.example.com/api", "http://a.example.com/x"],
    ],
    ["no address, no link", ingress([{}]), []],
    ["no wildcard", ingress([{ host: "*.example.com" }]), []],
    [
      "no host that is more than one",
      ingress([{ host: "a.example.com@evil.example.net" }, { host: "a/b" }, { host: 7 }]),
      [],
    ],
    [
      "what annotations name stays where the rules are not wanted",
      ingress([{ host: "a.example.com" }], {
        annotations: {
          "argocd.argoproj.io/ignore-default-links": "true",
          "link.argocd.argoproj.io/external-link": "Dashboard | https://grafana.example.com/d/1",
          "link.argocd.argoproj.io/bad": "javascript:alert(1)",
        },
      }),
      ["https://grafana.example.com/d/1"],
    ],
    [
      "of another kind its annotations",
      kubeObject({ kind: "Service", annotations: { "link.argocd.argoproj.io/a": "http://a.example.com" } }),
      ["http://a.example.com"],
    ],
    [
      "an Ingress of another group is none",
      { ...ingress([{ host: "a.example.com" }]), apiVersion: "example.com/v1" },
      [],
    ],
    [
      "what cannot be read is nothing",
      kubeObject({ apiVersion: "networking.k8s.io/v1", kind: "Ingress", fields: { spec: { rules: "x" } } }),
      [],
    ],
  ])("%s", (_, object, expected) => {
    expect(urlsOf(object)).toEqual(expected);
  });
  test("of more than anybody opens, the first ones", () => {
    const rules = Array.from({ length: 500 }, (_, at) => ({ host: `h${at}.example.com` }));
    expect(urlsOf(ingress(rules))).toHaveLength(100);
  });
});
