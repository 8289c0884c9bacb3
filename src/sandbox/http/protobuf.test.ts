import { describe, expect, test } from "bun:test";
import builtin from "../schema/builtin.json";
import { decode } from "../schema/decode.ts";
import { BuiltinTypes } from "../schema/type.ts";
import { decodeProtobuf } from "./protobuf.ts";

const types = new BuiltinTypes(builtin);

/** Bodies that kubectl 1.32 sent, and the objects that they are. */
const bodies: { name: string; body: string; want: object }[] = [
  {
    name: "kubectl create deployment",
    body: "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50Er0BCiEKBHNob3ASABoAIgAqADIAOABCAFoLCgNhcHASBHNob3ASiQEIAhINCgsKA2FwcBIEc2hvcBpuCh0KABIAGgAiACoAMgA4AEIAWgsKA2FwcBIEc2hvcBJNEi8KBHNob3ASBnNob3A6MSoAMgsKABAAGJA/IgAqAEIAagByAIABAIgBAJABAKIBABoAMgBCAEoAUgBYAGAAaACCAQCKAQCaAQDCAQAiAgoAKAA4ABoMCAAQABgAIAAoADgAGgAiAA==",
    want: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "shop", labels: { app: "shop" } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "shop" } },
        strategy: {},
        template: {
          metadata: { labels: { app: "shop" } },
          spec: {
            containers: [{ name: "shop", image: "shop:1", ports: [{ containerPort: 8080 }], resources: {} }],
          },
        },
      },
      status: {},
    },
  },
  {
    name: "kubectl create secret",
    body: "azhzAAoMCgJ2MRIGU2VjcmV0Eh0KEQoBcxIAGgAiACoAMgA4AEIAEgYKAWESAWIaABoAIgA=",
    want: { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { a: "Yg==" } },
  },
  {
    name: "kubectl create quota",
    body: "azhzAAoTCgJ2MRINUmVzb3VyY2VRdW90YRI0ChEKAXESABoAIgAqADIAOABCABIdCg4KA2NwdRIHCgUxNTAwbQoLCgRwb2RzEgMKATMaABoAIgA=",
    want: {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "q" },
      spec: { hard: { cpu: "1500m", pods: "3" } },
      status: {},
    },
  },
  {
    name: "kubectl create ingress",
    body: "azhzAAofChRuZXR3b3JraW5nLms4cy5pby92MRIHSW5ncmVzcxJPChEKAWkSABoAIgAqADIAOABCABI2GjQKDWEuZXhhbXBsZS5jb20SIwohCh8KAS8SEiIQCgRzaG9wEggKBGh0dHAQABoGUHJlZml4GgIKABoAIgA=",
    want: {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "i" },
      spec: {
        rules: [
          {
            host: "a.example.com",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "shop", port: { name: "http" } } },
                },
              ],
            },
          },
        ],
      },
      status: { loadBalancer: {} },
    },
  },
];

describe("decodeProtobuf()", () => {
  test.each(bodies)("reads what $name sends", ({ body, want }) => {
    const read = decodeProtobuf(new Uint8Array(Buffer.from(body, "base64")), types) as {
      apiVersion: string;
      kind: string;
    };
    const type = types.ofKind(`${read.apiVersion}/${read.kind}`);
    expect(type === undefined ? undefined : decode(read, type)).toEqual({
      object: want as never,
      unknown: [],
      errors: [],
      unconvertible: [],
    });
  });

  const wrong: [string, string, string][] = [
    ["text", Buffer.from("hello").toString("base64"), "does not appear to be a protobuf message"],
    [
      "a message that ends early",
      Buffer.from([0x6b, 0x38, 0x73, 0, 0x0a, 0x50, 1]).toString("base64"),
      "it ends too early",
    ],
    [
      "a kind that is not served",
      Buffer.from([0x6b, 0x38, 0x73, 0, 0x0a, 3, 0x0a, 1, 0x78]).toString("base64"),
      "unknown format",
    ],
  ];
  test.each(wrong)("refuses %s", (_name, body, why) => {
    expect(() => decodeProtobuf(new Uint8Array(Buffer.from(body, "base64")), types)).toThrow(why);
  });
});
