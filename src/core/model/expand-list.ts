import { isMapping } from "../../lib/is-mapping.ts";

/**
 * The objects of a `List`, or of a typed list such as `ConfigMapList`, in their order, nested lists included; anything
 * else is itself. Items of a typed list may leave out apiVersion and kind. A list whose items are null is empty, as
 * for kubectl: what has a spec or a status is an object, whatever its kind is called.
 *
 * @returns each with its path in the document, "" for the document itself
 */
export function expandList(value: unknown, path = ""): { value: unknown; path: string }[] {
  if (!isMapping(value) || typeof value["kind"] !== "string" || !value["kind"].endsWith("List"))
    return [{ value, path }];
  const { items } = value;
  if (items === null && value["spec"] === undefined && value["status"] === undefined) return [];
  if (!Array.isArray(items)) return [{ value, path }];
  const itemKind = value["kind"].slice(0, -"List".length);
  const inherited = itemKind === "" ? {} : { apiVersion: value["apiVersion"], kind: itemKind };
  return (items as unknown[]).flatMap((item, index) =>
    expandList(
      isMapping(item) ? { ...inherited, ...item } : item,
      `${path === "" ? "" : `${path}.`}items[${index}]`,
    ),
  );
}
