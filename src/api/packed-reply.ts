import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Context } from "hono";
import type { Env } from "./context.ts";

const packed = promisify(gzip);
/** Bytes below which packing costs more than it spares. */
const WORTH_PACKING = 2_000;

/** The text, packed where that is worth it and the one who asks can read it. */
export async function reply(
  c: Context<Env, string>,
  text: string,
  headers: Record<string, string>,
): Promise<Response> {
  if (text.length < WORTH_PACKING || !/\bgzip\b/.test(c.req.header("accept-encoding") ?? ""))
    return c.body(text, 200, headers);
  return c.body(new Uint8Array(await packed(text, { level: 4 })), 200, {
    ...headers,
    "content-encoding": "gzip",
  });
}
