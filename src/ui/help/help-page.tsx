/** What to run besides this page: the very binary that serves it, and how to log in with it. */
import { isWebUrl } from "../../core/model/page-words.ts";
import { AsCli } from "../components/as-cli.tsx";
import { daemon } from "../store/applications.ts";
import { BASE } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";

export function HelpPage() {
  const { chat } = daemon.value.page;
  const here = BASE.href.replace(/\/$/, "");
  return (
    <>
      <h1 tabIndex={-1}>Help</h1>
      <section aria-labelledby="help-cli">
        <h2 id="help-cli" class="small">
          The command line
        </h2>
        <p>
          It is the program that serves this page: <code>holdfast</code> {daemon.value.version}, one file
          without anything to install beside it. A copy of it on your machine is the command line.
        </p>
        <p>Log in here by your browser, where you are signed in already:</p>
        <AsCli words={["login", here, "--sso"]} />
        <p>On a machine without a browser, by a code that you type on this page:</p>
        <AsCli words={["login", here, "--device"]} />
        <p>Then, for instance:</p>
        <AsCli words={["app", "list"]} />
        <AsCli words={["help"]} />
        <p>
          Argo CD's own command line works with this daemon too: <code>argocd login {location.host}</code>.
        </p>
      </section>
      <section aria-labelledby="help-page">
        <h2 id="help-page" class="small">
          This page
        </h2>
        <p>
          <kbd>?</kbd> tells the keys, <kbd>Ctrl K</kbd> goes anywhere. Programs read{" "}
          <a href={hrefOf("/openapi.json")} target="_blank" rel="noreferrer">
            openapi.json
          </a>
          .
        </p>
        {chat !== undefined && isWebUrl(chat.url) && (
          <p>
            <a href={chat.url} target="_blank" rel="noopener noreferrer">
              {chat.text}
            </a>
          </p>
        )}
      </section>
    </>
  );
}
