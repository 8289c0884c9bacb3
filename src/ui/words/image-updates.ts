import type { ImageUpdateResult } from "../../core/model/image-update.ts";

/** What an update that somebody asked for came to. */
export function updatedWords({ writes, applications }: ImageUpdateResult): {
  tone: "good" | "bad";
  words: string;
} {
  const failed = writes.flatMap(({ is, why }) => (is === "failed" ? [why ?? "it could not be written"] : []));
  const problems = applications.flatMap((one) => one.problems);
  const [wrong] = [...failed, ...problems];
  if (wrong !== undefined) return { tone: "bad", words: wrong };
  const written = writes.filter(({ is }) => is === "written");
  if (written.length > 0)
    return { tone: "good", words: `Written: ${written.flatMap(({ changes }) => changes).join(", ")}` };
  const held = applications.flatMap(({ images }) => images.filter(({ is }) => is === "update"));
  if (held.length > 0)
    return { tone: "bad", words: `Nothing is written now, and ${held.length} could be newer` };
  return { tone: "good", words: "Registries were asked: nothing is newer than what is written" };
}
