import { readCapped } from "./read-json.ts";

/**
 * The body as a browser sends a form. Of several fields of one name the first counts.
 * @throws {ApiError} 413 too large, 408 too slow
 */
export async function readForm(request: Request, capBytes: number): Promise<Record<string, string>> {
  const text = new TextDecoder().decode(await readCapped(request, capBytes));
  return Object.fromEntries([...new URLSearchParams(text)].reverse());
}
