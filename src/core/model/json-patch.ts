/** One step of a JSON patch. Source: RFC 6902. */
export interface JsonPatchOp {
  op: "add" | "remove" | "replace" | "test";
  path: string;
  value?: unknown;
}

/** The patch that it begins is refused where the object is another version now. */
export function ifStill(resourceVersion: string | undefined): JsonPatchOp {
  return { op: "test", path: "/metadata/resourceVersion", value: resourceVersion };
}
