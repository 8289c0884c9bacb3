/** What an operator has the page say: of which installation it is, what everybody should read, whom to ask. */

export interface PageBanner {
  text: string;
  /** Of http or https, to which the text leads. */
  url?: string;
  /** Whether nobody puts it away. */
  permanent: "yes" | "no";
  position: "top" | "bottom" | "both";
}

/** None of them is the colour of an error. */
export const INSTANCE_COLOURS = ["blue", "teal", "amber", "orange", "magenta", "grey"] as const;
export type InstanceColour = (typeof INSTANCE_COLOURS)[number];

export interface PageWords {
  /** "": the program's own name. */
  instance: string;
  /** Beside the name, and never without it: a colour alone tells nobody. */
  colour?: InstanceColour;
  banner?: PageBanner;
  /** Where one asks people. */
  chat?: { url: string; text: string };
}

/** Whether a page may lead there: other schemes run scripts, or open programs. */
export function isWebUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol);
}
