import type { ApiContext } from "./context.ts";
import { keyFrom, orNotFound } from "./find-app.ts";
import { Looks } from "./looks.ts";
import { may, type Routes } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { anything, choice, list, optional, text, told, whole } from "./terms/wire.ts";

const THERE = {
  layer: whole({ says: "Where it comes from: an index into `layers`." }),
  line: optional(whole({ says: "Of a file, from 1." })),
  name: optional(text({ says: "Of a parameter." })),
  value: optional(anything("JSON; absent where it is hidden.")),
  hidden: optional(
    choice(
      ["encrypted", "secret", "long"],
      "Why it is not told: it is encrypted in Git, is a secret, or long.",
    ),
  ),
};
const VALUES = {
  id: "getValues",
  says: "What the tool of each source is given as values, at the revisions that are compared, with where each comes from.",
  asks: may("applications", "get"),
  answers: json(
    told({
      places: list(told({ repoURL: text(), revision: text(), ref: text() }), { says: "The sources." }),
      sources: list(
        told({
          source: whole({ says: "An index into `places`." }),
          layers: list(
            told({
              is: choice([
                ...["chart", "file", "url", "valuesObject", "values", "parameter", "fileParameter", "spec"],
              ]),
              state: choice(["read", "absent", "encrypted", "closed"]),
              path: optional(text()),
              of: optional(
                text({ says: "Of `chart`: the chart that it uses whose default it is, by its alias." }),
              ),
              in: optional(text({ says: "Of `chart`: the package that the path is in." })),
              ref: optional(text({ says: 'Whose file it is; "" is this source.' })),
              url: optional(text()),
            }),
            { says: "In the order in which they count, the last one wins." },
          ),
          values: list(
            told({
              ...THERE,
              path: list(text()),
              is: choice(["given", "deleted"], "`deleted`: a null took away what the chart has there."),
              was: list(told(THERE), { says: "What it replaced, the last one first." }),
            }),
          ),
          total: whole({ says: "How many there are; no more than 20000 are told." }),
          charts: list(text(), {
            says: "Charts that it uses, whose own defaults are not among these: they could not be had.",
          }),
        }),
      ),
    }),
  ),
} as const;

/** Values with where each comes from. What is secret of them is not told. */
export function valueRoutes(routes: Routes, { control }: ApiContext): void {
  const looks = new Looks("values are being read");
  routes.get("/api/holdfast/v1/applications/:namespace/:name/values", VALUES, async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const { signal } = c.req.raw;
    const values = await looks.hold(who, signal, () => control.values(who, key, signal));
    return c.json(orNotFound(values, `application ${key}`));
  });
}
