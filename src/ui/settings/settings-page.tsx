/** Settings, a page each: what the daemon has of them, and what somebody chooses for this browser. */
import { useChosenInSight } from "../components/in-sight.ts";
import { hrefOf, place } from "../store/route.ts";
import { About } from "./about.tsx";
import { Accounts, OneAccount } from "./accounts.tsx";
import { Appearance } from "./appearance.tsx";
import { Certificates } from "./certificates.tsx";
import { NotHere } from "./not-here.tsx";
import { Notifications } from "./notifications.tsx";
import { SETTINGS_PAGES, type SettingsAt } from "./settings-paths.ts";
import { Webhooks } from "./webhooks.tsx";

/** @param at what stands behind `/settings/` @param name of one of those */
export function SettingsPage({ at = "appearance", name }: { at?: string; name?: string }) {
  const here = SETTINGS_PAGES.find((one) => one.at === at)?.at ?? "appearance";
  const tabs = useChosenInSight<HTMLElement>(here);
  return (
    <>
      <h1 tabIndex={-1}>Settings</h1>
      <nav ref={tabs} class="tabs links" aria-label="Settings">
        {SETTINGS_PAGES.map((one) => (
          <a
            key={one.at}
            href={hrefOf(`/settings/${one.at}`)}
            aria-current={
              one.at !== here ? undefined : place.value.path === `/settings/${one.at}` ? "page" : "true"
            }
          >
            {one.word}
          </a>
        ))}
      </nav>
      <Content at={here} name={name} />
    </>
  );
}

function Content({ at, name }: { at: SettingsAt; name: string | undefined }) {
  switch (at) {
    case "appearance":
      return <Appearance />;
    case "accounts":
      return name === undefined ? <Accounts /> : <OneAccount key={name} name={name} />;
    case "certificates":
      return <Certificates />;
    case "webhooks":
      return <Webhooks />;
    case "gpg":
      return (
        <NotHere
          title="GPG keys"
          instead="Signatures of commits are not checked, and a project that asks for it is refused."
        />
      );
    case "notifications":
      return <Notifications />;
    case "about":
      return <About />;
  }
}
