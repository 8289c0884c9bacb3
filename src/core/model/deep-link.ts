/**
 * Links that an operator's templates make of what is shown: https://argo-cd.readthedocs.io/en/stable/operator-manual/deep_links/
 */

export const LINK_PLACES = ["project", "application", "resource"] as const;
export type LinkPlace = (typeof LINK_PLACES)[number];

export interface DeepLink {
  title: string;
  /** A Go template. */
  url: string;
  description?: string;
  /** A class of Font Awesome, for clients that have it. */
  iconClass?: string;
  /** An expression that says whether it is shown. Absent: it is. */
  condition?: string;
}

export type DeepLinks = Readonly<Record<LinkPlace, readonly DeepLink[]>>;

export const NO_LINKS: DeepLinks = { project: [], application: [], resource: [] };

/** More than these at one place are not read, and a longer text is none: templates and conditions are run for whoever looks. */
export const MOST_LINKS = 50;
export const LONGEST_TEMPLATE = 4_000;

/** What is shown at one place. */
export interface ShownLinks {
  items: ShownLink[];
  /** Links that come to nothing here, and why, a sentence without a full stop. */
  wrong: { title: string; why: string }[];
}

export interface ShownLink {
  title: string;
  url: string;
  description?: string;
  iconClass?: string;
}

/** Whether a page may lead there: the web, and mail. Other schemes run scripts, or open programs. */
export function isLinkUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:", "mailto:"].includes(url.protocol);
}
