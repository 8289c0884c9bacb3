/**
 * Finds exports that no product code needs. Read by regular expressions, as the house test reads imports: the formatter
 * keeps every export and import in a form that they know.
 */
import { dirname, join, normalize } from "node:path";

export interface Sources {
  /** Path from the root -> text. Whoever imports from here counts as a user. */
  product: ReadonlyMap<string, string>;
  /** Tests, benches: they may look at what product code uses, and keep nothing alive. */
  tests: ReadonlyMap<string, string>;
}

interface Export {
  file: string;
  name: string;
  is: "value" | "type";
}

/** `file#name` -> why nobody needs it exported. */
export function unusedExports({ product, tests }: Sources): Map<string, string> {
  const byProduct = uses(product),
    byTests = uses(tests);
  const found = new Map<string, string>();
  for (const [file, text] of product) {
    const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
    for (const { name, is } of exportsOf(file, text)) {
      const id = `${file}#${name}`;
      if (byProduct.has(id) || byProduct.has(`${file}#*`)) continue;
      const atHome =
        (code.match(new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`, "g")) ?? []).length > 1;
      const tested = byTests.has(id) || byTests.has(`${file}#*`);
      // A type that a signature of this file names is part of that signature, whoever writes it out.
      if (atHome && (tested || is === "type")) continue;
      found.set(
        id,
        atHome ? "only its own file uses it: no export" : tested ? "tests alone use it" : "nobody uses it",
      );
    }
  }
  return found;
}

function exportsOf(file: string, text: string): Export[] {
  const declared = [
    ...text.matchAll(
      /^export (?:declare )?(?:abstract )?(?:async )?(function\*?|class|const|let|enum|interface|type) ([\w$]+)/gm,
    ),
  ].map(
    ([, word, name]): Export => ({
      file,
      name: name as string,
      is: word === "interface" || word === "type" ? "type" : "value",
    }),
  );
  const listed = lists(text, "export").flatMap(({ names }) =>
    names.map(({ as, type }): Export => ({ file, name: as, is: type ? "type" : "value" })),
  );
  return [...declared, ...listed];
}

/** Every `file#name` that one of these files takes from another. What a file only hands on counts when it is taken there. */
function uses(files: ReadonlyMap<string, string>): Set<string> {
  const used = new Set<string>();
  const handedOn = new Map<string, string>();
  for (const [file, text] of files) {
    const place = (to: string) => normalize(join(dirname(file), to));
    for (const { names, from } of lists(text, "import"))
      if (from !== undefined) for (const { name } of names) used.add(`${place(from)}#${name}`);
    for (const { names, from } of lists(text, "export"))
      if (from !== undefined)
        for (const { name, as } of names) handedOn.set(`${file}#${as}`, `${place(from)}#${name}`);
    for (const [, from] of text.matchAll(/\bimport(?: type)? \* as [\w$]+ from "(\.[^"]+)"/g))
      used.add(`${place(from as string)}#*`);
    for (const [, from] of text.matchAll(/\bimport\("(\.[^"]+)"\)/g)) used.add(`${place(from as string)}#*`);
  }
  for (const [id, origin] of handedOn)
    if (used.has(id) || used.has(`${id.split("#")[0]}#*`)) used.add(origin);
  return used;
}

interface Named {
  name: string;
  as: string;
  type: boolean;
}

/** `import { a, type B as C } from "./x.ts"` and its like, over several lines too. */
function lists(text: string, verb: "import" | "export"): { names: Named[]; from: string | undefined }[] {
  const pattern = new RegExp(`^${verb} (type )?(?:[\\w$]+, )?\\{([^}]*)\\}(?: from "(\\.[^"]+)")?`, "gm");
  return [...text.matchAll(pattern)].map(([, all, inside = "", from]) => ({
    from,
    names: inside
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "")
      .map((part) => {
        const [name = "", as = name] = part.replace(/^type /, "").split(" as ");
        return { name, as, type: all !== undefined || part.startsWith("type ") };
      }),
  }));
}
