/** All tags of a repository, page by page. Source: OCI distribution-spec, "Listing Tags". */
import { Failure } from "../../core/model/failure.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { bytesOf, type HttpAnswer } from "../../remote/http.ts";
import { isTag } from "./address.ts";
import type { Registry } from "./registry.ts";

const PAGE = 1_000,
  MOST_PAGES = 100,
  MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** @throws {Failure} artifact-refused where it has more than 100 pages, or its pages lead round in a circle */
export async function listTags(registry: Registry, signal: AbortSignal): Promise<string[]> {
  const tags = new Set<string>();
  let query: string | undefined = `?n=${PAGE}`;
  for (let page = 0; query !== undefined; page++) {
    if (page >= MOST_PAGES)
      throw refused(
        registry,
        `it has more than ${MOST_PAGES} pages of tags`,
        "Name a tag in place of a constraint",
      );
    const { found, next }: Page = await registry.call(
      {
        type: "tags",
        method: "GET",
        path: `/tags/list${query}`,
        accept: "application/json",
        maxBytes: MAX_PAGE_BYTES,
        statuses: [404],
        read: async (answer) => readPage(registry, answer),
      },
      signal,
    );
    for (const tag of found) tags.add(tag);
    query = next;
  }
  return [...tags];
}

interface Page {
  found: string[];
  /** The next page's query, with its question mark. */
  next?: string;
}

async function readPage(registry: Registry, answer: HttpAnswer): Promise<Page> {
  if (answer.status === 404) return { found: [] };
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(await bytesOf(answer)));
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    value = undefined;
  }
  if (!isMapping(value))
    throw refused(registry, "its list of tags is no JSON", "Check the address of the registry");
  const { tags } = value;
  const found = Array.isArray(tags)
    ? tags.filter((tag): tag is string => typeof tag === "string" && isTag(tag))
    : [];
  // Where the next page is does not matter, only which: it is asked for where this one was.
  const [, link = ""] = /<([^>]*)>\s*;[^,]*rel="?next"?/i.exec(answer.headers["link"] ?? "") ?? [];
  const next = link === "" ? undefined : URL.parse(link, answer.url)?.search;
  return next === undefined || next === "" ? { found } : { found, next };
}

function refused({ show }: Registry, why: string, fix: string): Failure {
  return new Failure("artifact-refused", show, "backoff", { cannot: "list its tags", why, fix });
}
