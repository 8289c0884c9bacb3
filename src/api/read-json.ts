import { messageOf } from "../lib/caught.ts";
import { ApiError } from "./api-error.ts";

/** For ordinary requests; manifests may be larger. */
export const BODY_CAP_BYTES = 1024 * 1024;
export const MANIFEST_CAP_BYTES = 5 * BODY_CAP_BYTES;
const DEADLINE_MS = 10_000;
/** A custom resource's schema nests about 40 deep; the walks over what we read are recursive. */
const DEPTH_CAP = 100;

/**
 * The body as JSON; an empty one is `{}`.
 * Counted while it is read, because a length header may be missing or wrong.
 * @throws {ApiError} 413 too large, 408 too slow, 400 not JSON, too deep, or with a key that would change prototypes
 */
export async function readJson(request: Request, capBytes = BODY_CAP_BYTES): Promise<unknown> {
  const bytes = await readCapped(request, capBytes);
  if (bytes.length === 0) return {};
  return parseJson("the body", () => new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

/**
 * JSON inside a request, of a size that was looked at.
 * @param what how a person knows it
 * @throws {ApiError} 400 not JSON, too deep, or with a key that would change prototypes
 */
export function parseJson(what: string, text: () => string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text());
  } catch (cause) {
    throw new ApiError("InvalidArgument", `${what} is not JSON: ${messageOf(cause)}`);
  }
  inspectJson(what, value);
  return value;
}

/** @throws {ApiError} 400 too deep, or with a key that would change prototypes */
export function inspectJson(what: string, value: unknown, depth = 0): void {
  if (typeof value !== "object" || value === null) return;
  if (depth === DEPTH_CAP)
    throw new ApiError("InvalidArgument", `${what} nests deeper than ${DEPTH_CAP} levels`);
  for (const [key, child] of Object.entries(value)) {
    if (key === "__proto__") throw new ApiError("InvalidArgument", `${what} has a key \`__proto__\``);
    inspectJson(what, child, depth + 1);
  }
}

/** @throws {ApiError} 413 too large, 408 too slow */
export async function readCapped(request: Request, capBytes: number): Promise<Uint8Array> {
  const tooLarge = new ApiError("InvalidArgument", `the body is larger than ${capBytes / 1024} KiB`, {
    http: 413,
  });
  if (Number(request.headers.get("content-length") ?? 0) > capBytes) throw tooLarge;
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new ApiError("DeadlineExceeded", "the body took too long to arrive", { http: 408 })),
    DEADLINE_MS,
  );
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return Buffer.concat(chunks);
      size += value.length;
      if (size > capBytes) throw tooLarge;
      chunks.push(value);
    }
  } finally {
    clearTimeout(timer);
    reader.releaseLock();
  }
}
