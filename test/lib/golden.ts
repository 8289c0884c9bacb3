/** Golden cases: one YAML file each, two documents, the input and the answer. The folder is the list of tests. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";

export interface GoldenCase {
  /** The file's name in words, after those of its folders. */
  name: string;
  input: Record<string, unknown>;
  /** Compares; `UPDATE_GOLDEN=1` writes the answer into the file instead, for review as a diff. */
  check(answer: unknown, expectEqual: (answer: unknown, want: unknown) => void): void;
}

/** @param stage folder below test/golden; folders in it belong to the names of their cases */
export function goldenCases(stage: string): GoldenCase[] {
  const folder = join(import.meta.dir, "../golden", stage);
  return readdirSync(folder, { encoding: "utf8", recursive: true })
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => {
      const path = join(folder, file);
      const text = readFileSync(path, "utf8");
      const [head = "", answer = ""] = text.split(/^---\n/m);
      return {
        name: file.slice(0, -".yaml".length).replaceAll(sep, ": ").replaceAll("-", " "),
        input: Bun.YAML.parse(head) as Record<string, unknown>,
        check(got, expectEqual) {
          const plain = JSON.parse(JSON.stringify(got)) as unknown;
          if (process.env.UPDATE_GOLDEN === "1")
            writeFileSync(path, `${head.trimEnd()}\n---\n${Bun.YAML.stringify(plain, null, 2).trimEnd()}\n`);
          else expectEqual(plain, Bun.YAML.parse(answer));
        },
      };
    });
}
