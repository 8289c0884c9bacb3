/** One step of a JSON patch. Source: RFC 6902. */
export interface JsonPatchOp {
  op: "add" | "remove" | "replace" | "test";
  path: string;
  value?: unknown;
}
