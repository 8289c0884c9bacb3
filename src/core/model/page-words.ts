/** What an operator has the page say: of which installation it is, what everybody should read, whom to ask. */

export interface PageBanner {
  text: string;
  /** Of http or https, to which the text leads. */
  url?: string;
  /** Whether nobody puts it away. */
  permanent: "yes" | "no";
  position: "top" | "bottom" | "both";
}

export interface PageWords {
  /** "": the program's own name. */
  instance: string;
  banner?: PageBanner;
  /** Where one asks people. */
  chat?: { url: string; text: string };
}

/** Whether a page may lead there: other schemes run scripts, or open programs. */
export function isWebUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol);
}
