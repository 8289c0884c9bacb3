/** A commit for people: its subject, who wrote it and when, and who signed it off. */
import type { CommitAbout } from "../../core/model/commit-about.ts";
import { Visible } from "../components/diff-line.tsx";
import { Ago } from "../components/time.tsx";
import { personOf } from "../words/deployment-words.ts";

/** Who and when, behind or below its subject. */
export function Author({
  of: { author, date, signedOffBy },
}: {
  of: Extract<CommitAbout, { is: "commit" }>;
}) {
  return (
    <>
      <span title={author}>
        <Visible text={personOf(author)} />
      </span>
      {date !== "" && (
        <>
          , <Ago at={date} />
        </>
      )}
      {signedOffBy.length > 0 && (
        <>
          , signed off by <Visible text={signedOffBy.map(personOf).join(", ")} />
        </>
      )}
    </>
  );
}

export function Subject({ text }: { text: string }) {
  return text === "" ? <span class="dim">no message</span> : <Visible text={text} />;
}
