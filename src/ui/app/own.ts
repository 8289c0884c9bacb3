/** Pages of whoever looks and of the daemon itself, which come together. */
export { HelpPage } from "../help/help-page.tsx";
export { SettingsPage } from "../settings/settings-page.tsx";
export { UserPage } from "../user/user-page.tsx";
