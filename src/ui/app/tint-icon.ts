import type { InstanceColour } from "../../core/model/page-words.ts";

/** On which the white anchor is seen. */
const FILLS: Readonly<Record<InstanceColour, string>> = {
  blue: "#1759c4",
  teal: "#0b7566",
  amber: "#8a5a00",
  orange: "#b3471b",
  magenta: "#95288a",
  grey: "#545d6b",
};

/** The tab's icon in the colour of the installation: where many tabs are open it is all that is seen of one. */
export function tintIcon(colour: InstanceColour | undefined): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (colour === undefined || link === null || link.dataset["colour"] === colour) return;
  link.dataset["colour"] = colour;
  link.href = `data:image/svg+xml,${encodeURIComponent(tintedIcon(FILLS[colour]))}`;
}

function tintedIcon(fill: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="${fill}"/><path d="M12 6v12.5M6.5 12.8c0 3 2.3 5 5.5 5.7 3.2-.7 5.5-2.7 5.5-5.7M9 9h6" fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round"/><circle cx="12" cy="5.6" r="1.7" fill="#fff"/></svg>`;
}
