/** What stands below an application's head, whatever of it is looked at: what its owners say of it, and when it may be synced. */
import type { Application } from "../../core/model/application.ts";
import { noticeOf } from "../words/web-links.ts";
import { windowSentences } from "../words/window-words.ts";
import { WebLink } from "./facts.tsx";
import { reader, syncsOf, useWindows } from "./windows.tsx";

const TONES = { info: "unknown", warning: "behind", critical: "bad" } as const;
const LEADS = { info: "Notice", warning: "Warning", critical: "Critical" } as const;

export function HeadLines({ app }: { app: Application }) {
  const notice = noticeOf(app.metadata.annotations);
  const windows = useWindows(app);
  return (
    <>
      {notice !== undefined && (
        <p class="words" data-tone={TONES[notice.severity]}>
          <b>{LEADS[notice.severity]}</b> <WebLink to={notice.url}>{notice.text}</WebLink>
        </p>
      )}
      {windows !== undefined && windows.windows.length > 0 && (
        <p class="windows-line">
          {windowSentences(windows, reader(), syncsOf(app)).map((sentence) => (
            <span key={sentence}>{sentence}</span>
          ))}
        </p>
      )}
    </>
  );
}
