import type { DeclaredRoute } from "../../src/api/routes.ts";
import { openApiOf } from "../../src/api/terms/document.ts";
import { answersOf, type Content } from "../../src/api/terms/terms.ts";
import { checkerOf } from "./openapi-check.mjs";

/**
 * Holds answers against what their routes declare, as if nothing could be told beside it.
 * @returns for one answer: in what it is another one
 */
export function declaredAnswers(
  routes: readonly DeclaredRoute[],
): (route: DeclaredRoute, reply: Response, text: string) => string[] {
  const check = checkerOf(openApiOf(routes, { answers: "closed" }));
  return (route, reply, text) => {
    const { method, path, terms } = route;
    if (terms === undefined) return [`${method} ${path} is served, and nobody said what`];
    const [type = ""] = (reply.headers.get("content-type") ?? "text/plain").split(";");
    const answer = answersOf(terms).find(({ status }) => status === reply.status);
    if (answer === undefined)
      return reply.ok
        ? [`${method} ${path} declares no answer ${reply.status}`]
        : check("/components/responses/Error/content/application~1json/schema", JSON.parse(text));
    const content = answer.content?.find((one) => one.type.split(";")[0] === type);
    if (answer.content === undefined) return [];
    if (content === undefined) return [`${method} ${path} declares no ${type}`];
    if (content.of === undefined) return [];
    const shown = terms.shownAs ?? path.replace(/:(\w+)/g, "{$1}");
    const steps = ["paths", shown, method.toLowerCase(), "responses", `${reply.status}`, "content"];
    const pointer = [...steps, content.type, "schema"]
      .map((step) => `/${encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))}`)
      .join("");
    return textsIn(text, type, content).flatMap((one) => check(pointer, JSON.parse(one)));
  };
}

/** One JSON text, or one of each line. */
function textsIn(text: string, type: string, { as }: Content): string[] {
  if (type === "text/event-stream") return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => data);
  return as === "one" ? [text] : text.split("\n").filter((line) => line !== "");
}
