/** Which pages of settings there are, behind `/settings/`. */
export const SETTINGS_PAGES = [
  { at: "appearance", word: "Appearance" },
  { at: "accounts", word: "Accounts" },
  { at: "certificates", word: "Certificates" },
  { at: "webhooks", word: "Webhooks" },
  { at: "gpg", word: "GPG keys" },
  { at: "notifications", word: "Notifications" },
  { at: "about", word: "About" },
] as const;
export type SettingsAt = (typeof SETTINGS_PAGES)[number]["at"];

export function isSettingsPage(at: string): boolean {
  return SETTINGS_PAGES.some((one) => one.at === at);
}
