/** What somebody chooses for this browser. */
import { areKeysOn, setKeys } from "../app/key-setting.ts";
import { rail, turnRail } from "../app/rail.ts";
import { setTheme, THEMES, type Theme, theme } from "../app/theme.ts";
import { now } from "../store/applications.ts";
import { setZone, type Zone, zone } from "../store/zone.ts";

const ZONES: readonly { is: Zone; word: string }[] = [
  { is: "local", word: "This machine's" },
  { is: "UTC", word: "UTC" },
];

export function Appearance() {
  return (
    <section class="settings" aria-labelledby="appearance">
      <h2 id="appearance" class="small">
        This browser
      </h2>
      <p class="dim">Kept by this browser, for this daemon.</p>
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
      <fieldset>
        <legend>Times are of</legend>
        {ZONES.map((one) => (
          <p key={one.is}>
            <label>
              <input
                type="radio"
                name="zone"
                value={one.is}
                checked={zone.value === one.is}
                onChange={(event) => setZone(event.currentTarget.value as Zone)}
              />
              <span>
                {one.word}
                {one.is === zone.value && (
                  <span class="dim">
                    {" "}
                    now{" "}
                    {new Date(now.value).toLocaleTimeString(undefined, {
                      ...{ hour: "2-digit", minute: "2-digit", timeZoneName: "short" },
                      ...(one.is === "UTC" ? { timeZone: "UTC" } : {}),
                    })}
                  </span>
                )}
              </span>
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
      <p class="of-the-sidebar">
        <label>
          <input type="checkbox" checked={rail.value === "words"} onChange={turnRail} />
          Words beside the icons of the sidebar
        </label>
      </p>
    </section>
  );
}
