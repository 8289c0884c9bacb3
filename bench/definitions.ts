/** CustomResourceDefinitions as large as those of grown operators, as many as a cluster with several of them has. */
import type { RawApi } from "../test/lib/raw-api.ts";

/** As JSON, of each; the one that Flux' benchmark copies has as much. */
export const DEFINITION_BYTES = 130_000;
const COLLECTION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const PROSE =
  "What the controller does where this is set, what it takes from elsewhere where it is left out, and which of both counts where others say something else about the same. Defaults to what the section above it says.";

type Schema = Record<string, unknown>;

const leaf = (at: number): Schema =>
  at % 3 === 0
    ? { type: "string", description: PROSE, pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$" }
    : at % 3 === 1
      ? { type: "integer", description: PROSE, minimum: 0, maximum: 65_535 }
      : { type: "array", description: PROSE, items: { type: "string", maxLength: 253 } };

/** Sections of ten fields each, until it is as large as it is to be. */
export function definitionOf(at: number): { metadata: { name: string }; spec: Schema } {
  const group = `g${at}.bench.example.com`;
  const sections: Record<string, Schema> = {};
  const made = {
    ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
    metadata: { name: `copies.${group}` },
    spec: {
      ...{ group, scope: "Namespaced" },
      names: { kind: "Copy", listKind: "CopyList", plural: "copies", singular: "copy" },
      versions: [
        {
          ...{ name: "v1", served: true, storage: true, subresources: { status: {} } },
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: sections }, status: { type: "object" } },
            },
          },
        },
      ],
    },
  };
  const base = JSON.stringify(made).length;
  for (let bytes = base, nth = 0; bytes < DEFINITION_BYTES; nth++) {
    const fields = Object.fromEntries(Array.from({ length: 10 }, (_, each) => [`field${each}`, leaf(each)]));
    sections[`section${nth}`] = { type: "object", description: PROSE, properties: fields };
    bytes += JSON.stringify({ [`section${nth}`]: sections[`section${nth}`] }).length - 1;
  }
  return made;
}

/** Resolves when all of them are established and served. @throws {Error} where the server refuses one */
export async function installDefinitions(api: RawApi, count: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < count; at = next++) {
      const definition = definitionOf(at);
      await api.must("POST", COLLECTION, definition);
      for (let tries = 0; ; tries++) {
        const { status } = await api.must("GET", `${COLLECTION}/${definition.metadata.name}`);
        const conditions = (status?.conditions ?? []) as { type: string; status: string }[];
        if (conditions.some((one) => one.type === "Established" && one.status === "True")) break;
        if (tries > 600) throw new Error(`${definition.metadata.name} is not established after a minute`);
        await Bun.sleep(100);
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}
