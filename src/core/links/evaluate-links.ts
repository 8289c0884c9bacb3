import { defined } from "../../lib/defined.ts";
import { compile, Environment, sayMistake } from "../expr/expression.ts";
import { typeOf } from "../expr/values.ts";
import { type DeepLink, isLinkUrl, type ShownLinks } from "../model/deep-link.ts";
import type { Filled, TemplateEngine } from "../ports/template-engine.ts";
import { plainTemplate } from "./plain-template.ts";

/** Longer than what browsers and servers take. */
const LONGEST_URL = 8_000;

/** Of one condition; what a person writes takes some hundred. */
const MOST_STEPS = 20_000;

type Said = { is: "shown" } | { is: "hidden" } | { is: "wrong"; why: string };

/**
 * What templates come to for one thing, in their order.
 * @param data see `linkData`
 * @param nowMs since 1970
 * @throws {Failure} where the engine is needed and cannot be run
 */
export async function evaluateLinks(
  links: readonly DeepLink[],
  data: Readonly<Record<string, unknown>>,
  engine: TemplateEngine,
  nowMs: number,
): Promise<ShownLinks> {
  const environment = new Environment(data, nowMs);
  const said = links.map((link) => ({ link, says: conditionOf(link, environment) }));
  const shown = said.filter(({ says }) => says.is === "shown").map(({ link }) => link);
  const urls = await urlsOf(shown, data, engine);
  const answer: ShownLinks = { items: [], wrong: [] };
  for (const { link, says } of said) {
    if (says.is === "hidden") continue;
    const { title, description, iconClass } = link;
    const made = says.is === "wrong" ? says : urlOf(urls.get(link));
    if (made.is === "wrong") answer.wrong.push({ title, why: made.why });
    else answer.items.push({ title, url: made.url, ...defined({ description, iconClass }) });
  }
  return answer;
}

function conditionOf({ condition }: DeepLink, environment: Environment): Said {
  if (condition === undefined) return { is: "shown" };
  const compiled = compile(condition);
  if (!compiled.ok)
    return { is: "wrong", why: `its condition cannot be read, ${sayMistake(compiled.mistake)}` };
  const done = compiled.expression.evaluate(environment, MOST_STEPS);
  if (done.is === "wrong")
    return { is: "wrong", why: `its condition comes to nothing, ${sayMistake(done.mistake)}` };
  if (typeof done.value === "boolean") return { is: done.value ? "shown" : "hidden" };
  return {
    is: "wrong",
    why: `its condition is ${typeOf(done.value)}, neither true nor false. Compare it, as x != nil`,
  };
}

async function urlsOf(
  links: readonly DeepLink[],
  data: Readonly<Record<string, unknown>>,
  engine: TemplateEngine,
): Promise<Map<DeepLink, Filled>> {
  const urls = new Map<DeepLink, Filled>();
  for (const link of links) {
    const text = plainTemplate(link.url, data);
    if (text !== undefined) urls.set(link, { is: "filled", text });
  }
  const others = links.filter((link) => !urls.has(link));
  if (others.length === 0) return urls;
  const [[filled = []] = []] = await engine.fill([{ texts: others.map(({ url }) => url), sets: [data] }], []);
  for (const [at, link] of others.entries())
    urls.set(link, filled[at] ?? { is: "wrong", why: "nothing came of it" });
  return urls;
}

function urlOf(filled: Filled | undefined): { is: "url"; url: string } | { is: "wrong"; why: string } {
  if (filled === undefined) return { is: "wrong", why: "nothing came of its url" };
  if (filled.is === "wrong") return { is: "wrong", why: `its url cannot be filled in: ${filled.why}` };
  const url = filled.text.trim();
  if (url.length > LONGEST_URL)
    return { is: "wrong", why: `its url is longer than ${LONGEST_URL} characters` };
  if (url.includes("<no value>"))
    return {
      is: "wrong",
      why: "its url names something that is not there. Say in if when it is, as app.metadata.labels?.team != nil",
    };
  if (!isLinkUrl(url)) return { is: "wrong", why: "its url is none of http, https or mailto" };
  return { is: "url", url };
}
