/**
 * Where one can go, in the order of the rail. On a phone what is gone to `seldom` stands behind a button, and `long` is left out
 * of the word.
 */
interface Place {
  path: string;
  word: string;
  /** The beginning of the word for which a phone has no room. */
  long: string;
  /** After `g`. */
  key: string;
  goneTo: "often" | "seldom";
  /** `icon-…` of index.html. */
  icon: string;
}

export const PLACES: readonly Place[] = [
  { path: "/applications", word: "Applications", long: "", key: "a", goneTo: "often", icon: "applications" },
  {
    ...{ path: "/applicationsets", word: "ApplicationSets", long: "Application", key: "s" },
    ...{ goneTo: "often", icon: "sets" },
  },
  { path: "/resources", word: "Resources", long: "", key: "o", goneTo: "seldom", icon: "resources" },
  { path: "/activity", word: "Activity", long: "", key: "y", goneTo: "often", icon: "activity" },
  { path: "/projects", word: "Projects", long: "", key: "p", goneTo: "seldom", icon: "projects" },
  { path: "/clusters", word: "Clusters", long: "", key: "c", goneTo: "often", icon: "clusters" },
  { path: "/repositories", word: "Repositories", long: "", key: "r", goneTo: "seldom", icon: "repositories" },
  { path: "/settings", word: "Settings", long: "", key: ",", goneTo: "seldom", icon: "settings" },
];
