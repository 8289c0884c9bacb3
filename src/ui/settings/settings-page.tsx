/** What somebody chooses for this browser, who they are, and which daemon this is. */

import { areKeysOn, setKeys } from "../app/key-setting.ts";
import { setTheme, THEMES, type Theme, theme } from "../app/theme.ts";
import { AsCli } from "../components/as-cli.tsx";
import { daemon } from "../store/applications.ts";
import { hrefOf } from "../store/route.ts";

export function SettingsPage() {
  const { version, asker } = daemon.value;
  return (
    <>
      <h1 tabIndex={-1}>Settings</h1>
      <section aria-labelledby="appearance">
        <h2 id="appearance" class="small">
          This browser
        </h2>
        <fieldset>
          <legend>Theme</legend>
          {THEMES.map((one) => (
            <p key={one.is}>
              <label>
                <input
                  type="radio"
                  name="theme"
                  value={one.is}
                  checked={theme.value === one.is}
                  onChange={(event) => setTheme(event.currentTarget.value as Theme)}
                />
                {one.word}
              </label>
            </p>
          ))}
        </fieldset>
        <p>
          <label>
            <input
              type="checkbox"
              checked={areKeysOn.value}
              onChange={(event) => setKeys(event.currentTarget.checked ? "on" : "off")}
            />
            Single keys act, as <kbd>j</kbd>, <kbd>s</kbd> and <kbd>g</kbd> <kbd>a</kbd> do
          </label>
        </p>
      </section>
      <section aria-labelledby="about">
        <h2 id="about" class="small">
          About
        </h2>
        <dl>
          <dt>You</dt>
          <dd>{asker}</dd>
          <dt>Daemon</dt>
          <dd>Holdfast {version}</dd>
          <dt>API</dt>
          <dd>
            <a href={hrefOf("/openapi.json")} target="_blank" rel="noreferrer">
              openapi.json
            </a>
          </dd>
        </dl>
        <AsCli words={["status"]} />
      </section>
    </>
  );
}
